// Owns "consecutive": how one location's observations of one monitor become a streak and a vote. Does not count votes.
import { minSpacingMs, SUSTAINED_MS } from '../model/policy.ts';
import type {
  LocatedObservation,
  LocationStatus,
  MonitorState,
  Policy,
  Round,
  StoredObservation,
} from '../model/state.ts';
import { updateLocationWarnings } from './location-warnings.ts';

/** A location that was just assigned to a monitor. */
export const newLocationStatus = (assignedAt: number): LocationStatus => ({
  vote: 'none',
  streakOf: 'none',
  streak: 0,
  streakSince: null,
  lastMeasuredAt: null,
  lastCheckedAt: null,
  noResponse: false,
  assignedAt,
  lastResult: null,
  lastUnmeasured: null,
  warnings: null,
  network: null,
});

/** A location is pending while its newest observation contradicts its own vote. */
export function isPending(status: LocationStatus): boolean {
  if (status.streakOf === 'failed') return status.vote !== 'failing';
  return status.streakOf === 'ok' && status.vote === 'failing';
}

/** Fails `failures` times in a row right now; a failing vote alone does not imply that. */
export const isConfirmedFailing = (status: LocationStatus, policy: Policy): boolean =>
  status.vote === 'failing' && status.streakOf === 'failed' && status.streak >= policy.failures;

/** Every run has failed for a minute and a half. */
export const isSustainedFailing = (status: LocationStatus, policy: Policy): boolean =>
  isConfirmedFailing(status, policy) && status.lastMeasuredAt! - status.streakSince! >= SUSTAINED_MS;

/** Consecutive means apart in time. */
const isCounted = ({ lastMeasuredAt }: LocationStatus, startedAt: number, policy: Policy): boolean =>
  lastMeasuredAt === null || startedAt >= lastMeasuredAt + minSpacingMs(policy);

/**
 * A vote turns failing after `failures` counted failures in a row and passing after `recoveries` counted successes; a
 * location without a vote takes its first success at once. An unmeasured run neither extends nor breaks a streak.
 */
export function recordObservation(
  status: LocationStatus,
  located: LocatedObservation,
  policy: Policy,
): LocationStatus {
  const { location: _, ...observation } = located;
  const { startedAt } = observation;
  const lastCheckedAt = Math.max(status.lastCheckedAt ?? startedAt, startedAt);
  if (observation.outcome === 'unmeasured')
    return { ...status, lastCheckedAt, lastUnmeasured: latestUnmeasured(status, observation) };
  // An unmeasured run stays the newest one when an older result arrives after it.
  const lastUnmeasured =
    status.lastUnmeasured && status.lastUnmeasured.startedAt > startedAt ? status.lastUnmeasured : null;
  if (!isCounted(status, startedAt, policy))
    return { ...status, lastCheckedAt, noResponse: false, lastUnmeasured };

  const streakOf = observation.outcome;
  const extendsStreak = status.streakOf === streakOf;
  const streak = extendsStreak ? Math.min(status.streak + 1, maxStreak(policy)) : 1;
  return {
    vote: nextVote(status.vote, streakOf, streak, policy),
    streakOf,
    streak,
    streakSince: extendsStreak ? status.streakSince : startedAt,
    lastMeasuredAt: startedAt,
    lastCheckedAt,
    noResponse: false,
    assignedAt: null,
    lastResult: observation,
    lastUnmeasured,
    warnings:
      streakOf === 'ok'
        ? updateLocationWarnings(status.warnings, observation.degraded, policy)
        : status.warnings,
    network: status.network,
  };
}

/** Longer streaks change no vote. */
const maxStreak = (policy: Policy): number => Math.max(policy.failures, policy.recoveries);

function nextVote(
  vote: LocationStatus['vote'],
  streakOf: 'ok' | 'failed',
  streak: number,
  policy: Policy,
): LocationStatus['vote'] {
  if (streakOf === 'failed') return streak >= policy.failures ? 'failing' : vote;
  return vote === 'none' || streak >= policy.recoveries ? 'passing' : vote;
}

const latestUnmeasured = (
  status: LocationStatus,
  observation: StoredObservation,
): StoredObservation | null =>
  observation.startedAt >= Math.max(status.lastMeasuredAt ?? 0, status.lastUnmeasured?.startedAt ?? 0)
    ? observation
    : status.lastUnmeasured;

/** After a change of policy a streak cannot be longer than the new saturation. */
export const clampStreak = (status: LocationStatus, policy: Policy): LocationStatus => ({
  ...status,
  streak: Math.min(status.streak, maxStreak(policy)),
});

/** Results count in order of (start, location). Locations that were asked and measured nothing abstain. */
export function applyRoundResults(monitor: MonitorState, round: Round): MonitorState {
  const byLocation = new Map(monitor.byLocation);
  const sorted = [...round.results].sort((a, b) => a.startedAt - b.startedAt || a.location - b.location);
  for (const result of sorted) {
    const status = byLocation.get(result.location);
    if (status) byLocation.set(result.location, recordObservation(status, result, monitor.policy));
  }
  const unmeasured = round.asked.filter(
    (location) => !sorted.some((result) => result.location === location && result.outcome !== 'unmeasured'),
  );
  return markAbstaining({ ...monitor, byLocation, round: null }, unmeasured);
}

/** The locations abstain until their next measurement. */
export function markAbstaining(monitor: MonitorState, locations: readonly number[]): MonitorState {
  if (locations.length === 0) return monitor;
  const byLocation = new Map(monitor.byLocation);
  for (const number of locations) {
    const status = byLocation.get(number);
    if (status) byLocation.set(number, { ...status, noResponse: true });
  }
  return { ...monitor, byLocation };
}
