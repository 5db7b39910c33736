// May a round be settled although answers are missing? Only when none of them could change the verdict.

import type { MonitorState, Policy, Round, State, View } from '../model/state.ts';
import { countVotes, isQuarantined, type Tally, tallyOf, verdictOf } from './quorum.ts';
import { applyAnswers, isFirm, isLasting, isPending, observe } from './streak.ts';

/** Would every possible answer of the missing locations, silence included, lead to the same verdict? */
export function isForegone(
  state: State,
  monitor: MonitorState,
  round: Round,
  open: readonly number[],
  at: number,
): boolean {
  const { policy } = monitor;
  const settled = applyAnswers(monitor, round);
  // Whoever is missing was just muted, so these are the votes that are certain.
  let tallies = [tallyOf(countVotes(state, settled, at))];
  for (const number of open) {
    const view = settled.views.get(number);
    const location = state.locations.get(number);
    if (!view || !location || isQuarantined(location)) continue;
    // Who has never measured anything changes with its first answer how many are needed.
    if (view.measuredAt === 0) return false;
    const answers = (['ok', 'failed'] as const).map((outcome) => possible(view, outcome, policy, at));
    tallies = distinct(tallies.flatMap((tally) => [tally, ...answers.map((one) => add(tally, one, policy))]));
  }
  return new Set(tallies.map((tally) => verdictOf(policy, tally, monitor.incident))).size === 1;
}

/** What a location's view would be if it answered so, now. */
const possible = (view: View, outcome: 'ok' | 'failed', policy: Policy, at: number): View =>
  observe(
    view,
    { location: 0, startedAt: Math.max(at, view.measuredAt + policy.confirmMs), outcome, timings: {} },
    policy,
  );

/** One voter more. */
const add = (tally: Tally, view: View, policy: Policy): Tally =>
  view.vote === 'none'
    ? tally
    : {
        ...tally,
        failing: tally.failing + Number(view.vote === 'failing'),
        firm: tally.firm + Number(isFirm(view, policy)),
        lasting: tally.lasting + Number(isLasting(view, policy)),
        passing: tally.passing + Number(view.vote === 'passing'),
        pending: tally.pending || isPending(view),
      };

/** Locations that could say the same count alike, so that many of them have few different ends. */
const distinct = (tallies: readonly Tally[]): Tally[] => [
  ...new Map(
    tallies.map((tally) => [
      [tally.failing, tally.firm, tally.lasting, tally.passing, tally.pending].join(),
      tally,
    ]),
  ).values(),
];
