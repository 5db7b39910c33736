// Flap detection: a monitor that keeps changing its verdict is told of once, and not at every change.

import type { MonitorState, Transition } from '../model/state.ts';
import type { Evaluation } from '../voting/evaluation.ts';
import { inMaintenance } from './windows.ts';

/** Of the last 21 verdicts, one an interval, the 20 transitions between them count, the newest most. */
const TRANSITIONS = 20;
const NEWEST_WEIGHT = 1.25;
const OLDEST_WEIGHT = 0.75;
/** Weighted share of changes, in percent: assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/flapping.html */
const START_PERCENT = 20;
const STOP_PERCENT = 5;

const ageOf = (turn: Transition, monitor: MonitorState, at: number): number =>
  (at - turn.at) / monitor.policy.intervalMs;

/** Weighted share of the transitions that were changes, in percent. */
export function flapPercent(monitor: MonitorState, at: number): number {
  let weights = 0;
  for (const turn of monitor.transitions) {
    const age = Math.min(1, ageOf(turn, monitor, at) / (TRANSITIONS - 1));
    weights += turn.weight * (NEWEST_WEIGHT - (NEWEST_WEIGHT - OLDEST_WEIGHT) * age);
  }
  return (100 * weights) / TRANSITIONS;
}

/** Remembers how the verdict has just changed, and forgets what is too old to count. Planned work is no flapping. */
export function recordTransition({ state, monitor, at }: Evaluation, before: MonitorState): MonitorState {
  const was = before.incident?.verdict ?? 'up';
  const is = monitor.incident?.verdict ?? 'up';
  if (was === is && monitor.transitions.length === 0) return monitor;
  const kept = monitor.transitions.filter((turn) => ageOf(turn, monitor, at) < TRANSITIONS);
  if (was === is || inMaintenance(state, monitor.number, at)) {
    return kept.length === monitor.transitions.length ? monitor : { ...monitor, transitions: kept };
  }
  // An outage that begins and ends as a regional problem has turned once up and once down, like any other.
  const turn: Transition = {
    at,
    involvesDown: was === 'down' || is === 'down',
    weight: was === 'up' || is === 'up' ? 1 : 0.5,
  };
  return { ...monitor, transitions: [...kept, turn].slice(-TRANSITIONS) };
}

export const startsFlapping = (monitor: MonitorState, at: number): boolean =>
  monitor.flapping === null && flapPercent(monitor, at) >= START_PERCENT;

export const stopsFlapping = (monitor: MonitorState, at: number): boolean =>
  monitor.flapping !== null && flapPercent(monitor, at) < STOP_PERCENT;

/** While it flaps nothing new is told, but for an outage that is the first one after regional problems. */
export function suppressedByFlapping({ flapping, incident, transitions }: MonitorState): boolean {
  if (flapping === null || incident === null) return false;
  const isFirstOutage =
    incident.verdict === 'down' && !transitions.some(isEarlierOutage(incident.detectedAt));
  return !isFirstOutage;
}

const isEarlierOutage =
  (detectedAt: number) =>
  (turn: Transition): boolean =>
    turn.involvesDown && turn.at < detectedAt;
