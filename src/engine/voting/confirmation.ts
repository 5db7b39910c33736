// Rounds: looks asked together for one monitor and settled once. Owns fan-out, its steps and its end.

import type { Answer, LocationState, MonitorState, Policy, Round, State, View } from '../model/state.ts';
import { isForegone } from './early-close.ts';
import { assignedLocations, isQuarantined } from './quorum.ts';
import { applyAnswers, isPending, mute, observe } from './streak.ts';

/** A location that missed its last two deadlines, or that nobody believes, is left out of fan-outs. */
const isAskable = (location: LocationState): boolean =>
  location.enabled && location.missedDeadlines < 2 && !isQuarantined(location);

const maxSteps = (policy: Policy): number => Math.max(policy.failures, policy.recoveries) + 1;

/** Does this answer belong to the open round, or only to history? */
function belongsTo(round: Round, answer: Answer, policy: Policy): boolean {
  if (answer.startedAt >= round.startsAt) return true;
  return round.asked.includes(answer.location) && answer.startedAt >= round.startsAt - policy.confirmMs / 2;
}

/** Asks every location of the monitor at once. */
export function askEverybody(state: State, monitor: MonitorState, at: number): MonitorState {
  const asked = assignedLocations(state, monitor.policy)
    .filter(isAskable)
    .map((location) => location.number);
  if (asked.length === 0) return { ...monitor, round: null };
  return { ...monitor, askedAllAt: at, round: { step: 1, startsAt: at, asked, answers: [], heardAt: 0 } };
}

/** The first step of a fan-out asks the monitor's other locations; those that are left out of it abstain. */
function fanOut(state: State, monitor: MonitorState, accuser: number, at: number): MonitorState {
  const others = assignedLocations(state, monitor.policy).filter((location) => location.number !== accuser);
  const asked = others.filter(isAskable).map((location) => location.number);
  const leftOut = others.filter((location) => !isAskable(location)).map((location) => location.number);
  const muted = mute(monitor, leftOut);
  if (asked.length > 0) return { ...muted, round: { step: 1, startsAt: at, asked, answers: [], heardAt: 0 } };
  return nextStep(state, muted, 1, at, at);
}

const pendingLocations = (state: State, monitor: MonitorState): number[] =>
  assignedLocations(state, monitor.policy)
    .filter((location) => isAskable(location) && isPendingAt(monitor, location.number))
    .map((location) => location.number);

function isPendingAt(monitor: MonitorState, location: number): boolean {
  const view = monitor.views.get(location);
  return view !== undefined && isPending(view);
}

/** Later steps ask only the pending locations; the fan-out ends when none is, or after its last step. */
function nextStep(
  state: State,
  monitor: MonitorState,
  step: number,
  startedAt: number,
  at: number,
): MonitorState {
  const asked = pendingLocations(state, monitor);
  if (asked.length === 0 || step >= maxSteps(monitor.policy)) return { ...monitor, round: null };
  const startsAt = Math.max(startedAt + monitor.policy.confirmMs, at);
  return { ...monitor, round: { step: step + 1, startsAt, asked, answers: [], heardAt: 0 } };
}

/** A step that has not begun asks whoever is pending by then. */
export function reconsider(state: State, monitor: MonitorState, at: number): MonitorState {
  const { round } = monitor;
  if (!round || round.step === 1 || at >= round.startsAt || round.answers.length > 0) return monitor;
  const asked = pendingLocations(state, monitor);
  return { ...monitor, round: asked.length === 0 ? null : { ...round, asked } };
}

const missing = (round: Round): number[] =>
  round.asked.filter((location) => !round.answers.some((answer) => answer.location === location));

/** One observation of one monitor: into the open round, or straight into its location's view. */
export const listen = (state: State, monitor: MonitorState, answer: Answer, at: number): MonitorState =>
  monitor.round && belongsTo(monitor.round, answer, monitor.policy)
    ? hear(state, monitor, monitor.round, answer, at)
    : applyAnswer(state, monitor, answer, at);

/** An answer outside a round; if it contradicts what its location said, a fan-out starts at once. */
function applyAnswer(state: State, monitor: MonitorState, answer: Answer, at: number): MonitorState {
  const view = monitor.views.get(answer.location);
  const location = state.locations.get(answer.location);
  if (!view || !location) return monitor;
  const next = observe(view, answer, monitor.policy);
  const seen = { ...monitor, views: new Map(monitor.views).set(answer.location, next) };
  const accuses = contradicts(view, next) && !isQuarantined(location);
  if (accuses && isIdle(seen.round, at)) return fanOut(state, seen, answer.location, at);
  return reconsider(state, seen, at);
}

/** No round, or a later step that has not begun: somebody new makes everybody else be asked anew. */
const isIdle = (round: Round | null, at: number): boolean =>
  round === null || (round.step > 1 && at < round.startsAt && round.answers.length === 0);

/** It made its location pending; or, where one look is enough, turned its vote at once. */
const contradicts = (before: View, after: View): boolean =>
  !isPending(before) && (isPending(after) || (before.vote === 'failing') !== (after.vote === 'failing'));

/** Takes an answer into the open round, and settles it when that was the last one. */
function hear(state: State, monitor: MonitorState, round: Round, answer: Answer, at: number): MonitorState {
  const heard: Round = { ...round, answers: [...round.answers, answer], heardAt: at };
  const waiting = { ...monitor, round: heard };
  return missing(heard).length === 0 ? settleRound(state, waiting, heard, at) : waiting;
}

function settleRound(state: State, monitor: MonitorState, round: Round, at: number): MonitorState {
  return nextStep(state, applyAnswers(monitor, round), round.step, round.startsAt, at);
}

/** Answers that come together are settled together: this long nobody thinks of settling without the missing ones. */
const PATIENCE_MS = 500;

/**
 * When a round may be settled although answers are missing: nothing was heard for a moment, and no answer that is
 * still missing could change the verdict. Null when it may not.
 */
export function closableAt(state: State, monitor: MonitorState): number | null {
  const { round } = monitor;
  if (!round || round.answers.length === 0 || missing(round).length === 0) return null;
  const at = round.heardAt + PATIENCE_MS;
  return isForegone(state, monitor, round, missing(round), at) ? at : null;
}

/** Settles a round without its missing answers, where that is allowed; else nothing changes. */
export function closeRound(state: State, monitor: MonitorState, at: number): MonitorState {
  const from = closableAt(state, monitor);
  return monitor.round && from !== null && at >= from
    ? settleRound(state, monitor, monitor.round, at)
    : monitor;
}
