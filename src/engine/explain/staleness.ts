// Owns which votes are shown as stale: those older than the newest check that their location should have made. Display
// only: such a vote counts until it expires (abstainReason in quorum.ts).

import { deadlineMs, SLOT_MS, staleAfterMs } from '../model/policy.ts';
import type { LocationState, LocationStatus, MonitorState, StoredObservation } from '../model/state.ts';
import { lastDueAt } from '../schedule/schedule.ts';
import type { Evaluation } from '../voting/evaluation.ts';
import { assignedLocations, freshSince } from '../voting/quorum.ts';

/** Why a vote is older than the newest check: that check measured nothing, got no answer, or is overdue. */
export type StaleReason = 'unmeasured' | 'no_response' | 'overdue';

/** `k` of `of` is the location's place in the monitor's schedule. Null if the vote is of the newest check. */
export function staleReason(
  monitor: MonitorState,
  status: LocationStatus,
  { k, of }: { readonly k: number; readonly of: number },
  now: number,
): StaleReason | null {
  if (status.vote === 'none' || monitor.policy.paused) return null;
  if (status.lastUnmeasured !== null) return 'unmeasured';
  if (status.noResponse) return 'no_response';
  const dueAt = lastDueAt(monitor, k, of, now);
  const isOverdue = now > dueAt + deadlineMs(monitor.policy) + SLOT_MS && (status.lastCheckedAt ?? 0) < dueAt;
  return isOverdue ? 'overdue' : null;
}

/** When a vote stops counting unless its location measures again. Null without a measurement: after a rebuild too. */
export function voteExpiresAt(monitor: MonitorState, status: LocationStatus): number | null {
  const since = freshSince(status);
  return status.vote === 'none' || since === Number.NEGATIVE_INFINITY
    ? null
    : since + staleAfterMs(monitor.policy);
}

export interface StaleVote {
  readonly location: LocationState;
  readonly why: StaleReason;
  readonly expiresAt: number;
}

/** The votes that count although they are stale. */
export function staleVotes({ state, monitor, votes, at }: Evaluation): StaleVote[] {
  const locations = assignedLocations(state, monitor.policy);
  return locations.flatMap((location, k): StaleVote[] => {
    const status = monitor.byLocation.get(location.number);
    if (!status || votes.abstaining.includes(location.number)) return [];
    const why = staleReason(monitor, status, { k, of: locations.length }, at);
    const expiresAt = voteExpiresAt(monitor, status);
    return why === null || expiresAt === null ? [] : [{ location, why, expiresAt }];
  });
}

/** `throttled: Rate exceeded`: what is known of a check that measured nothing. */
export const describeUnmeasured = ({ reason, detail }: StoredObservation): string =>
  [reason ?? 'unmeasured', ...(detail === undefined ? [] : [detail])].join(': ');
