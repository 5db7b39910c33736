// Votes, who abstains, how many are required, and the verdict. The rules of alerting, and nothing else.
import type { QuorumCount } from '../model/notification.ts';
import type {
  LocationState,
  LocationStatus,
  MonitorState,
  OpenIncident,
  Policy,
  State,
  Verdict,
} from '../model/state.ts';
import { isConfirmedFailing, isPending, isSustainedFailing } from './streak.ts';

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
export const freshSince = (status: LocationStatus): number =>
  status.lastUnmeasured === null ? status.lastCheckedAt : status.lastMeasuredAt;

export type AbstainReason = 'disabled' | 'quarantined' | 'no_vote' | 'no_response' | 'stale';

/** It accuses everybody: nothing that it says is believed. */
export const isQuarantined = (location: LocationState): boolean => location.incident?.kind === 'quarantined';

/** Why a location has no say in a monitor's verdict right now; null when it has one. */
export function abstainReason(
  status: LocationStatus,
  location: LocationState,
  policy: Policy,
  now: number,
): AbstainReason | null {
  if (!location.enabled) return 'disabled';
  if (isQuarantined(location)) return 'quarantined';
  if (status.vote === 'none') return 'no_vote';
  if (status.noResponse) return 'no_response';
  if (freshSince(status) < now - staleAfterMs(policy)) return 'stale';
  return null;
}

/** The votes of one monitor at one moment. */
export interface Votes {
  readonly failing: readonly number[];
  /** Those of `failing` that fail `failures` times in a row right now: only they can bring an outage about. */
  readonly confirmed: readonly number[];
  /** How many of `firm` have been failing for a minute and a half. */
  readonly sustained: number;
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
  const confirmed: number[] = [];
  const passing: number[] = [];
  const abstaining: number[] = [];
  let assigned = 0;
  let pending = false;
  let sustained = 0;
  let warning = false;
  const locations = assignedLocations(state, policy);
  for (const location of locations) {
    const status = monitor.byLocation.get(location.number);
    if (!status) continue;
    if (status.lastMeasuredAt > 0 || now >= status.assignedAt + policy.intervalMs) assigned += 1;
    if (abstainReason(status, location, policy, now) !== null) {
      abstaining.push(location.number);
      continue;
    }
    (status.vote === 'failing' ? failing : passing).push(location.number);
    if (isPending(status)) pending = true;
    if (isConfirmedFailing(status, policy)) confirmed.push(location.number);
    if (isSustainedFailing(status, policy)) sustained += 1;
    if (status.warnings) warning = true;
  }
  const configured = locations.length;
  return { failing, confirmed, sustained, passing, abstaining, assigned, configured, pending, warning };
}

/** How many voters must be failing: by the policy over v voters, and never one alone unless it is the only location. */
export function requiredFailing(policy: Policy, voters: number, configured: number): number {
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
export const hasQuorum = (
  voters: number,
  { assigned, configured }: Pick<VoteCounts, 'assigned' | 'configured'>,
): boolean => 2 * voters > assigned && voters >= Math.min(2, configured);

export interface VoteCounts {
  readonly failing: number;
  readonly confirmed: number;
  readonly sustained: number;
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
export function decideVerdict(policy: Policy, counts: VoteCounts, open: OpenIncident | null): Verdict {
  const voters = counts.failing + counts.passing;
  if (!hasQuorum(voters, counts)) return 'no_data';
  const failing = open?.verdict === 'down' ? counts.failing : counts.confirmed;
  if (failing >= requiredFailing(policy, voters, counts.configured)) return 'down';
  if (open?.verdict === 'partial') return counts.failing >= 2 ? 'partial' : 'up';
  const isRegional = counts.confirmed >= 3 || counts.sustained >= 2;
  return isRegional && !counts.pending ? 'partial' : 'up';
}

export const countsOf = (votes: Votes): VoteCounts => ({
  failing: votes.failing.length,
  confirmed: votes.confirmed.length,
  sustained: votes.sustained,
  passing: votes.passing.length,
  assigned: votes.assigned,
  configured: votes.configured,
  pending: votes.pending,
});

/** The verdict that follows from a monitor's votes at `now`. */
export function verdictFor(monitor: MonitorState, votes: Votes): Verdict {
  if (monitor.policy.paused) return 'no_data';
  // Whoever is still being asked may yet turn a partial problem into an outage.
  const pending = votes.pending || monitor.round !== null;
  return decideVerdict(monitor.policy, { ...countsOf(votes), pending }, monitor.incident);
}

export function quorumCount(policy: Policy, votes: Votes): QuorumCount {
  const voters = votes.failing.length + votes.passing.length;
  return {
    policy: policy.quorum,
    required: requiredFailing(policy, voters, votes.configured),
    failing: votes.failing.length,
    passing: votes.passing.length,
    abstaining: votes.abstaining.length,
  };
}
