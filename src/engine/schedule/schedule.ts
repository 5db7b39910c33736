// plan(state, now): every look that is due, whoever asks. Owns phases; knows no connections and no clock.

import { type MonitorState, SLOT_MS, type State } from '../model/state.ts';
import { blindHearingAt } from '../notifications/no-data.ts';
import { hasUntold } from '../notifications/pipeline.ts';
import { nextEnd } from '../notifications/windows.ts';
import { closableAt } from '../voting/confirmation.ts';
import { assignedLocations } from '../voting/quorum.ts';

/** Looks begin in the middle of their slot, so that a tick which starts on the minute is seen before they are due. */
export const PHASE_IN_SLOT_MS = SLOT_MS / 2;

/** The looks of one location that travel together. */
export interface Invocation {
  readonly location: number;
  readonly monitors: readonly number[];
  /** Asked because somebody failed: it may hang, so it must not delay healthy looks. */
  readonly suspect: boolean;
}

export interface Plan {
  readonly invocations: readonly Invocation[];
  /** Monitors to hear without a report: see `hearingDueAt`. */
  readonly closable: readonly number[];
  /** When to plan again at the latest. */
  readonly wakeAt: number;
}

/** Names a look while it is in flight. */
export const lookKey = (monitor: number, location: number): number => monitor * 1024 + location;

/** Spreads monitors over the slots between two locations' phases; 0 where these are one slot apart or less. */
function shiftMs(number: number, stepMs: number): number {
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
    Math.floor((k * stepMs) / SLOT_MS) * SLOT_MS + shiftMs(monitor.number, stepMs) + PHASE_IN_SLOT_MS;
  return Math.floor((now - phase) / intervalMs) * intervalMs + phase;
}

/** The next middle of a slot after `now`. */
export const nextLookTime = (now: number): number =>
  (Math.floor((now - PHASE_IN_SLOT_MS) / SLOT_MS) + 1) * SLOT_MS + PHASE_IN_SLOT_MS;

export function plan(state: State, inFlight: ReadonlySet<number>, now: number): Plan {
  const healthy = new Map<number, number[]>();
  const suspect = new Map<number, Set<number>>();
  const closable: number[] = [];
  let wakeAt = nextLookTime(now);
  const push = <T>(to: Map<number, T>, location: number, add: (to: T | undefined) => T): void => {
    to.set(location, add(to.get(location)));
  };
  const pushSuspect = (location: number, number: number): void =>
    push(suspect, location, (set) => (set ?? new Set<number>()).add(number));

  for (const monitor of state.monitors.values()) {
    if (monitor.policy.paused) continue;
    for (const location of dueByRound(monitor, now)) {
      if (!inFlight.has(lookKey(monitor.number, location))) pushSuspect(location, monitor.number);
    }
    if (monitor.round && monitor.round.startsAt > now) wakeAt = Math.min(wakeAt, monitor.round.startsAt);
    const hearingAt = hearingDueAt(state, monitor);
    if (hearingAt <= now) closable.push(monitor.number);
    else wakeAt = Math.min(wakeAt, hearingAt);
    for (const location of dueBySlot(state, monitor, now)) {
      if (inFlight.has(lookKey(monitor.number, location))) continue;
      if (suspect.get(location)?.has(monitor.number)) continue;
      const failsThere = monitor.views.get(location)?.streakOf === 'failed';
      if (failsThere) pushSuspect(location, monitor.number);
      else push(healthy, location, (list) => pushed(list, monitor.number));
    }
  }
  return {
    invocations: [
      ...[...healthy].map(([location, monitors]) => ({ location, monitors, suspect: false })),
      ...[...suspect].map(([location, set]) => ({ location, monitors: [...set], suspect: true })),
    ],
    closable,
    wakeAt,
  };
}

/**
 * When a monitor has to be heard without a report: its open round need not wait for missing answers any longer, nobody
 * looks at it, or a window ends in which something was withheld. Infinity when it has not.
 */
const hearingDueAt = (state: State, monitor: MonitorState): number =>
  Math.min(
    closableAt(state, monitor) ?? Number.POSITIVE_INFINITY,
    blindHearingAt(state, monitor) ?? Number.POSITIVE_INFINITY,
    (hasUntold(monitor) ? nextEnd(state, monitor.number, state.at) : null) ?? Number.POSITIVE_INFINITY,
  );

/** Whom the open round still has to hear. */
function dueByRound({ round }: MonitorState, now: number): number[] {
  if (!round || now < round.startsAt) return [];
  return round.asked.filter((location) => !round.answers.some((answer) => answer.location === location));
}

/** Locations whose own slot has come since they last looked. */
export function dueBySlot(state: State, monitor: MonitorState, now: number): number[] {
  const locations = assignedLocations(state, monitor.policy);
  const due: number[] = [];
  for (const [k, location] of locations.entries()) {
    const view = monitor.views.get(location.number);
    if (!view || !location.enabled) continue;
    const dueAt = lastDueAt(monitor, k, locations.length, now);
    if (view.lookedAt < dueAt && view.addedAt < dueAt && !hasAnswered(monitor, location.number, dueAt)) {
      due.push(location.number);
    }
  }
  return due;
}

/** An answer that waits in the open round has not reached its view yet. */
const hasAnswered = ({ round }: MonitorState, location: number, dueAt: number): boolean =>
  round?.answers.some((answer) => answer.location === location && answer.startedAt >= dueAt) ?? false;

function pushed(list: number[] | undefined, number: number): number[] {
  if (!list) return [number];
  list.push(number);
  return list;
}
