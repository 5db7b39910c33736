// Owns the skipping of healthy stretches: while every run will be ok, the state at the end follows without stepping.
// Exact: the state is the same as after stepping, except for the number of journal entries.
import { minSpacingMs } from '../../src/engine/model/policy.ts';
import type { LocationState, LocationStatus, MonitorState, State } from '../../src/engine/model/state.ts';
import { lastDueAt } from '../../src/engine/schedule/schedule.ts';
import { assignedLocations } from '../../src/engine/voting/quorum.ts';
import type { NetworkModel } from './network-model.ts';

/** Whether healthy runs would change nothing but times. */
export function isSteady(state: State): boolean {
  for (const { enabled, incident, missedDeadlines, unmeasuredSince } of state.locations.values()) {
    if (!enabled || incident !== null || missedDeadlines > 0 || unmeasuredSince !== null) return false;
  }
  for (const monitor of state.monitors.values()) if (!isSteadyMonitor(monitor)) return false;
  return true;
}

function isSteadyMonitor(monitor: MonitorState): boolean {
  const { verdict, round, incident, notified, noDataId, flapping, transitions, warnings, policy } = monitor;
  if (verdict !== 'up' || round || incident || notified || noDataId || flapping || transitions.length > 0)
    return false;
  if (warnings) return false;
  const saturated = Math.max(policy.failures, policy.recoveries);
  for (const status of monitor.byLocation.values()) {
    const steady = status.vote === 'passing' && status.streakOf === 'ok' && status.streak === saturated;
    if (!steady || status.noResponse || status.lastUnmeasured || status.warnings) return false;
    if (status.lastCheckedAt !== status.lastMeasuredAt) return false;
  }
  return true;
}

/** One monitor at one location. `k` of `of` is the location's place in the monitor's schedule. */
interface Path {
  readonly monitor: MonitorState;
  readonly location: LocationState;
  readonly k: number;
  readonly of: number;
}

function* pathsOf(state: State): Generator<Path> {
  for (const monitor of state.monitors.values()) {
    const locations = assignedLocations(state, monitor.policy);
    for (const [k, location] of locations.entries()) yield { monitor, location, k, of: locations.length };
  }
}

/** The first run after `now` that does not find ok, or `until`. Times in ms since T0. */
export function firstFaultAt(
  state: State,
  network: NetworkModel,
  t0: number,
  now: number,
  until: number,
): number {
  let first = until;
  for (const { monitor, location, k, of } of pathsOf(state)) {
    const { intervalMs } = monitor.policy;
    const path = [monitor.number - 1, location.number - 1] as const;
    let run = lastDueAt(monitor, k, of, t0 + now) - t0 + intervalMs;
    // After a change of the clock, a run can be too close to the one before to count.
    const measuredAt = monitor.byLocation.get(location.number)?.lastMeasuredAt ?? 0;
    if (t0 + run - measuredAt < minSpacingMs(monitor.policy)) first = Math.min(first, run);
    while (run < first) {
      const faultAt = network.nextFaultAt(...path, run);
      const healthyUntil = Math.min(faultAt, first);
      while (run < healthyUntil && !network.isRandomFailure(...path, run)) run += intervalMs;
      if (run >= first) break;
      if (network.outcomeAt(...path, run) !== null) first = run;
      else run += intervalMs;
    }
  }
  return first;
}

/** Applies the scheduled runs between `now` and `until`, `until` excluded, as if all were ok. */
export function fastForward(state: State, now: number, until: number): { state: State; checks: number } {
  let checks = 0;
  let last = 0;
  const reporting = new Map<number, number>();
  const monitors = new Map(state.monitors);
  for (const { monitor, location, k, of } of pathsOf(state)) {
    const { intervalMs } = monitor.policy;
    const before = lastDueAt(monitor, k, of, now);
    const at = lastDueAt(monitor, k, of, until - 1);
    if (at <= before) continue;
    checks += Math.round((at - before) / intervalMs);
    last = Math.max(last, at);
    reporting.set(location.number, Math.max(at, reporting.get(location.number) ?? 0));
    const current = monitors.get(monitor.number) as MonitorState;
    const status = current.byLocation.get(location.number) as LocationStatus;
    const lastResult = { startedAt: at, outcome: 'ok' as const, timings: {} };
    const byLocation = new Map(current.byLocation).set(location.number, {
      ...status,
      lastMeasuredAt: at,
      lastCheckedAt: at,
      lastResult,
    });
    monitors.set(monitor.number, { ...current, byLocation });
  }
  if (checks === 0) return { state, checks };
  const locations = new Map(state.locations);
  for (const [number, at] of reporting) {
    locations.set(number, {
      ...(locations.get(number) as LocationState),
      lastReportAt: at,
      lastMeasuredAt: at,
    });
  }
  return { state: { ...state, at: last, monitors, locations }, checks };
}
