// Owns plan(state, now): which check runs are due, and when to plan again. Does not send them and has no clock.

import { PHASE_IN_SLOT_MS, SLOT_MS } from '../model/policy.ts';
import type { MonitorState, State } from '../model/state.ts';
import { noDataCheckAt } from '../notifications/no-data.ts';
import { nextReleaseAt } from '../notifications/pipeline.ts';
import { earlyCloseAt } from '../voting/confirmation.ts';
import { assignedLocations } from '../voting/quorum.ts';

/** The runs of one location that one request to its probe carries. */
export interface Invocation {
  readonly location: number;
  readonly monitors: readonly number[];
  /** Runs after a failure may hang, so they must not delay healthy ones. */
  readonly mayHang: boolean;
}

export interface Plan {
  readonly invocations: readonly Invocation[];
  /** Monitors to evaluate without a report: see `reevaluationDueAt`. */
  readonly reevaluate: readonly number[];
  /** When to plan again at the latest. */
  readonly wakeAt: number;
}

/** Identifies a run while it is in flight. */
export const runKey = (monitor: number, location: number): number => monitor * 1024 + location;

/** Spreads monitors over the slots between two locations' phases; 0 where these are one slot apart or less. */
function phaseShiftMs(number: number, stepMs: number): number {
  const slots = Math.max(1, Math.floor(stepMs / SLOT_MS));
  return ((Math.imul(number, 2_654_435_761) >>> 0) % slots) * SLOT_MS;
}

/**
 * When location k of L was last due for a monitor: at offset interval·k/L plus the monitor's shift, in whole slots.
 * The newest such time that is not after `now`.
 */
export function lastDueAt(monitor: MonitorState, k: number, locations: number, now: number): number {
  const { intervalMs, heartbeat } = monitor.policy;
  const stepMs = intervalMs / locations;
  // All heartbeats are evaluated together: that is one journal row.
  const shiftMs = heartbeat ? 0 : phaseShiftMs(monitor.number, stepMs);
  const phase = Math.floor((k * stepMs) / SLOT_MS) * SLOT_MS + shiftMs + PHASE_IN_SLOT_MS;
  return Math.floor((now - phase) / intervalMs) * intervalMs + phase;
}

/** The next middle of a slot after `now`. */
export const nextRunTime = (now: number): number =>
  (Math.floor((now - PHASE_IN_SLOT_MS) / SLOT_MS) + 1) * SLOT_MS + PHASE_IN_SLOT_MS;

export function plan(state: State, inFlight: ReadonlySet<number>, now: number): Plan {
  const healthy = new Map<number, number[]>();
  const mayHang = new Map<number, Set<number>>();
  const reevaluate: number[] = [];
  let wakeAt = nextRunTime(now);
  const push = <T>(to: Map<number, T>, location: number, add: (to: T | undefined) => T): void => {
    to.set(location, add(to.get(location)));
  };
  const pushMayHang = (location: number, number: number): void =>
    push(mayHang, location, (set) => (set ?? new Set<number>()).add(number));

  for (const monitor of state.monitors.values()) {
    if (monitor.policy.paused) continue;
    for (const location of dueInRound(monitor, now)) {
      if (!inFlight.has(runKey(monitor.number, location))) pushMayHang(location, monitor.number);
    }
    if (monitor.round && monitor.round.startsAt > now) wakeAt = Math.min(wakeAt, monitor.round.startsAt);
    const reevaluateAt = reevaluationDueAt(state, monitor);
    if (reevaluateAt <= now) reevaluate.push(monitor.number);
    else wakeAt = Math.min(wakeAt, reevaluateAt);
    for (const location of dueOnSchedule(state, monitor, now)) {
      if (inFlight.has(runKey(monitor.number, location))) continue;
      if (mayHang.get(location)?.has(monitor.number)) continue;
      const failsThere = monitor.byLocation.get(location)?.streakOf === 'failed';
      if (failsThere) pushMayHang(location, monitor.number);
      else push(healthy, location, (list) => append(list, monitor.number));
    }
  }
  return {
    invocations: [
      ...[...healthy].map(([location, monitors]) => ({ location, monitors, mayHang: false })),
      ...[...mayHang].map(([location, set]) => ({ location, monitors: [...set], mayHang: true })),
    ],
    reevaluate,
    wakeAt,
  };
}

/**
 * When a monitor is due for evaluation without a report: its open round need not wait any longer, no location checks it,
 * or a window or the wait of a flapping monitor ends that suppresses something. Infinity if it is not.
 */
const reevaluationDueAt = (state: State, monitor: MonitorState): number =>
  Math.min(
    earlyCloseAt(state, monitor) ?? Number.POSITIVE_INFINITY,
    noDataCheckAt(state, monitor) ?? Number.POSITIVE_INFINITY,
    nextReleaseAt(state, monitor, state.at) ?? Number.POSITIVE_INFINITY,
  );

/** The locations that the open round still waits for. */
function dueInRound({ round }: MonitorState, now: number): number[] {
  if (!round || now < round.startsAt) return [];
  return round.asked.filter((location) => !round.results.some((result) => result.location === location));
}

/** Locations whose own slot has begun since their last run. */
export function dueOnSchedule(state: State, monitor: MonitorState, now: number): number[] {
  const locations = assignedLocations(state, monitor.policy);
  const due: number[] = [];
  for (const [k, location] of locations.entries()) {
    const status = monitor.byLocation.get(location.number);
    if (!status || !location.enabled) continue;
    const dueAt = lastDueAt(monitor, k, locations.length, now);
    if (
      isBefore(status.lastCheckedAt, dueAt) &&
      isBefore(status.assignedAt, dueAt) &&
      !hasResult(monitor, location.number, dueAt)
    ) {
      due.push(location.number);
    }
  }
  return due;
}

const isBefore = (time: number | null, dueAt: number): boolean => time === null || time < dueAt;

/** A result in the open round has not reached its location's status yet. */
const hasResult = ({ round }: MonitorState, location: number, dueAt: number): boolean =>
  round?.results.some((result) => result.location === location && result.startedAt >= dueAt) ?? false;

function append(list: number[] | undefined, number: number): number[] {
  if (!list) return [number];
  list.push(number);
  return list;
}
