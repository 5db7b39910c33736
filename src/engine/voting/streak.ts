// How one location's observations of one monitor become streaks and a vote. Owns "consecutive".
import type {
  LocatedObservation,
  LocationStatus,
  MonitorState,
  Policy,
  Round,
  StoredObservation,
} from '../model/state.ts';
import { updateLocationWarnings } from './location-warnings.ts';

/** A location that was just given to a monitor and knows nothing yet. */
export const newLocationStatus = (assignedAt: number): LocationStatus => ({
  vote: 'none',
  streakOf: 'none',
  streak: 0,
  streakSince: 0,
  lastMeasuredAt: 0,
  lastCheckedAt: 0,
  noResponse: false,
  assignedAt,
  lastResult: null,
  lastUnmeasured: null,
  warnings: null,
});

/** A location is pending when its newest observation contradicts its own vote. */
export function isPending(status: LocationStatus): boolean {
  if (status.streakOf === 'failed') return status.vote !== 'failing';
  return status.streakOf === 'ok' && status.vote === 'failing';
}

/** Fails `failures` times in a row right now, which a failing vote alone does not say. */
export const isConfirmedFailing = (status: LocationStatus, policy: Policy): boolean =>
  status.vote === 'failing' && status.streakOf === 'failed' && status.streak >= policy.failures;

/** Two places may have trouble of their own at the same time; hardly ever for as long as this. */
const SUSTAINED_MS = 90_000;

/** Has been failing, look by look, for a minute and a half. */
export const isSustainedFailing = (status: LocationStatus, policy: Policy): boolean =>
  isConfirmedFailing(status, policy) && status.lastMeasuredAt - status.streakSince >= SUSTAINED_MS;

/** Consecutive means apart in time: half of confirmSeconds after the last counted look's start. */
const isCounted = (status: LocationStatus, startedAt: number, policy: Policy): boolean =>
  status.lastMeasuredAt === 0 || startedAt >= status.lastMeasuredAt + policy.confirmMs / 2;

/**
 * A vote turns failing after `failures` counted failures in a row and passing after `recoveries` counted successes;
 * a location without a vote takes its first success at once. What measured nothing neither extends nor breaks a streak.
 */
export function recordObservation(
  status: LocationStatus,
  answer: LocatedObservation,
  policy: Policy,
): LocationStatus {
  const { location: _, ...lastResult } = answer;
  const lastCheckedAt = Math.max(status.lastCheckedAt, lastResult.startedAt);
  if (lastResult.outcome === 'unmeasured')
    return { ...status, lastCheckedAt, lastUnmeasured: latestUnmeasured(status, lastResult) };
  // A look that measured nothing stays the newest one when an older answer comes after it.
  const lastUnmeasured =
    status.lastUnmeasured && status.lastUnmeasured.startedAt > lastResult.startedAt
      ? status.lastUnmeasured
      : null;
  if (!isCounted(status, lastResult.startedAt, policy))
    return { ...status, lastCheckedAt, noResponse: false, lastUnmeasured };

  const streakOf = lastResult.outcome;
  const extends_ = status.streakOf === streakOf;
  const streak = extends_ ? Math.min(status.streak + 1, Math.max(policy.failures, policy.recoveries)) : 1;
  return {
    vote: nextVote(status.vote, streakOf, streak, policy),
    streakOf,
    streak,
    streakSince: extends_ ? status.streakSince : lastResult.startedAt,
    lastMeasuredAt: lastResult.startedAt,
    lastCheckedAt,
    noResponse: false,
    assignedAt: 0,
    lastResult,
    lastUnmeasured,
    warnings:
      streakOf === 'ok'
        ? updateLocationWarnings(status.warnings, lastResult.degraded, policy)
        : status.warnings,
  };
}

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
  observation.startedAt >= Math.max(status.lastMeasuredAt, status.lastUnmeasured?.startedAt ?? 0)
    ? observation
    : status.lastUnmeasured;

/** After a change of policy a streak cannot be longer than the new saturation. */
export const clampStreak = (status: LocationStatus, policy: Policy): LocationStatus => ({
  ...status,
  streak: Math.min(status.streak, Math.max(policy.failures, policy.recoveries)),
});

/** Answers count in order of (look start, location); whoever was asked and measured nothing abstains until it does. */
export function applyRoundResults(monitor: MonitorState, round: Round): MonitorState {
  const byLocation = new Map(monitor.byLocation);
  const sorted = [...round.results].sort((a, b) => a.startedAt - b.startedAt || a.location - b.location);
  for (const answer of sorted) {
    const status = byLocation.get(answer.location);
    if (status) byLocation.set(answer.location, recordObservation(status, answer, monitor.policy));
  }
  const silent = round.asked.filter(
    (location) => !sorted.some((answer) => answer.location === location && answer.outcome !== 'unmeasured'),
  );
  return markAbstaining({ ...monitor, byLocation, round: null }, silent);
}

/** They were asked and said nothing: they abstain until they do. */
export function markAbstaining(monitor: MonitorState, locations: readonly number[]): MonitorState {
  if (locations.length === 0) return monitor;
  const byLocation = new Map(monitor.byLocation);
  for (const number of locations) {
    const status = byLocation.get(number);
    if (status) byLocation.set(number, { ...status, noResponse: true });
  }
  return { ...monitor, byLocation };
}
