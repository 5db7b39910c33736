// When something began or ended, looked back at from the moment it was known. A look's time is its start.

import type { MonitorState, OpenIncident, Policy, State, View } from '../model/state.ts';
import {
  abstention,
  assignedLocations,
  freshAt,
  required,
  staleAfterMs,
  type Votes,
} from '../voting/quorum.ts';
import { isPending } from '../voting/streak.ts';

/** When each began to say what it votes; one that is pending has said so for long. */
const streakStarts = (monitor: MonitorState, locations: readonly number[]): number[] =>
  locations
    .map((number) => monitor.views.get(number) as View)
    .map((view) => (isPending(view) ? 0 : view.streakSince))
    .sort((a, b) => a - b);

/** The earliest streak start that lies within one interval and timeout of the needed-th. */
export function startOf(starts: readonly number[], needed: number, policy: Policy): number {
  const decisive = starts[Math.min(needed, starts.length) - 1] ?? 0;
  return starts.find((start) => start >= decisive - policy.intervalMs - policy.timeoutMs) ?? decisive;
}

/** When an outage began: as many locations as are required had begun to fail. */
export function outageStart(monitor: MonitorState, votes: Votes): number {
  const { policy } = monitor;
  const needed = required(policy, votes.failing.length + votes.passing.length, votes.configured);
  return startOf(streakStarts(monitor, votes.firm), needed, policy);
}

/** When a regional problem began: two locations had begun to fail. */
export const partialStart = (monitor: MonitorState, votes: Votes): number =>
  startOf(streakStarts(monitor, votes.failing), 2, monitor.policy);

/**
 * Mirrors the start: the passing streak that left too few failing decides when the incident ended. Who passed all
 * along ended nothing: where that would be enough, failing locations were lost from sight, just now.
 */
export function incidentEnd(monitor: MonitorState, open: OpenIncident, votes: Votes, at: number): number {
  const voters = votes.failing.length + votes.passing.length;
  const bar = open.verdict === 'partial' ? 2 : required(monitor.policy, voters, votes.configured);
  const recovered = streakStarts(monitor, votes.passing).filter((start) => start > open.startedAt);
  const decisive = voters - bar + 1 - (votes.passing.length - recovered.length);
  if (decisive < 1 || recovered.length === 0) return at;
  return Math.min(at, startOf(recovered, decisive, monitor.policy));
}

/** When the number of fresh votes fell to half of the assigned locations or fewer. */
export function blindStart(state: State, monitor: MonitorState, at: number): number {
  const expiries: number[] = [];
  let assigned = 0;
  for (const location of assignedLocations(state, monitor.policy)) {
    const view = monitor.views.get(location.number);
    if (!view) continue;
    assigned += 1;
    const why = abstention(view, location, monitor.policy, at);
    if (why === null || why === 'stale') expiries.push(freshAt(view) + staleAfterMs(monitor.policy));
  }
  expiries.sort((a, b) => b - a);
  return Math.min(at, expiries[Math.floor(assigned / 2)] ?? at);
}
