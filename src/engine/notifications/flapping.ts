// Owns flap detection: when a monitor changes its verdict too often to report every change. Sends nothing.

import {
  FLAP_NEWEST_WEIGHT,
  FLAP_OLDEST_WEIGHT,
  FLAP_START_PERCENT,
  FLAP_STOP_PERCENT,
  FLAP_TRANSITIONS,
  maxFlapSuppressionMs,
} from '../model/policy.ts';
import type { MonitorState, Transition } from '../model/state.ts';
import type { Evaluation } from '../voting/evaluation.ts';
import { inMaintenance } from './windows.ts';

/** In intervals. */
const ageOf = (transition: Transition, monitor: MonitorState, at: number): number =>
  (at - transition.at) / monitor.policy.intervalMs;

/** Weighted share of the transitions that were changes, in percent. */
export function flapPercent(monitor: MonitorState, at: number): number {
  let weights = 0;
  for (const transition of monitor.transitions) {
    const age = Math.min(1, ageOf(transition, monitor, at) / (FLAP_TRANSITIONS - 1));
    weights += transition.weight * (FLAP_NEWEST_WEIGHT - (FLAP_NEWEST_WEIGHT - FLAP_OLDEST_WEIGHT) * age);
  }
  return (100 * weights) / FLAP_TRANSITIONS;
}

/** Records the change of verdict and drops transitions that are too old. Changes in maintenance do not count. */
export function recordTransition({ state, monitor, at }: Evaluation, before: MonitorState): MonitorState {
  const was = before.incident?.verdict ?? 'up';
  const is = monitor.incident?.verdict ?? 'up';
  if (was === is && monitor.transitions.length === 0) return monitor;
  const recent = monitor.transitions.filter(
    (transition) => ageOf(transition, monitor, at) < FLAP_TRANSITIONS,
  );
  if (was === is || inMaintenance(state, monitor.number, at)) {
    return recent.length === monitor.transitions.length ? monitor : { ...monitor, transitions: recent };
  }
  // An outage that begins and ends as a regional problem has changed once up and once down, like any other.
  const transition: Transition = {
    at,
    involvesDown: was === 'down' || is === 'down',
    weight: was === 'up' || is === 'up' ? 1 : 0.5,
  };
  return { ...monitor, transitions: [...recent, transition].slice(-FLAP_TRANSITIONS) };
}

export const startsFlapping = (monitor: MonitorState, at: number): boolean =>
  monitor.flapping === null && flapPercent(monitor, at) >= FLAP_START_PERCENT;

export const stopsFlapping = (monitor: MonitorState, at: number): boolean =>
  monitor.flapping !== null && flapPercent(monitor, at) < FLAP_STOP_PERCENT;

/**
 * Until when flapping suppresses the opening of the open incident; null if it does not. The first outage after regional
 * problems is sent at once, and every incident once it has lasted.
 */
export function flapSuppressionEnd(monitor: MonitorState): number | null {
  const { flapping, incident, transitions, policy } = monitor;
  if (flapping === null || incident === null) return null;
  const isFirstOutage =
    incident.verdict === 'down' && !transitions.some(isEarlierOutage(incident.detectedAt));
  return isFirstOutage ? null : incident.detectedAt + maxFlapSuppressionMs(policy);
}

const isEarlierOutage =
  (detectedAt: number) =>
  (transition: Transition): boolean =>
    transition.involvesDown && transition.at < detectedAt;
