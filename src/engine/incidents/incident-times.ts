// When something began or ended, looked back at from the moment it was known. A look's time is its start.

import type { LocationStatus, MonitorState, OpenIncident, Policy, State } from '../model/state.ts';
import {
  abstainReason,
  assignedLocations,
  freshSince,
  requiredFailing,
  staleAfterMs,
  type Votes,
} from '../voting/quorum.ts';
import { isPending } from '../voting/streak.ts';

/** When each began to say what it votes; one that is pending has said so for long. */
const streakStarts = (monitor: MonitorState, locations: readonly number[]): number[] =>
  locations
    .map((number) => monitor.byLocation.get(number) as LocationStatus)
    .map((status) => (isPending(status) ? 0 : status.streakSince))
    .sort((a, b) => a - b);

/** The earliest streak start that lies within one interval and timeout of the needed-th. */
export function startOf(starts: readonly number[], requiredCount: number, policy: Policy): number {
  const decisive = starts[Math.min(requiredCount, starts.length) - 1] ?? 0;
  return starts.find((start) => start >= decisive - policy.intervalMs - policy.timeoutMs) ?? decisive;
}

/** When an outage began: as many locations as are required had begun to fail. */
export function outageStart(monitor: MonitorState, votes: Votes): number {
  const { policy } = monitor;
  const requiredCount = requiredFailing(
    policy,
    votes.failing.length + votes.passing.length,
    votes.configured,
  );
  return startOf(streakStarts(monitor, votes.confirmed), requiredCount, policy);
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
  const requiredCount =
    open.verdict === 'partial' ? 2 : requiredFailing(monitor.policy, voters, votes.configured);
  const recovered = streakStarts(monitor, votes.passing).filter((start) => start > open.startedAt);
  const decisive = voters - requiredCount + 1 - (votes.passing.length - recovered.length);
  if (decisive < 1 || recovered.length === 0) return at;
  return Math.min(at, startOf(recovered, decisive, monitor.policy));
}

/** When the number of fresh votes fell to half of the assigned locations or fewer. */
export function noDataStart(state: State, monitor: MonitorState, at: number): number {
  const expiries: number[] = [];
  let assigned = 0;
  for (const location of assignedLocations(state, monitor.policy)) {
    const status = monitor.byLocation.get(location.number);
    if (!status) continue;
    assigned += 1;
    const why = abstainReason(status, location, monitor.policy, at);
    if (why === null || why === 'stale') expiries.push(freshSince(status) + staleAfterMs(monitor.policy));
  }
  expiries.sort((a, b) => b - a);
  return Math.min(at, expiries[Math.floor(assigned / 2)] ?? at);
}
