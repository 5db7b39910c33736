// Owns inhibition: whether a dependency explains a monitor's incident, or is not decided yet. Sends nothing.

import { maxFanOutMs } from '../model/policy.ts';
import type { MonitorState, OpenIncident, Policy, State } from '../model/state.ts';
import type { Evaluation } from '../voting/evaluation.ts';
import { countVotes, requiredFor } from '../voting/quorum.ts';

/** Every monitor that this one depends on, directly or not, nearest first. Unknown numbers are left out. */
export function ancestorsOf(state: State, monitor: MonitorState): MonitorState[] {
  const found = new Map<number, MonitorState>();
  const visit = (policy: Policy): void => {
    for (const number of policy.dependsOn) {
      const parent = state.monitors.get(number);
      if (!parent || number === monitor.number || found.has(number)) continue;
      found.set(number, parent);
      visit(parent.policy);
    }
  };
  visit(monitor.policy);
  return [...found.values()];
}

/** The longest path upwards from a monitor: dependencies are evaluated first. */
export const dependencyDepth = (state: State, number: number): number => {
  const monitor = state.monitors.get(number);
  return monitor && monitor.policy.dependsOn.length > 0 ? longestPath(state, monitor, new Set()) : 0;
};

function longestPath(state: State, monitor: MonitorState, below: Set<number>): number {
  let longest = 0;
  below.add(monitor.number);
  for (const number of monitor.policy.dependsOn) {
    const parent = state.monitors.get(number);
    if (parent && !below.has(number)) longest = Math.max(longest, 1 + longestPath(state, parent, below));
  }
  below.delete(monitor.number);
  return longest;
}

/** Every monitor that depends on this one, directly or not. */
export const descendantsOf = (state: State, number: number): MonitorState[] =>
  [...state.monitors.values()].filter(
    (monitor) =>
      monitor.policy.dependsOn.length > 0 &&
      ancestorsOf(state, monitor).some((ancestor) => ancestor.number === number),
  );

const isDown = ({ incident }: MonitorState): boolean => incident?.verdict === 'down';

/** The ancestors whose outage explains this monitor's, nearest first. */
export const downAncestors = (state: State, monitor: MonitorState): MonitorState[] =>
  ancestorsOf(state, monitor).filter(isDown);

/** In the order in which a person wants to read them. */
const INHIBITIONS = ['down', 'confirming', 'recovered'] as const;

export interface Inhibition {
  /** Of the monitor that this one depends on. */
  readonly state: (typeof INHIBITIONS)[number];
  /** Its number. */
  readonly monitor: number;
}

/**
 * Why the opening of this monitor's incident is not sent yet, if a monitor that it depends on is the reason:
 * - down: that outage is sent instead.
 * - confirming: it may go down in a moment. Waiting takes no longer than a fan-out.
 * - recovered: it has just recovered, and too few locations have seen this monitor fail since then.
 */
export function inhibitedBy(evaluation: Evaluation): Inhibition | null {
  const { state, monitor } = evaluation;
  const { incident } = monitor;
  if (incident === null || monitor.policy.dependsOn.length === 0) return null;
  const found = ancestorsOf(state, monitor).flatMap((ancestor): Inhibition[] => {
    const inhibition = inhibitionBy(ancestor, incident, evaluation);
    return inhibition === null ? [] : [{ state: inhibition, monitor: ancestor.number }];
  });
  for (const inhibition of INHIBITIONS) {
    const first = found.find((one) => one.state === inhibition);
    if (first) return first;
  }
  return null;
}

function inhibitionBy(
  ancestor: MonitorState,
  incident: OpenIncident,
  { state, monitor, votes, at }: Evaluation,
): Inhibition['state'] | null {
  if (isDown(ancestor)) return 'down';
  if (isUndecided(state, ancestor, at))
    return at < incident.detectedAt + maxFanOutMs(ancestor.policy) ? 'confirming' : null;
  if (ancestor.verdict !== 'up') return null;
  const since = votes.failing.filter((location) => failedSince(monitor, location, ancestor.verdictSince));
  return since.length < requiredFor(incident, monitor.policy, votes) ? 'recovered' : null;
}

const isUndecided = (state: State, monitor: MonitorState, at: number): boolean =>
  !monitor.policy.paused && (monitor.round !== null || countVotes(state, monitor, at).pending);

const failedSince = (monitor: MonitorState, location: number, since: number): boolean => {
  const status = monitor.byLocation.get(location);
  return status?.streakOf === 'failed' && status.lastMeasuredAt! >= since;
};
