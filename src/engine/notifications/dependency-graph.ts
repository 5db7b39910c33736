// Owns the graph of dependencies: ancestors, descendants and depth. Does not know what a dependency suppresses.

import type { MonitorState, Policy, State } from '../model/state.ts';

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
