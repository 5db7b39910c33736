// Rounds: looks asked together for one monitor and settled once. Owns fan-out, its steps and its end.
import { assignedLocations, countVotes, type Tally, tallyOf, verdictOf } from './quorum.ts';
import type { Answer, LocationState, MonitorState, Policy, Round, State, View } from './state.ts';
import { isFirm, isPending, observe } from './view.ts';

/** A location that missed its last two deadlines is left out of fan-outs. */
const isAskable = (location: LocationState): boolean => location.enabled && location.missedDeadlines < 2;

const maxSteps = (policy: Policy): number => Math.max(policy.failures, policy.recoveries) + 1;

/** Does this answer belong to the open round, or only to history? */
export function belongsTo(round: Round, answer: Answer, policy: Policy): boolean {
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
export function fanOut(state: State, monitor: MonitorState, accuser: number, at: number): MonitorState {
  const others = assignedLocations(state, monitor.policy).filter((location) => location.number !== accuser);
  const asked = others.filter(isAskable).map((location) => location.number);
  const leftOut = others.filter((location) => !isAskable(location)).map((location) => location.number);
  const muted = mute(monitor, leftOut);
  if (asked.length > 0) return { ...muted, round: { step: 1, startsAt: at, asked, answers: [], heardAt: 0 } };
  return nextStep(state, muted, 1, at, at);
}

function mute(monitor: MonitorState, locations: readonly number[]): MonitorState {
  if (locations.length === 0) return monitor;
  const views = new Map(monitor.views);
  for (const number of locations) {
    const view = views.get(number);
    if (view) views.set(number, { ...view, unanswered: true });
  }
  return { ...monitor, views };
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

/** Takes an answer into the open round, and settles it when that was the last one. */
export function hear(
  state: State,
  monitor: MonitorState,
  round: Round,
  answer: Answer,
  at: number,
): MonitorState {
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

/** Answers count in order of (look start, location); whoever was asked and measured nothing abstains until it does. */
export function applyAnswers(monitor: MonitorState, round: Round): MonitorState {
  const views = new Map(monitor.views);
  const sorted = [...round.answers].sort((a, b) => a.startedAt - b.startedAt || a.location - b.location);
  for (const answer of sorted) {
    const view = views.get(answer.location);
    if (view) views.set(answer.location, observe(view, answer, monitor.policy));
  }
  const silent = round.asked.filter(
    (location) => !sorted.some((answer) => answer.location === location && answer.outcome !== 'unmeasured'),
  );
  return mute({ ...monitor, views, round: null }, silent);
}

/**
 * Would every possible answer of the missing locations lead to the same verdict? Each of them may end failing,
 * passing or abstaining, as far as its streak allows; the numbers of each are tried in every combination.
 */
function isForegone(
  state: State,
  monitor: MonitorState,
  round: Round,
  open: readonly number[],
  at: number,
): boolean {
  const { policy } = monitor;
  const settled = applyAnswers(monitor, round);
  // Who has never measured anything changes with its first answer how many are needed.
  if (open.some((location) => settled.views.get(location)?.measuredAt === 0)) return false;
  // Whoever is missing was just muted, so these are the votes that are certain.
  const certain = tallyOf(countVotes(state, settled, at));
  const ends = open.flatMap((location) => {
    const view = settled.views.get(location);
    return view ? [[possible(view, 'ok', policy, at), possible(view, 'failed', policy, at)]] : [];
  });
  const canEnd = (how: (view: View) => boolean): number => ends.filter((both) => both.some(how)).length;
  const canFail = canEnd((view) => view.vote === 'failing');
  const canWaver = canEnd((view) => view.vote === 'failing' && !isFirm(view, policy));
  const canPass = canEnd((view) => view.vote === 'passing');
  const pendings = certain.pending || canEnd(isPending) === 0 ? [certain.pending] : [false, true];
  let verdict: string | undefined;
  for (let failing = 0; failing <= canFail; failing += 1) {
    for (let passing = 0; passing <= canPass && failing + passing <= open.length; passing += 1) {
      for (const firm of canWaver > 0 ? [0, failing] : [failing]) {
        for (const pending of pendings) {
          const tally: Tally = {
            ...certain,
            failing: certain.failing + failing,
            firm: certain.firm + firm,
            passing: certain.passing + passing,
            pending,
          };
          const possibly = verdictOf(policy, tally, monitor.incident);
          verdict ??= possibly;
          if (possibly !== verdict) return false;
        }
      }
    }
  }
  return true;
}

/** What a location's view would be if it answered so, now. */
const possible = (view: View, outcome: 'ok' | 'failed', policy: Policy, at: number): View =>
  observe(
    view,
    { location: 0, startedAt: Math.max(at, view.measuredAt + policy.confirmMs), outcome, timings: {} },
    policy,
  );
