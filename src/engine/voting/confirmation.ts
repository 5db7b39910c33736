// Owns rounds: runs asked together for one monitor, the steps of a fan-out and its end. Does not count votes.

import { EARLY_CLOSE_DELAY_MS, MAX_MISSED_DEADLINES, maxFanOutSteps, minSpacingMs } from '../model/policy.ts';
import type {
  LocatedObservation,
  LocationState,
  LocationStatus,
  MonitorState,
  Policy,
  Round,
  State,
} from '../model/state.ts';
import { isVerdictDetermined } from './early-close.ts';
import { assignedLocations, isQuarantined } from './quorum.ts';
import { applyRoundResults, isPending, markAbstaining, recordObservation } from './streak.ts';

/** Fan-outs leave out quarantined locations and those that missed their last deadlines. */
const isEligible = (location: LocationState): boolean =>
  location.enabled && location.missedDeadlines < MAX_MISSED_DEADLINES && !isQuarantined(location);

const newRound = (step: number, startsAt: number, asked: readonly number[]): Round => ({
  step,
  startsAt,
  asked,
  results: [],
  lastResultAt: null,
});

/** Does this result belong to the open round, or to an ordinary run? */
function isPartOfRound(round: Round, result: LocatedObservation, policy: Policy): boolean {
  if (result.startedAt >= round.startsAt) return true;
  return round.asked.includes(result.location) && result.startedAt >= round.startsAt - minSpacingMs(policy);
}

/** Asks every location of the monitor at once. */
export function startFullRound(state: State, monitor: MonitorState, at: number): MonitorState {
  const asked = assignedLocations(state, monitor.policy)
    .filter(isEligible)
    .map((location) => location.number);
  if (asked.length === 0) return { ...monitor, round: null };
  return { ...monitor, lastFullCheckAt: at, round: newRound(1, at, asked) };
}

/** The first step of a fan-out asks the monitor's other locations; those that are left out abstain. */
function startFanOut(state: State, monitor: MonitorState, firstReporter: number, at: number): MonitorState {
  const others = assignedLocations(state, monitor.policy).filter(
    (location) => location.number !== firstReporter,
  );
  const asked = others.filter(isEligible).map((location) => location.number);
  const leftOut = others.filter((location) => !isEligible(location)).map((location) => location.number);
  const next = markAbstaining(monitor, leftOut);
  return asked.length > 0
    ? { ...next, round: newRound(1, at, asked) }
    : startNextStep(state, next, newRound(1, at, []), at);
}

const pendingLocations = (state: State, monitor: MonitorState): number[] =>
  assignedLocations(state, monitor.policy)
    .filter((location) => isEligible(location) && isPendingAt(monitor, location.number))
    .map((location) => location.number);

function isPendingAt(monitor: MonitorState, location: number): boolean {
  const status = monitor.byLocation.get(location);
  return status !== undefined && isPending(status);
}

/**
 * Locations whose newest result contradicts their vote, although it came too soon after the one before to be counted. A vote
 * that such a result contradicts is out of date.
 */
const contradicted = (state: State, monitor: MonitorState, { results }: Round): number[] =>
  assignedLocations(state, monitor.policy)
    .filter(({ number }) => {
      const vote = monitor.byLocation.get(number)?.vote;
      const newest = results.findLast(({ location }) => location === number);
      if (newest === undefined || newest.outcome === 'unmeasured') return false;
      return (newest.outcome === 'failed') !== (vote === 'failing');
    })
    .filter(isEligible)
    .map(({ number }) => number);

/**
 * Later steps ask only the pending locations, and those whose result was not counted. The fan-out ends without any, or
 * after its last step.
 */
function startNextStep(state: State, monitor: MonitorState, closed: Round, at: number): MonitorState {
  const asked = inOrder([...pendingLocations(state, monitor), ...contradicted(state, monitor, closed)]);
  if (asked.length === 0 || closed.step >= maxFanOutSteps(monitor.policy)) return { ...monitor, round: null };
  const startsAt = Math.max(closed.startsAt + monitor.policy.confirmMs, at);
  return { ...monitor, round: newRound(closed.step + 1, startsAt, asked) };
}

