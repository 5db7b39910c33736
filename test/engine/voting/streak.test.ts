// The status of a location at its limits: what counts, when a vote turns, and what a round's results change.
import { describe, expect, test } from 'vitest';
import type { LocatedObservation, LocationStatus, MonitorState } from '../../../src/engine/model/state.ts';
import { freshSince } from '../../../src/engine/voting/quorum.ts';
import {
  applyRoundResults,
  clampStreak,
  isConfirmedFailing,
  isPending,
  isSustainedFailing,
  markAbstaining,
  newLocationStatus,
  recordObservation,
} from '../../../src/engine/voting/streak.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const answer = (outcome: LocatedObservation['outcome'], startedAt: number): LocatedObservation => ({
  location: 1,
  outcome,
  startedAt,
  timings: {},
});
const statusAfter = (outcomes: [LocatedObservation['outcome'], number][], rules = policy()): LocationStatus =>
  outcomes.reduce(
    (status, [outcome, at]) => recordObservation(status, answer(outcome, T0 + at), rules),
    newLocationStatus(T0),
  );

describe('the status of a location', () => {
  test('a location takes its first success at once, but needs its failures to vote failing', () => {
    expect(statusAfter([['ok', 1]])).toMatchObject({ vote: 'passing', streak: 1, assignedAt: null });
    expect(statusAfter([['failed', 1]])).toMatchObject({ vote: 'none', streakOf: 'failed', streak: 1 });
    expect(
      statusAfter([
        ['failed', 1],
        ['failed', 5_001],
      ]),
    ).toMatchObject({ vote: 'failing', streak: 2, streakSince: T0 + 1 });
  });

  test('a run counts if it starts half of confirmSeconds after the last one', () => {
    expect(
      statusAfter([
        ['ok', 1],
        ['failed', 5_001],
      ]),
    ).toMatchObject({ streakOf: 'failed', lastMeasuredAt: T0 + 5_001 });
    expect(
      statusAfter([
        ['ok', 1],
        ['failed', 5_000],
      ]),
    ).toMatchObject({ streakOf: 'ok', lastMeasuredAt: T0 + 1, lastCheckedAt: T0 + 5_000 });
  });

  test('a streak saturates at the longer of failures and recoveries', () => {
    const runs = [0, 1, 2, 3, 4].map((n): ['ok', number] => ['ok', n * 10_000]);
    expect(statusAfter(runs, policy({ failures: 3, recoveries: 2 })).streak).toBe(3);
    const five = statusAfter(runs, policy({ failures: 5 }));
    expect(clampStreak(five, policy()).streak).toBe(2);
    expect(clampStreak(five, policy({ recoveries: 4 })).streak).toBe(4);
    expect(clampStreak(five, policy({ failures: 9 }))).toEqual(five);
  });

  test('an unmeasured run is kept until something newer is measured', () => {
    const missed = statusAfter([
      ['ok', 1],
      ['unmeasured', 10_000],
    ]);
    expect(missed).toMatchObject({
      vote: 'passing',
      streak: 1,
      lastUnmeasured: { startedAt: T0 + 10_000 },
      lastCheckedAt: T0 + 10_000,
    });
    expect(
      recordObservation(missed, answer('unmeasured', T0 + 9_000), policy()).lastUnmeasured!.startedAt,
    ).toBe(T0 + 10_000);
    expect(recordObservation(missed, answer('ok', T0 + 11_000), policy()).lastUnmeasured).toBeNull();
    expect(recordObservation(missed, answer('unmeasured', T0), policy()).lastUnmeasured!.startedAt).toBe(
      T0 + 10_000,
    );
  });

  test('a result that starts too early to count still ends the abstention', () => {
    const abstaining = {
      ...statusAfter([
        ['ok', 1],
        ['unmeasured', 2_000],
      ]),
      noResponse: true,
    };
    const early = recordObservation(abstaining, answer('ok', T0 + 3_000), policy());
    expect(early).toMatchObject({ noResponse: false, lastUnmeasured: null, lastMeasuredAt: T0 + 1 });
    expect(recordObservation(abstaining, answer('ok', T0 + 1_000), policy()).lastUnmeasured).toMatchObject({
      startedAt: T0 + 2_000,
    });
  });

  test('an unmeasured run before the newest result is dropped', () => {
    const late = (startedAt: number) =>
      statusAfter([
        ['ok', 10_000],
        ['unmeasured', startedAt],
      ]);
    expect(late(9_999)).toMatchObject({ lastUnmeasured: null, lastCheckedAt: T0 + 10_000 });
    expect(late(10_000).lastUnmeasured).toMatchObject({ startedAt: T0 + 10_000 });
  });

  test('a result from the moment of an unmeasured run replaces it', () => {
    const missed = statusAfter([
      ['ok', 1],
      ['unmeasured', 2_000],
    ]);
    expect(recordObservation(missed, answer('ok', T0 + 2_000), policy()).lastUnmeasured).toBeNull();
    expect(recordObservation(missed, answer('ok', T0 + 1_999), policy())).toMatchObject({
      lastUnmeasured: { startedAt: T0 + 2_000 },
      lastCheckedAt: T0 + 2_000,
    });
  });

  test('a vote turns passing after its recoveries, and not before', () => {
    const recovering = (runs: number): LocationStatus['vote'] =>
      statusAfter(
        [['failed', 0], ...Array.from({ length: runs }, (_, n): ['ok', number] => ['ok', (n + 1) * 10_000])],
        policy({ failures: 1, recoveries: 3 }),
      ).vote;
    expect([0, 1, 2, 3].map(recovering)).toEqual(['failing', 'failing', 'failing', 'passing']);
  });

  test('a location is pending while its newest run contradicts its vote', () => {
    expect(isPending(statusAfter([['ok', 1]]))).toBe(false);
    expect(
      isPending(
        statusAfter([
          ['ok', 1],
          ['failed', 10_000],
        ]),
      ),
    ).toBe(true);
    expect(isPending(statusAfter([['failed', 1]]))).toBe(true);
    expect(
      isPending(
        statusAfter([
          ['failed', 1],
          ['failed', 10_000],
        ]),
      ),
    ).toBe(false);
    expect(
      isPending(
        statusAfter([
          ['failed', 1],
          ['failed', 10_000],
          ['ok', 20_000],
        ]),
      ),
    ).toBe(true);
    expect(isPending(newLocationStatus(T0))).toBe(false);
  });

  test('a failure is confirmed at its full streak, and sustained after a minute and a half', () => {
    const confirmed = statusAfter([
      ['failed', 0],
      ['failed', 89_999],
    ]);
    expect([isConfirmedFailing(confirmed, policy()), isSustainedFailing(confirmed, policy())]).toEqual([
      true,
      false,
    ]);
    expect(
      isSustainedFailing(
        statusAfter([
          ['failed', 0],
          ['failed', 90_000],
        ]),
        policy(),
      ),
    ).toBe(true);
    const interrupted = statusAfter([
      ['failed', 0],
      ['failed', 90_000],
      ['ok', 100_000],
      ['failed', 110_000],
    ]);
    expect([
      interrupted.vote,
      isConfirmedFailing(interrupted, policy()),
      isSustainedFailing(interrupted, policy()),
    ]).toEqual(['failing', false, false]);
  });
});

