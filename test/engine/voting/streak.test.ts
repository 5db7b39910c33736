// A view at its borders: what counts, when a vote turns, and what a round's answers do to it.
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
const viewOf = (outcomes: [LocatedObservation['outcome'], number][], rules = policy()): LocationStatus =>
  outcomes.reduce(
    (status, [outcome, at]) => recordObservation(status, answer(outcome, T0 + at), rules),
    newLocationStatus(T0),
  );

describe('a view', () => {
  test('takes its first success at once, and needs its failures to start as failing', () => {
    expect(viewOf([['ok', 1]])).toMatchObject({ vote: 'passing', streak: 1, assignedAt: null });
    expect(viewOf([['failed', 1]])).toMatchObject({ vote: 'none', streakOf: 'failed', streak: 1 });
    expect(
      viewOf([
        ['failed', 1],
        ['failed', 5_001],
      ]),
    ).toMatchObject({ vote: 'failing', streak: 2, streakSince: T0 + 1 });
  });

  test('counts a look that begins half of confirmSeconds after the last, and none that begins sooner', () => {
    expect(
      viewOf([
        ['ok', 1],
        ['failed', 5_001],
      ]),
    ).toMatchObject({ streakOf: 'failed', lastMeasuredAt: T0 + 5_001 });
    expect(
      viewOf([
        ['ok', 1],
        ['failed', 5_000],
      ]),
    ).toMatchObject({ streakOf: 'ok', lastMeasuredAt: T0 + 1, lastCheckedAt: T0 + 5_000 });
  });

  test('saturates at the longer of failures and recoveries', () => {
    const runs = [0, 1, 2, 3, 4].map((n): ['ok', number] => ['ok', n * 10_000]);
    expect(viewOf(runs, policy({ failures: 3, recoveries: 2 })).streak).toBe(3);
    const five = viewOf(runs, policy({ failures: 5 }));
    expect(clampStreak(five, policy()).streak).toBe(2);
    expect(clampStreak(five, policy({ recoveries: 4 })).streak).toBe(4);
    expect(clampStreak(five, policy({ failures: 9 }))).toEqual(five);
  });

  test('keeps what was missed until something newer is measured', () => {
    const missed = viewOf([
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

  test('an answer that comes too soon ends a silence, and what was missed before it', () => {
    const silent = {
      ...viewOf([
        ['ok', 1],
        ['unmeasured', 2_000],
      ]),
      noResponse: true,
    };
    const heard = recordObservation(silent, answer('ok', T0 + 3_000), policy());
    expect(heard).toMatchObject({ noResponse: false, lastUnmeasured: null, lastMeasuredAt: T0 + 1 });
    expect(recordObservation(silent, answer('ok', T0 + 1_000), policy()).lastUnmeasured).toMatchObject({
      startedAt: T0 + 2_000,
    });
  });

  test('knows nothing of a look that measured nothing before it measured something', () => {
    const late = (startedAt: number) =>
      viewOf([
        ['ok', 10_000],
        ['unmeasured', startedAt],
      ]);
    expect(late(9_999)).toMatchObject({ lastUnmeasured: null, lastCheckedAt: T0 + 10_000 });
    expect(late(10_000).lastUnmeasured).toMatchObject({ startedAt: T0 + 10_000 });
  });

  test('forgets what was missed with an answer of the same moment that comes too soon to count', () => {
    const missed = viewOf([
      ['ok', 1],
      ['unmeasured', 2_000],
    ]);
    expect(recordObservation(missed, answer('ok', T0 + 2_000), policy()).lastUnmeasured).toBeNull();
    expect(recordObservation(missed, answer('ok', T0 + 1_999), policy())).toMatchObject({
      lastUnmeasured: { startedAt: T0 + 2_000 },
      lastCheckedAt: T0 + 2_000,
    });
  });

  test('turns passing after its recoveries, and not before', () => {
    const recovering = (runs: number): LocationStatus['vote'] =>
      viewOf(
        [['failed', 0], ...Array.from({ length: runs }, (_, n): ['ok', number] => ['ok', (n + 1) * 10_000])],
        policy({ failures: 1, recoveries: 3 }),
      ).vote;
    expect([0, 1, 2, 3].map(recovering)).toEqual(['failing', 'failing', 'failing', 'passing']);
  });

  test('is pending while its newest look contradicts its vote', () => {
    expect(isPending(viewOf([['ok', 1]]))).toBe(false);
    expect(
      isPending(
        viewOf([
          ['ok', 1],
          ['failed', 10_000],
        ]),
      ),
    ).toBe(true);
    expect(isPending(viewOf([['failed', 1]]))).toBe(true);
    expect(
      isPending(
        viewOf([
          ['failed', 1],
          ['failed', 10_000],
        ]),
      ),
    ).toBe(false);
    expect(
      isPending(
        viewOf([
          ['failed', 1],
          ['failed', 10_000],
          ['ok', 20_000],
        ]),
      ),
    ).toBe(true);
    expect(isPending(newLocationStatus(T0))).toBe(false);
  });

  test('is firm at its full streak, and lasting after a minute and a half', () => {
    const firm = viewOf([
      ['failed', 0],
      ['failed', 89_999],
    ]);
    expect([isConfirmedFailing(firm, policy()), isSustainedFailing(firm, policy())]).toEqual([true, false]);
    expect(
      isSustainedFailing(
        viewOf([
          ['failed', 0],
          ['failed', 90_000],
        ]),
        policy(),
      ),
    ).toBe(true);
    const wavering = viewOf([
      ['failed', 0],
      ['failed', 90_000],
      ['ok', 100_000],
      ['failed', 110_000],
    ]);
    expect([
      wavering.vote,
      isConfirmedFailing(wavering, policy()),
      isSustainedFailing(wavering, policy()),
    ]).toEqual(['failing', false, false]);
  });
});

test('a view is firm only where it votes failing and still sees it', () => {
  const hoping = viewOf(
    [
      ['failed', 0],
      ['ok', 10_000],
      ['ok', 20_000],
    ],
    policy({ failures: 1, recoveries: 3 }),
  );
  expect([hoping.vote, hoping.streak, isConfirmedFailing(hoping, policy())]).toEqual(['failing', 2, false]);
  // One failure would be enough by now, and was not when it was seen.
  const doubting = viewOf([
    ['ok', 0],
    ['failed', 10_000],
  ]);
  expect([doubting.vote, isConfirmedFailing(doubting, policy({ failures: 1 }))]).toEqual(['passing', false]);
});

test('a look that measured nothing stays the newest one when an older answer comes after it', () => {
  const status = viewOf([
    ['ok', 0],
    ['unmeasured', 60_000],
    ['ok', 30_000],
  ]);
  expect(status).toMatchObject({ lastMeasuredAt: T0 + 30_000, lastCheckedAt: T0 + 60_000 });
  expect(status.lastUnmeasured?.startedAt).toBe(T0 + 60_000);
  // So it is as fresh as what it measured, and no fresher.
  expect(freshSince(status)).toBe(T0 + 30_000);
});

test('a new view knows nothing', () => {
  expect(newLocationStatus(T0)).toEqual({
    ...{ vote: 'none', streakOf: 'none', streak: 0, streakSince: null, lastMeasuredAt: null },
    ...{
      lastCheckedAt: null,
      noResponse: false,
      assignedAt: T0,
      lastResult: null,
      lastUnmeasured: null,
      warnings: null,
    },
  });
});

describe('the answers of a round', () => {
  const { state } = new World(3);
  const monitor: MonitorState = { ...state.monitors.get(1)!, round: null };
  const round = { step: 1, startsAt: T0, asked: [1, 2], results: [], lastResultAt: null };

  test('count in the order of their look starts', () => {
    const results = [answer('failed', T0 + 20_000), answer('ok', T0 + 10_000), answer('ok', T0)];
    const { byLocation } = applyRoundResults(monitor, { ...round, results });
    expect(byLocation.get(1)).toMatchObject({
      vote: 'passing',
      streakOf: 'failed',
      lastMeasuredAt: T0 + 20_000,
    });
  });

  test('make whoever was asked and measured nothing abstain, and nobody else', () => {
    const results = [answer('unmeasured', T0), { ...answer('ok', T0), location: 3 }];
    const after = applyRoundResults({ ...monitor, round }, { ...round, results });
    expect([1, 2, 3].map((number) => after.byLocation.get(number)!.noResponse)).toEqual([true, true, false]);
    expect(after.round).toBeNull();
  });

  test('of a location that is not the monitor’s are nobody’s', () => {
    const strange = { ...round, asked: [9], results: [{ ...answer('ok', T0), location: 8 }] };
    expect(applyRoundResults(monitor, strange)).toEqual(monitor);
    expect(markAbstaining(monitor, [])).toBe(monitor);
  });
});
