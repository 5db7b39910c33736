// Owns whether a round may close with results missing: only if none of them could change the verdict. Closes nothing.

import type { LocationStatus, MonitorState, Policy, Round, State } from '../model/state.ts';
import { countsOf, countVotes, decideVerdict, isQuarantined, type VoteCounts } from './quorum.ts';
import {
  applyRoundResults,
  isConfirmedFailing,
  isPending,
  isSustainedFailing,
  recordObservation,
} from './streak.ts';

/** Would every possible result of the missing locations, none included, lead to the same verdict? */
export function isVerdictDetermined(
  state: State,
  monitor: MonitorState,
  round: Round,
  missing: readonly number[],
  at: number,
): boolean {
  const { policy } = monitor;
  const closed = applyRoundResults(monitor, round);
  // The missing locations abstain now, so these votes are certain.
  let counts = [countsOf(countVotes(state, closed, at))];
  for (const number of missing) {
    const status = closed.byLocation.get(number);
    const location = state.locations.get(number);
    if (!status || !location || isQuarantined(location)) continue;
    // The first measurement of a location changes how many are required.
    if (status.lastMeasuredAt === null) return false;
    const earliest = Math.max(at, status.lastMeasuredAt + policy.confirmMs);
    const results = (['ok', 'failed'] as const).map((outcome) =>
      recordObservation(status, { location: number, startedAt: earliest, outcome, timings: {} }, policy),
    );
    counts = uniqueCounts(
      counts.flatMap((before) => [before, ...results.map((after) => addVote(before, after, policy))]),
    );
  }
  return new Set(counts.map((possible) => decideVerdict(policy, possible, monitor.incident))).size === 1;
}

/** The counts with one more voter. */
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

/** Equal counts are kept once, so that many missing locations have few different outcomes. */
const uniqueCounts = (all: readonly VoteCounts[]): VoteCounts[] => [
  ...new Map(
    all.map((counts) => [
      [counts.failing, counts.confirmed, counts.sustained, counts.passing, counts.pending].join(),
      counts,
    ]),
  ).values(),
];
