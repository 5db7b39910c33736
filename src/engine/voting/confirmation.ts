// Rounds: looks asked together for one monitor and settled once. Owns fan-out, its steps and its end.

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

/** A location that missed its last two deadlines, or that nobody believes, is left out of fan-outs. */
const isEligible = (location: LocationState): boolean =>
  location.enabled && location.missedDeadlines < 2 && !isQuarantined(location);

const maxSteps = (policy: Policy): number => Math.max(policy.failures, policy.recoveries) + 1;

/** Does this answer belong to the open round, or only to history? */
function isPartOfRound(round: Round, answer: LocatedObservation, policy: Policy): boolean {
  if (answer.startedAt >= round.startsAt) return true;
  return round.asked.includes(answer.location) && answer.startedAt >= round.startsAt - policy.confirmMs / 2;
}

/** Asks every location of the monitor at once. */
export function startFullRound(state: State, monitor: MonitorState, at: number): MonitorState {
  const asked = assignedLocations(state, monitor.policy)
    .filter(isEligible)
    .map((location) => location.number);
  if (asked.length === 0) return { ...monitor, round: null };
  return {
    ...monitor,
    lastFullCheckAt: at,
    round: { step: 1, startsAt: at, asked, results: [], lastResultAt: 0 },
  };
}

/** The first step of a fan-out asks the monitor's other locations; those that are left out of it abstain. */
function startFanOut(state: State, monitor: MonitorState, firstReporter: number, at: number): MonitorState {
  const others = assignedLocations(state, monitor.policy).filter(
    (location) => location.number !== firstReporter,
  );
  const asked = others.filter(isEligible).map((location) => location.number);
  const leftOut = others.filter((location) => !isEligible(location)).map((location) => location.number);
  const muted = markAbstaining(monitor, leftOut);
  if (asked.length > 0)
    return { ...muted, round: { step: 1, startsAt: at, asked, results: [], lastResultAt: 0 } };
  return startNextStep(state, muted, 1, at, at);
}

const pendingLocations = (state: State, monitor: MonitorState): number[] =>
  assignedLocations(state, monitor.policy)
    .filter((location) => isEligible(location) && isPendingAt(monitor, location.number))
    .map((location) => location.number);

function isPendingAt(monitor: MonitorState, location: number): boolean {
  const status = monitor.byLocation.get(location);
  return status !== undefined && isPending(status);
}

/** Later steps ask only the pending locations; the fan-out ends when none is, or after its last step. */
function startNextStep(
  state: State,
  monitor: MonitorState,
  step: number,
  startedAt: number,
  at: number,
): MonitorState {
  const asked = pendingLocations(state, monitor);
  if (asked.length === 0 || step >= maxSteps(monitor.policy)) return { ...monitor, round: null };
  const startsAt = Math.max(startedAt + monitor.policy.confirmMs, at);
  return { ...monitor, round: { step: step + 1, startsAt, asked, results: [], lastResultAt: 0 } };
}

/** A step that has not begun asks whoever is pending by then. */
export function refreshPendingStep(state: State, monitor: MonitorState, at: number): MonitorState {
  const { round } = monitor;
  if (!round || round.step === 1 || at >= round.startsAt || round.results.length > 0) return monitor;
  const asked = pendingLocations(state, monitor);
  return { ...monitor, round: asked.length === 0 ? null : { ...round, asked } };
}

const unansweredLocations = (round: Round): number[] =>
  round.asked.filter((location) => !round.results.some((answer) => answer.location === location));

/** One observation of one monitor: into the open round, or straight into its location's view. */
export const ingest = (
  state: State,
  monitor: MonitorState,
  answer: LocatedObservation,
  at: number,
): MonitorState =>
  monitor.round && isPartOfRound(monitor.round, answer, monitor.policy)
    ? addToRound(state, monitor, monitor.round, answer, at)
    : applyResult(state, monitor, answer, at);

/** An answer outside a round; if it contradicts what its location said, a fan-out starts at once. */
function applyResult(
  state: State,
  monitor: MonitorState,
  answer: LocatedObservation,
  at: number,
): MonitorState {
  const status = monitor.byLocation.get(answer.location);
  const location = state.locations.get(answer.location);
  if (!status || !location) return monitor;
  const next = recordObservation(status, answer, monitor.policy);
  const recorded = { ...monitor, byLocation: new Map(monitor.byLocation).set(answer.location, next) };
  const accuses = contradictsVote(status, next) && !isQuarantined(location);
  if (accuses && canRestart(recorded.round, at)) return startFanOut(state, recorded, answer.location, at);
  return refreshPendingStep(state, recorded, at);
}

/** No round, or a later step that has not begun: somebody new makes everybody else be asked anew. */
const canRestart = (round: Round | null, at: number): boolean =>
  round === null || (round.step > 1 && at < round.startsAt && round.results.length === 0);

/** It made its location pending; or, where one look is enough, turned its vote at once. */
const contradictsVote = (before: LocationStatus, after: LocationStatus): boolean =>
  !isPending(before) && (isPending(after) || (before.vote === 'failing') !== (after.vote === 'failing'));

/** Takes an answer into the open round, and settles it when that was the last one. */
function addToRound(
  state: State,
  monitor: MonitorState,
  round: Round,
  answer: LocatedObservation,
  at: number,
): MonitorState {
  const heard: Round = { ...round, results: [...round.results, answer], lastResultAt: at };
  const waiting = { ...monitor, round: heard };
  return unansweredLocations(heard).length === 0 ? finishRound(state, waiting, heard, at) : waiting;
}

function finishRound(state: State, monitor: MonitorState, round: Round, at: number): MonitorState {
  return startNextStep(state, applyRoundResults(monitor, round), round.step, round.startsAt, at);
}

/** Answers that come together are settled together: this long nobody thinks of settling without the missing ones. */
const SETTLE_DELAY_MS = 500;

/**
 * When a round may be settled although answers are missing: nothing was heard for a moment, and no answer that is
 * still missing could change the verdict. Null when it may not.
 */
export function earlyCloseAt(state: State, monitor: MonitorState): number | null {
  const { round } = monitor;
  if (!round || round.results.length === 0 || unansweredLocations(round).length === 0) return null;
  const at = round.lastResultAt + SETTLE_DELAY_MS;
  return isVerdictDetermined(state, monitor, round, unansweredLocations(round), at) ? at : null;
}

/** Settles a round without its missing answers, where that is allowed; else nothing changes. */
export function closeEarly(state: State, monitor: MonitorState, at: number): MonitorState {
  const from = earlyCloseAt(state, monitor);
  return monitor.round && from !== null && at >= from
    ? finishRound(state, monitor, monitor.round, at)
    : monitor;
}