test('a failure is confirmed only if the vote is failing and the newest run failed', () => {
  const recovering = statusAfter(
    [
      ['failed', 0],
      ['ok', 10_000],
      ['ok', 20_000],
    ],
    policy({ failures: 1, recoveries: 3 }),
  );
  expect([recovering.vote, recovering.streak, isConfirmedFailing(recovering, policy())]).toEqual([
    'failing',
    2,
    false,
  ]);
  // One failure is enough by the new policy, and was not when it was recorded.
  const pending = statusAfter([
    ['ok', 0],
    ['failed', 10_000],
  ]);
  expect([pending.vote, isConfirmedFailing(pending, policy({ failures: 1 }))]).toEqual(['passing', false]);
});

test('an unmeasured run stays the newest one when an older result arrives after it', () => {
  const status = statusAfter([
    ['ok', 0],
    ['unmeasured', 60_000],
    ['ok', 30_000],
  ]);
  expect(status).toMatchObject({ lastMeasuredAt: T0 + 30_000, lastCheckedAt: T0 + 60_000 });
  expect(status.lastUnmeasured?.startedAt).toBe(T0 + 60_000);
  // The vote is as fresh as the newest measurement.
  expect(freshSince(status)).toBe(T0 + 30_000);
});

test('a new status has never measured anything', () => {
  expect(newLocationStatus(T0)).toEqual({
    ...{ vote: 'none', streakOf: 'none', streak: 0, streakSince: null, lastMeasuredAt: null },
    ...{
      lastCheckedAt: null,
      noResponse: false,
      assignedAt: T0,
      lastResult: null,
      lastUnmeasured: null,
      warnings: null,
      network: null,
    },
  });
});

describe('the results of a round', () => {
  const { state } = new World(3);
  const monitor: MonitorState = { ...state.monitors.get(1)!, round: null };
  const round = { step: 1, startsAt: T0, asked: [1, 2], results: [], lastResultAt: null };

  test('results count in the order of their starts', () => {
    const results = [answer('failed', T0 + 20_000), answer('ok', T0 + 10_000), answer('ok', T0)];
    const { byLocation } = applyRoundResults(monitor, { ...round, results });
    expect(byLocation.get(1)).toMatchObject({
      vote: 'passing',
      streakOf: 'failed',
      lastMeasuredAt: T0 + 20_000,
    });
  });

  test('locations that were asked and measured nothing abstain, and no others', () => {
    const results = [answer('unmeasured', T0), { ...answer('ok', T0), location: 3 }];
    const after = applyRoundResults({ ...monitor, round }, { ...round, results });
    expect([1, 2, 3].map((number) => after.byLocation.get(number)!.noResponse)).toEqual([true, true, false]);
    expect(after.round).toBeNull();
  });

  test('results of an unassigned location are ignored', () => {
    const strange = { ...round, asked: [9], results: [{ ...answer('ok', T0), location: 8 }] };
    expect(applyRoundResults(monitor, strange)).toEqual(monitor);
    expect(markAbstaining(monitor, [])).toBe(monitor);
  });
});
