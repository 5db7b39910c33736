// Dependencies: a monitor that needs others. Says whose fault an outage is, and for how long that is not known.

import type { MonitorState, Policy, State } from '../model/state.ts';
import type { Evaluation } from '../voting/evaluation.ts';
import { countVotes, requiredFailing } from '../voting/quorum.ts';

/** Everything that a monitor needs, directly or not, nearest first. Unknown numbers are nobody's parents. */
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

/** How many generations stand above a monitor: parents settle first. */
export const dependencyDepth = (state: State, number: number): number => {
  const monitor = state.monitors.get(number);
  return monitor && monitor.policy.dependsOn.length > 0 ? longestPath(state, monitor, new Set()) : 0;
};

function longestPath(state: State, monitor: MonitorState, above: Set<number>): number {
  let longest = 0;
  above.add(monitor.number);
  for (const number of monitor.policy.dependsOn) {
    const parent = state.monitors.get(number);
    if (parent && !above.has(number)) longest = Math.max(longest, 1 + longestPath(state, parent, above));
  }
  above.delete(monitor.number);
  return longest;
}

/** Those that need this monitor, directly or not. */
export const descendantsOf = (state: State, number: number): MonitorState[] =>
  [...state.monitors.values()].filter(
    (monitor) =>
      monitor.policy.dependsOn.length > 0 &&
      ancestorsOf(state, monitor).some((ancestor) => ancestor.number === number),
  );

/** The ancestor whose outage explains this one; null when none is down. */
export const downAncestor = (state: State, monitor: MonitorState): MonitorState | null =>
  ancestorsOf(state, monitor).find(({ incident }) => incident?.verdict === 'down') ?? null;

/**
 * Should the beginning of this monitor's incident not be told yet, because of what it depends on?
 * - An ancestor is down: that is what is told.
 * - An ancestor is pending: it may go down in a moment. Waiting for it takes no longer than a fan-out.
 * - An ancestor has just come back: this one has outlived it only when enough locations saw it fail since then.
 */
export function inhibitedBy({ state, monitor, votes, at }: Evaluation): boolean {
  const { incident } = monitor;
  if (incident === null || monitor.policy.dependsOn.length === 0) return false;
  return ancestorsOf(state, monitor).some((ancestor) => {
    if (ancestor.incident?.verdict === 'down') return true;
    if (isUndecided(state, ancestor, at)) return at < incident.detectedAt + maxFanOutMs(ancestor.policy);
    if (ancestor.verdict !== 'up') return false;
    const since = votes.failing.filter((location) => failedSince(monitor, location, ancestor.verdictSince));
    const voters = votes.failing.length + votes.passing.length;
    const bar = incident.verdict === 'down' ? requiredFailing(monitor.policy, voters, votes.configured) : 2;
    return since.length < bar;
  });
}

const isUndecided = (state: State, monitor: MonitorState, at: number): boolean =>
  !monitor.policy.paused && (monitor.round !== null || countVotes(state, monitor, at).pending);

const failedSince = (monitor: MonitorState, location: number, since: number): boolean => {
  const status = monitor.byLocation.get(location);
  return status?.streakOf === 'failed' && status.lastMeasuredAt >= since;
};

/** How long a fan-out can take: each of its steps a pause or a look that hangs. */
function maxFanOutMs({ failures, recoveries, confirmMs, timeoutMs }: Policy): number {
  return (Math.max(failures, recoveries) + 1) * Math.max(confirmMs, timeoutMs + DEADLINE_SLACK_MS);
}

/** A probe's invocation may take this much longer than its slowest look. */
const DEADLINE_SLACK_MS = 3_000;
