// Owns votes, abstentions, the required number and the verdict. Does not start rounds and opens no incidents.
import { isHeartbeatLocation } from '../model/heartbeat.ts';
import type { QuorumCount } from '../model/notification.ts';
import { MIN_CONFIRMED_FOR_PARTIAL, MIN_FAILING_FOR_PARTIAL, staleAfterMs } from '../model/policy.ts';
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

/** The locations that check a monitor, in their order of phase. */
export function assignedLocations(state: State, policy: Policy): LocationState[] {
  const all = [...state.locations.values()];
  if (policy.locations === 'all')
    return all.filter((location) => location.enabled && !isHeartbeatLocation(location));
  const { locations } = policy;
  return all.filter((location) => locations.includes(location.number));
}

/** Start of the newest measured run. One that started too early to count still keeps the vote fresh. */
export const freshSince = (status: LocationStatus): number =>
  (status.lastUnmeasured === null ? status.lastCheckedAt : status.lastMeasuredAt) ?? Number.NEGATIVE_INFINITY;

export type AbstainReason = 'disabled' | 'quarantined' | 'no_vote' | 'no_response' | 'stale';

/** Quarantined locations do not vote. */
export const isQuarantined = (location: LocationState): boolean => location.incident?.kind === 'quarantined';

/** Why a location does not vote on a monitor right now; null if it votes. */
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

/** The votes on one monitor at one moment. */
export interface Votes {
  readonly failing: readonly number[];
  /** Those of `failing` that fail `failures` times in a row right now: only they can open an outage. */
  readonly confirmed: readonly number[];
  /** How many of `confirmed` have failed for a minute and a half. */
  readonly sustained: number;
  readonly passing: readonly number[];
  readonly abstaining: readonly number[];
  /** Locations that should vote: they have measured something, or had an interval's time to. */
  readonly assigned: number;
  /** Locations the monitor is configured for. */
  readonly configured: number;
  readonly pending: boolean;
  /** A voter warns, or has begun to. */
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
    if (isExpectedToVote(status, policy, now)) assigned += 1;
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

const isExpectedToVote = ({ lastMeasuredAt, assignedAt }: LocationStatus, policy: Policy, now: number) =>
  lastMeasuredAt !== null || assignedAt === null || now >= assignedAt + policy.intervalMs;

/** How many of v voters must fail, by the policy. Never one alone, unless it is the only location. */
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

/** A verdict needs more than half of the assigned locations as voters, and two of several. */
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
 * - no_data: too few voters.
 * - down: at least the required number fail; to become down, each of them with its full streak.
 * - partial: fewer than required fail, but three with their full streak, or two for a minute and a half, and no location
 *   is pending. Once partial, it stays partial while two fail.
 * - up: everything else.
 */
export function decideVerdict(policy: Policy, counts: VoteCounts, open: OpenIncident | null): Verdict {
  const voters = counts.failing + counts.passing;
  if (!hasQuorum(voters, counts)) return 'no_data';
  const failing = open?.verdict === 'down' ? counts.failing : counts.confirmed;
  if (failing >= requiredFailing(policy, voters, counts.configured)) return 'down';
  if (open?.verdict === 'partial') return counts.failing >= MIN_FAILING_FOR_PARTIAL ? 'partial' : 'up';
  const isRegional =
    counts.confirmed >= MIN_CONFIRMED_FOR_PARTIAL || counts.sustained >= MIN_FAILING_FOR_PARTIAL;
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

/** The verdict that follows from a monitor's votes. */
export function verdictFor(monitor: MonitorState, votes: Votes): Verdict {
  if (monitor.policy.paused) return 'no_data';
  // A result of the open round may still turn a regional problem into an outage.
  const pending = votes.pending || monitor.round !== null;
  return decideVerdict(monitor.policy, { ...countsOf(votes), pending }, monitor.incident);
}

/** How many must fail for an incident with this verdict. */
export const requiredFor = (
  incident: Pick<OpenIncident, 'verdict'>,
  policy: Policy,
  votes: Pick<Votes, 'failing' | 'passing' | 'configured'>,
): number =>
  incident.verdict === 'partial'
    ? MIN_FAILING_FOR_PARTIAL
    : requiredFailing(policy, votes.failing.length + votes.passing.length, votes.configured);

export function quorumCount(policy: Policy, votes: Votes): QuorumCount {
  return {
    policy: policy.quorum,
    required: requiredFor({ verdict: 'down' }, policy, votes),
    failing: votes.failing.length,
    passing: votes.passing.length,
    abstaining: votes.abstaining.length,
  };
}
