// Votes, who abstains, how many are required, and the verdict. The rules of alerting, and nothing else.
import type { QuorumCount } from '../model/notification.ts';
import type {
  LocationState,
  MonitorState,
  OpenIncident,
  Policy,
  State,
  Verdict,
  View,
} from '../model/state.ts';
import { isFirm, isLasting, isPending } from './streak.ts';

const MIN_STALE_MS = 180_000;

/** The locations that look at a monitor, in their order of phase. */
export function assignedLocations(state: State, policy: Policy): LocationState[] {
  const all = [...state.locations.values()];
  if (policy.locations === 'all') return all.filter((location) => location.enabled);
  const { locations } = policy;
  return all.filter((location) => locations.includes(location.number));
}

/** How long a measured observation speaks for its location. */
export const staleAfterMs = (policy: Policy): number => Math.max(2.5 * policy.intervalMs, MIN_STALE_MS);

/** Look start of the newest measured observation; one that came too soon to count is as fresh. */
export const freshAt = (view: View): number => (view.missed === null ? view.lookedAt : view.measuredAt);

export type Abstention = 'disabled' | 'quarantined' | 'no_vote' | 'unanswered' | 'stale';

/** It accuses everybody: nothing that it says is believed. */
export const isQuarantined = (location: LocationState): boolean => location.incident?.kind === 'quarantined';

/** Why a location has no say in a monitor's verdict right now; null when it has one. */
export function abstention(
  view: View,
  location: LocationState,
  policy: Policy,
  now: number,
): Abstention | null {
  if (!location.enabled) return 'disabled';
  if (isQuarantined(location)) return 'quarantined';
  if (view.vote === 'none') return 'no_vote';
  if (view.unanswered) return 'unanswered';
  if (freshAt(view) < now - staleAfterMs(policy)) return 'stale';
  return null;
}

/** The votes of one monitor at one moment. */
export interface Votes {
  readonly failing: readonly number[];
  /** Those of `failing` that fail `failures` times in a row right now: only they can bring an outage about. */
  readonly firm: readonly number[];
  /** How many of `firm` have been failing for a minute and a half. */
  readonly lasting: number;
  readonly passing: readonly number[];
  readonly abstaining: readonly number[];
  /** Locations that should vote: those that have measured something, or had an interval's time to. */
  readonly assigned: number;
  /** Locations the monitor is configured for. */
  readonly configured: number;
  readonly pending: boolean;
  /** One of the voters warns of something, or has begun to. */
  readonly warning: boolean;
}

export function countVotes(state: State, monitor: MonitorState, now: number): Votes {
  const { policy } = monitor;
  const failing: number[] = [];
  const firm: number[] = [];
  const passing: number[] = [];
  const abstaining: number[] = [];
  let assigned = 0;
  let pending = false;
  let lasting = 0;
  let warning = false;
  const locations = assignedLocations(state, policy);
  for (const location of locations) {
    const view = monitor.views.get(location.number);
    if (!view) continue;
    if (view.measuredAt > 0 || now >= view.addedAt + policy.intervalMs) assigned += 1;
    if (abstention(view, location, policy, now) !== null) {
      abstaining.push(location.number);
      continue;
    }
    (view.vote === 'failing' ? failing : passing).push(location.number);
    if (isPending(view)) pending = true;
    if (isFirm(view, policy)) firm.push(location.number);
    if (isLasting(view, policy)) lasting += 1;
    if (view.warnings) warning = true;
  }
  const configured = locations.length;
  return { failing, firm, lasting, passing, abstaining, assigned, configured, pending, warning };
}

/** How many voters must be failing: by the policy over v voters, and never one alone unless it is the only location. */
export function required(policy: Policy, voters: number, configured: number): number {
  const floor = configured > 1 ? 2 : 1;
  switch (policy.quorum) {
    case 'majority':
      return Math.max(floor, Math.floor(voters / 2) + 1);
    case 'all':
      return Math.max(floor, voters);
    case 'any':
      return floor;
    default:
      return Math.max(floor, Math.min(policy.quorum, voters));
  }
}

/** Unless more than half of the assigned locations vote, nobody knows; nor does one alone of several. */
export const enoughVoters = (
  voters: number,
  { assigned, configured }: Pick<Tally, 'assigned' | 'configured'>,
): boolean => 2 * voters > assigned && voters >= Math.min(2, configured);

export interface Tally {
  readonly failing: number;
  readonly firm: number;
  readonly lasting: number;
  readonly passing: number;
  readonly assigned: number;
  readonly configured: number;
  readonly pending: boolean;
}

/**
 * - undecided: too few voters.
 * - down: at least the required number are failing; to become so, each of them at its full streak.
 * - partial: three or more are failing at their full streak, or two of them for a minute and a half, fewer than required,
 *   and no location is still making up its mind; once partial, it stays so while two votes say so.
 * - up: everything else.
 */
export function verdictOf(policy: Policy, tally: Tally, open: OpenIncident | null): Verdict {
  const voters = tally.failing + tally.passing;
  if (!enoughVoters(voters, tally)) return 'undecided';
  const failing = open?.verdict === 'down' ? tally.failing : tally.firm;
  if (failing >= required(policy, voters, tally.configured)) return 'down';
  if (open?.verdict === 'partial') return tally.failing >= 2 ? 'partial' : 'up';
  const isRegional = tally.firm >= 3 || tally.lasting >= 2;
  return isRegional && !tally.pending ? 'partial' : 'up';
}

export const tallyOf = (votes: Votes): Tally => ({
  failing: votes.failing.length,
  firm: votes.firm.length,
  lasting: votes.lasting,
  passing: votes.passing.length,
  assigned: votes.assigned,
  configured: votes.configured,
  pending: votes.pending,
});

/** The verdict that follows from a monitor's votes at `now`. */
export function judge(monitor: MonitorState, votes: Votes): Verdict {
  if (monitor.policy.paused) return 'undecided';
  // Whoever is still being asked may yet turn a partial problem into an outage.
  const pending = votes.pending || monitor.round !== null;
  return verdictOf(monitor.policy, { ...tallyOf(votes), pending }, monitor.incident);
}

export function quorumCount(policy: Policy, votes: Votes): QuorumCount {
  const voters = votes.failing.length + votes.passing.length;
  return {
    policy: policy.quorum,
    required: required(policy, voters, votes.configured),
    failing: votes.failing.length,
    passing: votes.passing.length,
    abstaining: votes.abstaining.length,
  };
}
