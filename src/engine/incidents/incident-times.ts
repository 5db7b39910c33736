// Owns when an incident or a lack of data began and ended, derived when it is detected. A run's time is its start.

import { MIN_FAILING_FOR_PARTIAL, staleAfterMs } from '../model/policy.ts';
import type { LocationStatus, MonitorState, OpenIncident, Policy, State } from '../model/state.ts';
import {
  abstainReason,
  assignedLocations,
  freshSince,
  requiredFailing,
  requiredFor,
  type Votes,
} from '../voting/quorum.ts';
import { isPending } from '../voting/streak.ts';

/** The streak of a pending location contradicts its vote, which is older than any other. */
const LONG_AGO = 0;

/** When each location's vote began, oldest first. */
const voteStarts = (monitor: MonitorState, locations: readonly number[]): number[] =>
  locations
    .map((number) => monitor.byLocation.get(number) as LocationStatus)
    .map((status) => (isPending(status) ? LONG_AGO : status.streakSince!))
    .sort((a, b) => a - b);

/** The earliest start within one interval and timeout of the start that completes the required number. */
export function startOf(starts: readonly number[], required: number, policy: Policy): number {
  const decisive = starts[Math.min(required, starts.length) - 1] ?? 0;
  return starts.find((start) => start >= decisive - policy.intervalMs - policy.timeoutMs) ?? decisive;
}

/** When an outage began: as many locations as required had begun to fail. */
export function outageStart(monitor: MonitorState, votes: Votes): number {
  const { policy } = monitor;
  const voters = votes.failing.length + votes.passing.length;
  const required = requiredFailing(policy, voters, votes.configured);
  return startOf(voteStarts(monitor, votes.confirmed), required, policy);
}

/** When a regional problem began: two locations had begun to fail. */
export const partialStart = (monitor: MonitorState, votes: Votes): number =>
  startOf(voteStarts(monitor, votes.failing), MIN_FAILING_FOR_PARTIAL, monitor.policy);

/**
 * When an incident ended: the passing streak began that left too few failing. Locations that passed all along ended
 * nothing. If they alone leave too few failing, votes were lost just now.
 */
export function incidentEnd(monitor: MonitorState, open: OpenIncident, votes: Votes, at: number): number {
  const voters = votes.failing.length + votes.passing.length;
  const required = requiredFor(open, monitor.policy, votes);
  const recovered = voteStarts(monitor, votes.passing).filter((start) => start > open.startedAt);
  const decisive = voters - required + 1 - (votes.passing.length - recovered.length);
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