/** A step that has not begun asks the locations that are pending by now. */
export function refreshPendingStep(state: State, monitor: MonitorState, at: number): MonitorState {
  const { round } = monitor;
  if (!round || !canRestart(round, at)) return monitor;
  const uncounted = round.asked.filter((location) => hasUncountedResult(monitor, location));
  const asked = inOrder([...pendingLocations(state, monitor), ...uncounted]);
  return { ...monitor, round: asked.length === 0 ? null : { ...round, asked } };
}

/** A check ran since the newest measurement that counts, and it measured something. */
function hasUncountedResult(monitor: MonitorState, location: number): boolean {
  const status = monitor.byLocation.get(location);
  if (status === undefined || status.lastUnmeasured !== null) return false;
  return status.lastMeasuredAt !== null && (status.lastCheckedAt ?? 0) > status.lastMeasuredAt;
}

const inOrder = (locations: readonly number[]): number[] => [...new Set(locations)].sort((a, b) => a - b);

const unansweredLocations = (round: Round): number[] =>
  round.asked.filter((location) => !round.results.some((result) => result.location === location));

/** Takes one observation of one monitor into its open round, or straight into its location's status. */
export const ingest = (
  state: State,
  monitor: MonitorState,
  result: LocatedObservation,
  at: number,
): MonitorState =>
  monitor.round && isPartOfRound(monitor.round, result, monitor.policy)
    ? addToRound(state, monitor, monitor.round, result, at)
    : applyResult(state, monitor, result, at);

/** A result outside a round. If it contradicts its location's vote, a fan-out starts at once. */
function applyResult(
  state: State,
  monitor: MonitorState,
  result: LocatedObservation,
  at: number,
): MonitorState {
  const status = monitor.byLocation.get(result.location);
  const location = state.locations.get(result.location);
  if (!status || !location) return monitor;
  const next = recordObservation(status, result, monitor.policy);
  const recorded = { ...monitor, byLocation: new Map(monitor.byLocation).set(result.location, next) };
  const contradicts = contradictsVote(status, next) && !isQuarantined(location);
  if (contradicts && (recorded.round === null || canRestart(recorded.round, at)))
    return startFanOut(state, recorded, result.location, at);
  return refreshPendingStep(state, recorded, at);
}

/** A later step that has not begun: another location's contradiction makes all others be asked again. */
const canRestart = (round: Round, at: number): boolean =>
  round.step > 1 && at < round.startsAt && round.results.length === 0;

/** The result made its location pending or, where one run is enough, changed its vote at once. */
const contradictsVote = (before: LocationStatus, after: LocationStatus): boolean =>
  !isPending(before) && (isPending(after) || (before.vote === 'failing') !== (after.vote === 'failing'));

/** Adds a result to the open round, and closes the round with the last one. */
function addToRound(
  state: State,
  monitor: MonitorState,
  before: Round,
  result: LocatedObservation,
  at: number,
): MonitorState {
  const round: Round = { ...before, results: [...before.results, result], lastResultAt: at };
  const waiting = { ...monitor, round };
  return unansweredLocations(round).length === 0 ? finishRound(state, waiting, round, at) : waiting;
}

function finishRound(state: State, monitor: MonitorState, round: Round, at: number): MonitorState {
  return startNextStep(state, applyRoundResults(monitor, round), round, at);
}

/**
 * When a round may close although results are missing: shortly after its newest result, if no missing one could change
 * the verdict. Null if it may not.
 */
export function earlyCloseAt(state: State, monitor: MonitorState): number | null {
  const { round } = monitor;
  if (!round || round.lastResultAt === null) return null;
  const missing = unansweredLocations(round);
  if (missing.length === 0) return null;
  const at = round.lastResultAt + EARLY_CLOSE_DELAY_MS;
  return isVerdictDetermined(state, monitor, round, missing, at) ? at : null;
}

/** Closes a round without its missing results if that is allowed; else nothing changes. */
export function closeEarly(state: State, monitor: MonitorState, at: number): MonitorState {
  const from = earlyCloseAt(state, monitor);
  return monitor.round && from !== null && at >= from
    ? finishRound(state, monitor, monitor.round, at)
    : monitor;
}
