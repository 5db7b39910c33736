// May a round be settled although answers are missing? Only when none of them could change the verdict.
import { countVotes, type Tally, tallyOf, verdictOf } from './quorum.ts';
import type { MonitorState, Policy, Round, State, View } from './state.ts';
import { applyAnswers, isFirm, isLasting, isPending, observe } from './view.ts';

/**
 * Would every possible answer of the missing locations lead to the same verdict? Each of them may end failing,
 * passing or abstaining, as far as its streak allows; the numbers of each are tried in every combination.
 */
export function isForegone(
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
  const canLast = canEnd((view) => isLasting(view, policy));
  const canPass = canEnd((view) => view.vote === 'passing');
  const pendings = certain.pending || canEnd(isPending) === 0 ? [certain.pending] : [false, true];
  let verdict: string | undefined;
  for (let failing = 0; failing <= canFail; failing += 1) {
    for (let passing = 0; passing <= canPass && failing + passing <= open.length; passing += 1) {
      for (const firm of canWaver > 0 ? [0, failing] : [failing]) {
        for (const lasting of canLast > 0 ? [0, failing] : [0]) {
          for (const pending of pendings) {
            const tally: Tally = {
              ...certain,
              failing: certain.failing + failing,
              firm: certain.firm + firm,
              lasting: certain.lasting + lasting,
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
