// May a round be settled although answers are missing? Only when none of them could change the verdict.

import type { LocationStatus, MonitorState, Policy, Round, State } from '../model/state.ts';
import { countsOf, countVotes, decideVerdict, isQuarantined, type VoteCounts } from './quorum.ts';
import {
  applyRoundResults,
  isConfirmedFailing,
  isPending,
  isSustainedFailing,
  recordObservation,
} from './streak.ts';

/** Would every possible answer of the missing locations, silence included, lead to the same verdict? */
export function isVerdictDetermined(
  state: State,
  monitor: MonitorState,
  round: Round,
  open: readonly number[],
  at: number,
): boolean {
  const { policy } = monitor;
  const settled = applyRoundResults(monitor, round);
  // Whoever is missing was just muted, so these are the votes that are certain.
  let counts = [countsOf(countVotes(state, settled, at))];
  for (const number of open) {
    const status = settled.byLocation.get(number);
    const location = state.locations.get(number);
    if (!status || !location || isQuarantined(location)) continue;
    // Who has never measured anything changes with its first answer how many are needed.
    if (status.lastMeasuredAt === 0) return false;
    const answers = (['ok', 'failed'] as const).map((outcome) => hypothetical(status, outcome, policy, at));
    counts = uniqueCounts(
      counts.flatMap((counts) => [counts, ...answers.map((one) => addVote(counts, one, policy))]),
    );
  }
  return new Set(counts.map((counts) => decideVerdict(policy, counts, monitor.incident))).size === 1;
}

/** What a location's view would be if it answered so, now. */
const hypothetical = (
  status: LocationStatus,
  outcome: 'ok' | 'failed',
  policy: Policy,
  at: number,
): LocationStatus =>
  recordObservation(
    status,
    { location: 0, startedAt: Math.max(at, status.lastMeasuredAt + policy.confirmMs), outcome, timings: {} },
    policy,
  );

/** One voter more. */
const addVote = (counts: VoteCounts, status: LocationStatus, policy: Policy): VoteCounts =>
  status.vote === 'none'
    ? counts
    : {
        ...counts,
        failing: counts.failing + Number(status.vote === 'failing'),
        confirmed: counts.confirmed + Number(isConfirmedFailing(status, policy)),
        sustained: counts.sustained + Number(isSustainedFailing(status, policy)),
        passing: counts.passing + Number(status.vote === 'passing'),
        pending: counts.pending || isPending(status),
      };

/** Locations that could say the same count alike, so that many of them have few different ends. */
const uniqueCounts = (counts: readonly VoteCounts[]): VoteCounts[] => [
  ...new Map(
    counts.map((counts) => [
      [counts.failing, counts.confirmed, counts.sustained, counts.passing, counts.pending].join(),
      counts,
    ]),
  ).values(),
];
