// Owns the order of the jobs that are due. Does not know how many may run.

import { isHeartbeatLocation } from '../engine/model/heartbeat.ts';
import { EARLY_CLOSE_DELAY_MS } from '../engine/model/policy.ts';
import type { MonitorState, State } from '../engine/model/state.ts';
import type { Invocation } from '../engine/schedule/schedule.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { JobLimits } from '../fleet/split-job.ts';
import type { Gathered } from './gathering.ts';
import { type DueRun, type ResolvedCheck, splitInvocation } from './invoke.ts';

export interface PlannedJob {
  readonly location: number;
  readonly mayHang: boolean;
  readonly monitors: readonly number[];
  run(): Promise<Gathered['result']>;
}

interface PlanContext {
  readonly limits: JobLimits;
  now(): number;
  /** The observations of these heartbeats: no probe makes them. */
  evaluateHeartbeats(monitors: readonly number[]): Promise<Gathered['result']>;
}

/**
 * Healthy jobs first, location by location. Jobs that may hang begin with the monitors that are closest to a verdict,
 * and go through all locations before they go on to further monitors: the verdict needs several locations, so it comes
 * sooner for some monitors, and later for none.
 */
export function plannedJobs(
  state: State,
  invocations: readonly Invocation[],
  checks: ReadonlyMap<number, ResolvedCheck>,
  fleet: Fleet,
  context: PlanContext,
): PlannedJob[] {
  const jobsOf = (location: number, mayHang: boolean, monitors: readonly number[]): PlannedJob[] => {
    const to = state.locations.get(location);
    if (to && isHeartbeatLocation(to))
      return [{ location, mayHang, monitors, run: () => context.evaluateHeartbeats(monitors) }];
    const due = monitors.flatMap((id): DueRun[] => {
      const check = checks.get(id);
      return check === undefined ? [] : [{ id, check }];
    });
    const parts = to ? splitInvocation(fleet, { location: to.id, mayHang }, due, context) : [];
    return parts.map((part) => ({ ...part, location, mayHang }));
  };
  const { healthy, suspect } = byLocation(state, invocations);
  const now = context.now();
  const urgency = (location: number, monitor: number): number =>
    urgencyOf(state.monitors.get(monitor), location, now);
  const suspects = [...suspect].flatMap(([location, monitors]) => {
    const urgentFirst = monitors.toSorted((a, b) => urgency(location, b) - urgency(location, a) || a - b);
    return jobsOf(location, true, urgentFirst).map((job) => {
      const first = job.monitors[0]!;
      return { job, first, urgency: urgency(location, first) };
    });
  });
  suspects.sort((a, b) => b.urgency - a.urgency || a.first - b.first);
  return [
    ...[...healthy].flatMap(([location, monitors]) => jobsOf(location, false, monitors)),
    ...suspects.map(({ job }) => job),
  ];
}

/** A target that failed at one location may hang at the next one, too. */
function byLocation(
  state: State,
  invocations: readonly Invocation[],
): Record<'healthy' | 'suspect', Map<number, number[]>> {
  const healthy = new Map<number, number[]>();
  const suspect = new Map<number, number[]>();
  for (const { location, monitors, mayHang } of invocations) {
    for (const number of monitors) {
      const monitor = state.monitors.get(number);
      const mayHangToo = monitor !== undefined && (monitor.round !== null || monitor.incident !== null);
      const lane = mayHang || mayHangToo ? suspect : healthy;
      const due = lane.get(location) ?? [];
      due.push(number);
      lane.set(location, due);
    }
  }
  return { healthy, suspect };
}

/**
 * Later steps of a fan-out, then first steps, then runs of rounds that are likely to close without them. Last come runs
 * that no round waits for, and monitors whose outage is known.
 */
function urgencyOf(monitor: MonitorState | undefined, location: number, now: number): number {
  if (!monitor?.round || monitor.incident?.verdict === 'down') return 0;
  const { step, asked, lastResultAt } = monitor.round;
  if (!asked.includes(location)) return 0;
  const mayCloseEarly = lastResultAt !== null && now < lastResultAt + EARLY_CLOSE_DELAY_MS;
  return mayCloseEarly ? 0.5 : step;
}
