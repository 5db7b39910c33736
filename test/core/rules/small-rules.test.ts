// Rules that fit a line, at their borders: views, spans, flapping, windows, the public's one word.
import { describe, expect, test } from 'vitest';
import { changePercent } from '../../../src/core/flapping.ts';
import { startOf } from '../../../src/core/span.ts';
import type { Answer, MonitorState, Turn, View, Window } from '../../../src/core/state.ts';
import { currentVerdict, publicState } from '../../../src/core/status.ts';
import { isFirm, isLasting, isPending, newView, observe, saturate } from '../../../src/core/view.ts';
import { coverOf, inMaintenance, nextEnd } from '../../../src/core/windows.ts';
import { policy, T0, World } from '../../support/world.ts';

const answer = (outcome: Answer['outcome'], startedAt: number): Answer => ({
  location: 1,
  outcome,
  startedAt,
  timings: {},
});
const viewOf = (outcomes: [Answer['outcome'], number][], rules = policy()): View =>
  outcomes.reduce((view, [outcome, at]) => observe(view, answer(outcome, T0 + at), rules), newView(T0));

describe('a view', () => {
  test('takes its first success at once, and needs its failures to start as failing', () => {
    expect(viewOf([['ok', 1]])).toMatchObject({ vote: 'passing', streak: 1, addedAt: 0 });
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
    ).toMatchObject({ streakOf: 'failed', measuredAt: T0 + 5_001 });
    expect(
      viewOf([
        ['ok', 1],
        ['failed', 5_000],
      ]),
    ).toMatchObject({ streakOf: 'ok', measuredAt: T0 + 1, lookedAt: T0 + 5_000 });
  });

  test('saturates at the longer of failures and recoveries', () => {
    const looks = [0, 1, 2, 3, 4].map((n): ['ok', number] => ['ok', n * 10_000]);
    expect(viewOf(looks, policy({ failures: 3, recoveries: 2 })).streak).toBe(3);
    expect(saturate(viewOf(looks, policy({ failures: 5 })), policy()).streak).toBe(2);
  });

  test('keeps what was missed until something newer is measured', () => {
    const missed = viewOf([
      ['ok', 1],
      ['unmeasured', 10_000],
    ]);
    expect(missed).toMatchObject({
      vote: 'passing',
      streak: 1,
      missed: { startedAt: T0 + 10_000 },
      lookedAt: T0 + 10_000,
    });
    expect(observe(missed, answer('unmeasured', T0 + 9_000), policy()).missed!.startedAt).toBe(T0 + 10_000);
    expect(observe(missed, answer('ok', T0 + 11_000), policy()).missed).toBeNull();
    expect(observe(missed, answer('unmeasured', T0), policy()).missed!.startedAt).toBe(T0 + 10_000);
  });

  test('an answer that comes too soon ends a silence, and what was missed before it', () => {
    const silent = {
      ...viewOf([
        ['ok', 1],
        ['unmeasured', 2_000],
      ]),
      unanswered: true,
    };
    const heard = observe(silent, answer('ok', T0 + 3_000), policy());
    expect(heard).toMatchObject({ unanswered: false, missed: null, measuredAt: T0 + 1 });
    expect(observe(silent, answer('ok', T0 + 1_000), policy()).missed).toMatchObject({
      startedAt: T0 + 2_000,
    });
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
    expect(isPending(newView(T0))).toBe(false);
  });

  test('is firm at its full streak, and lasting after a minute and a half', () => {
    const firm = viewOf([
      ['failed', 0],
      ['failed', 89_999],
    ]);
    expect([isFirm(firm, policy()), isLasting(firm, policy())]).toEqual([true, false]);
    expect(
      isLasting(
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
    expect([wavering.vote, isFirm(wavering, policy()), isLasting(wavering, policy())]).toEqual([
      'failing',
      false,
      false,
    ]);
  });
});

test('the start is the earliest streak within an interval and a timeout of the decisive one', () => {
  const rules = policy({ intervalMs: 60_000, timeoutMs: 5_000 });
  expect(startOf([100_000, 150_000, 165_000], 3, rules)).toBe(100_000);
  expect(startOf([99_999, 150_000, 165_000], 3, rules)).toBe(150_000);
  expect(startOf([1, 2, 300_000], 2, rules)).toBe(1);
  expect(startOf([7], 4, rules)).toBe(7);
  expect(startOf([], 2, rules)).toBe(0);
});

describe('flapping', () => {
  const monitor = (turns: Turn[]): MonitorState => ({ ...new World(1).state.monitors.get(1)!, turns });
  const turn = (ago: number, weight: 1 | 0.5 = 1): Turn => ({ at: T0 - ago * 60_000, outage: true, weight });

  test('weighs the newest change 1.25, the oldest 0.75, of twenty', () => {
    expect(changePercent(monitor([turn(0)]), T0)).toBeCloseTo(6.25);
    expect(changePercent(monitor([turn(19)]), T0)).toBeCloseTo(3.75);
    expect(changePercent(monitor([turn(19.9)]), T0)).toBeCloseTo(3.75);
    expect(changePercent(monitor([turn(9.5)]), T0)).toBeCloseTo(5);
    expect(changePercent(monitor([turn(0, 0.5), turn(19)]), T0)).toBeCloseTo(6.875);
  });
});

describe('a window', () => {
  const world = (windows: [string, Window][]) => ({ ...new World(1).state, windows: new Map(windows) });
  const window = (
    kind: Window['kind'],
    spans: Window['spans'],
    monitors: Window['monitors'] = 'all',
  ): Window => ({
    ...{ kind, spans, monitors },
  });

  test('covers from its start on, and not at its end', () => {
    const state = world([
      [
        'a',
        window('silence', [
          [10, 20],
          [30, 40],
        ]),
      ],
    ]);
    expect([9, 10, 19, 20, 29, 30, 39, 40].map((at) => coverOf(state, 1, at)?.until ?? null)).toEqual([
      ...[null, 20, 20, null, null, 40, 40, null],
    ]);
    expect([0, 19, 20, 39, 40].map((at) => nextEnd(state, 1, at))).toEqual([20, 20, 40, 40, null]);
  });

  test('of maintenance goes before a silence, a longer one before a shorter one', () => {
    const both = world([
      ['s', window('silence', [[0, 90]])],
      ['m1', window('maintenance', [[0, 50]])],
      ['m2', window('maintenance', [[0, 60]])],
      ['m3', window('maintenance', [[0, 40]])],
      ['s2', window('silence', [[0, 99]])],
    ]);
    expect(coverOf(both, 1, 5)).toEqual({ id: 'm2', kind: 'maintenance', until: 60 });
    expect(inMaintenance(both, 1, 70)).toBe(false);
    expect(coverOf(both, 1, 70)).toEqual({ id: 's2', kind: 'silence', until: 99 });
    expect(nextEnd(both, 1, 45)).toBe(50);
  });

  test('is of the monitors that it names', () => {
    const state = world([['a', window('maintenance', [[0, 10]], [2, 3])]]);
    expect([1, 2].map((number) => inMaintenance(state, number, 5))).toEqual([false, true]);
    expect([1, 2].map((number) => nextEnd(state, number, 5))).toEqual([null, 10]);
  });
});

describe('the public state', () => {
  const of = (verdicts: string, maintenance = '') =>
    publicState(
      [...verdicts].map((letter, index) => ({
        verdict: ({ u: 'up', p: 'partial', d: 'down', x: 'undecided' } as const)[letter as 'u']!,
        maintenance: maintenance[index] === 'm',
      })),
    );

  test.each([
    ['', '', 'operational'],
    ['uuuu', '', 'operational'],
    ['duuu', '', 'partial_outage'],
    ['dduu', '', 'major_outage'],
    ['puuu', '', 'partial_outage'],
    ['xuuu', '', 'operational'],
    ['xxuu', '', 'blind'],
    ['xxdu', '', 'partial_outage'],
    ['duuu', 'm', 'maintenance'],
    ['dduu', 'm', 'partial_outage'],
    ['uuuu', 'm', 'maintenance'],
    ['xxuu', 'mm', 'maintenance'],
  ])('of %s, maintenance %s, is %s', (verdicts, maintenance, state) => {
    expect(of(verdicts, maintenance)).toBe(state);
  });

  test('a verdict goes stale with its votes, and nobody knows of a monitor that is not there', () => {
    const world = new World(3);
    world.play(T0 + 120_000);
    expect(currentVerdict(world.state, 1, world.now)).toBe('up');
    expect(currentVerdict(world.state, 1, world.now + 400_000)).toBe('undecided');
    expect(currentVerdict(world.state, 9, world.now)).toBe('undecided');
  });
});
