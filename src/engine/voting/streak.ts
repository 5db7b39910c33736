// How one location's observations of one monitor become streaks and a vote. Owns "consecutive".
import type { Answer, MonitorState, Policy, Round, Seen, View } from '../model/state.ts';
import { warn } from './location-warnings.ts';

/** A location that was just given to a monitor and knows nothing yet. */
export const newView = (addedAt: number): View => ({
  vote: 'none',
  streakOf: 'none',
  streak: 0,
  streakSince: 0,
  measuredAt: 0,
  lookedAt: 0,
  unanswered: false,
  addedAt,
  seen: null,
  missed: null,
  warnings: null,
});

/** A location is pending when its newest observation contradicts its own vote. */
export function isPending(view: View): boolean {
  if (view.streakOf === 'failed') return view.vote !== 'failing';
  return view.streakOf === 'ok' && view.vote === 'failing';
}

/** Fails `failures` times in a row right now, which a failing vote alone does not say. */
export const isFirm = (view: View, policy: Policy): boolean =>
  view.vote === 'failing' && view.streakOf === 'failed' && view.streak >= policy.failures;

/** Two places may have trouble of their own at the same time; hardly ever for as long as this. */
const LASTING_MS = 90_000;

/** Has been failing, look by look, for a minute and a half. */
export const isLasting = (view: View, policy: Policy): boolean =>
  isFirm(view, policy) && view.measuredAt - view.streakSince >= LASTING_MS;

/** Consecutive means apart in time: half of confirmSeconds after the last counted look's start. */
const counts = (view: View, startedAt: number, policy: Policy): boolean =>
  view.measuredAt === 0 || startedAt >= view.measuredAt + policy.confirmMs / 2;

/**
 * A vote turns failing after `failures` counted failures in a row and passing after `recoveries` counted successes;
 * a location without a vote takes its first success at once. What measured nothing neither extends nor breaks a streak.
 */
export function observe(view: View, answer: Answer, policy: Policy): View {
  const { location: _, ...seen } = answer;
  const lookedAt = Math.max(view.lookedAt, seen.startedAt);
  if (seen.outcome === 'unmeasured') return { ...view, lookedAt, missed: newer(view, seen) };
  // A look that measured nothing stays the newest one when an older answer comes after it.
  const missed = view.missed && view.missed.startedAt > seen.startedAt ? view.missed : null;
  if (!counts(view, seen.startedAt, policy)) return { ...view, lookedAt, unanswered: false, missed };

  const streakOf = seen.outcome;
  const extends_ = view.streakOf === streakOf;
  const streak = extends_ ? Math.min(view.streak + 1, Math.max(policy.failures, policy.recoveries)) : 1;
  return {
    vote: voteAfter(view.vote, streakOf, streak, policy),
    streakOf,
    streak,
    streakSince: extends_ ? view.streakSince : seen.startedAt,
    measuredAt: seen.startedAt,
    lookedAt,
    unanswered: false,
    addedAt: 0,
    seen,
    missed,
    warnings: streakOf === 'ok' ? warn(view.warnings, seen.degraded, policy) : view.warnings,
  };
}

function voteAfter(
  vote: View['vote'],
  streakOf: 'ok' | 'failed',
  streak: number,
  policy: Policy,
): View['vote'] {
  if (streakOf === 'failed') return streak >= policy.failures ? 'failing' : vote;
  return vote === 'none' || streak >= policy.recoveries ? 'passing' : vote;
}

const newer = (view: View, seen: Seen): Seen | null =>
  seen.startedAt >= Math.max(view.measuredAt, view.missed?.startedAt ?? 0) ? seen : view.missed;

/** After a change of policy a streak cannot be longer than the new saturation. */
export const saturate = (view: View, policy: Policy): View => ({
  ...view,
  streak: Math.min(view.streak, Math.max(policy.failures, policy.recoveries)),
});

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

/** They were asked and said nothing: they abstain until they do. */
export function mute(monitor: MonitorState, locations: readonly number[]): MonitorState {
  if (locations.length === 0) return monitor;
  const views = new Map(monitor.views);
  for (const number of locations) {
    const view = views.get(number);
    if (view) views.set(number, { ...view, unanswered: true });
  }
  return { ...monitor, views };
}
