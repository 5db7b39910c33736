// plan(state, now): every look that is due, whoever asks. Owns phases; knows no connections and no clock.

import { type MonitorState, SLOT_MS, type State } from '../model/state.ts';
import { noDataCheckAt } from '../notifications/no-data.ts';
import { hasUnsentNotification } from '../notifications/pipeline.ts';
import { nextWindowEnd } from '../notifications/windows.ts';
import { earlyCloseAt } from '../voting/confirmation.ts';
import { assignedLocations } from '../voting/quorum.ts';

/** Looks begin in the middle of their slot, so that a tick which starts on the minute is seen before they are due. */
export const PHASE_IN_SLOT_MS = SLOT_MS / 2;

/** The looks of one location that travel together. */
export interface Invocation {
  readonly location: number;
  readonly monitors: readonly number[];
  /** Asked because somebody failed: it may hang, so it must not delay healthy looks. */
  readonly mayHang: boolean;
}

export interface Plan {
  readonly invocations: readonly Invocation[];
  /** Monitors to hear without a report: see `hearingDueAt`. */
  readonly reevaluate: readonly number[];
  /** When to plan again at the latest. */
  readonly wakeAt: number;
}

/** Names a look while it is in flight. */
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
  const { intervalMs } = monitor.policy;
  const stepMs = intervalMs / locations;
  const phase =
    Math.floor((k * stepMs) / SLOT_MS) * SLOT_MS + phaseShiftMs(monitor.number, stepMs) + PHASE_IN_SLOT_MS;
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
    const evaluationAt = reevaluationDueAt(state, monitor);
    if (evaluationAt <= now) reevaluate.push(monitor.number);
    else wakeAt = Math.min(wakeAt, evaluationAt);
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
 * When a monitor has to be heard without a report: its open round need not wait for missing answers any longer, nobody
 * looks at it, or a window ends in which something was withheld. Infinity when it has not.
 */
const reevaluationDueAt = (state: State, monitor: MonitorState): number =>
  Math.min(
    earlyCloseAt(state, monitor) ?? Number.POSITIVE_INFINITY,
    noDataCheckAt(state, monitor) ?? Number.POSITIVE_INFINITY,
    (hasUnsentNotification(monitor) ? nextWindowEnd(state, monitor.number, state.at) : null) ??
      Number.POSITIVE_INFINITY,
  );

/** Whom the open round still has to hear. */
function dueInRound({ round }: MonitorState, now: number): number[] {
  if (!round || now < round.startsAt) return [];
  return round.asked.filter((location) => !round.results.some((answer) => answer.location === location));
}

/** Locations whose own slot has come since they last looked. */
export function dueOnSchedule(state: State, monitor: MonitorState, now: number): number[] {
  const locations = assignedLocations(state, monitor.policy);
  const due: number[] = [];
  for (const [k, location] of locations.entries()) {
    const status = monitor.byLocation.get(location.number);
    if (!status || !location.enabled) continue;
    const dueAt = lastDueAt(monitor, k, locations.length, now);
    if (
      status.lastCheckedAt < dueAt &&
      status.assignedAt < dueAt &&
      !hasAnswered(monitor, location.number, dueAt)
    ) {
      due.push(location.number);
    }
  }
  return due;
}

/** An answer that waits in the open round has not reached its view yet. */
const hasAnswered = ({ round }: MonitorState, location: number, dueAt: number): boolean =>
  round?.results.some((answer) => answer.location === location && answer.startedAt >= dueAt) ?? false;

function append(list: number[] | undefined, number: number): number[] {
  if (!list) return [number];
  list.push(number);
  return list;
}
