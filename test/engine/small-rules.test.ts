// Rules that fit a line, at their borders: spans, flapping, windows, the public's one word.
import { describe, expect, test } from 'vitest';
import { currentVerdict, overallStatus } from '../../src/engine/explain/public-status.ts';
import { startOf } from '../../src/engine/incidents/incident-times.ts';
import type { MonitorState, Transition, Window } from '../../src/engine/model/state.ts';
import { flapPercent } from '../../src/engine/notifications/flapping.ts';
import { activeWindow, inMaintenance, nextWindowEnd } from '../../src/engine/notifications/windows.ts';
import { policy, T0, World } from '../support/engine/world.ts';

test('the start is the earliest streak within an interval and a timeout of the decisive one', () => {
  const rules = policy({ intervalMs: 60_000, timeoutMs: 5_000 });
  expect(startOf([100_000, 150_000, 165_000], 3, rules)).toBe(100_000);
  expect(startOf([99_999, 150_000, 165_000], 3, rules)).toBe(150_000);
  expect(startOf([1, 2, 300_000], 2, rules)).toBe(1);
  expect(startOf([7], 4, rules)).toBe(7);
  expect(startOf([], 2, rules)).toBe(0);
});

describe('flapping', () => {
  const monitor = (transitions: Transition[]): MonitorState => ({
    ...new World(1).state.monitors.get(1)!,
    transitions,
  });
  const turn = (ago: number, weight: 1 | 0.5 = 1): Transition => ({
    at: T0 - ago * 60_000,
    involvesDown: true,
    weight,
  });

  test('weighs the newest change 1.25, the oldest 0.75, of twenty', () => {
    expect(flapPercent(monitor([turn(0)]), T0)).toBeCloseTo(6.25);
    expect(flapPercent(monitor([turn(19)]), T0)).toBeCloseTo(3.75);
    expect(flapPercent(monitor([turn(19.9)]), T0)).toBeCloseTo(3.75);
    expect(flapPercent(monitor([turn(9.5)]), T0)).toBeCloseTo(5);
    expect(flapPercent(monitor([turn(0, 0.5), turn(19)]), T0)).toBeCloseTo(6.875);
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
    expect([9, 10, 19, 20, 29, 30, 39, 40].map((at) => activeWindow(state, 1, at)?.until ?? null)).toEqual([
      ...[null, 20, 20, null, null, 40, 40, null],
    ]);
    expect([0, 19, 20, 39, 40].map((at) => nextWindowEnd(state, 1, at))).toEqual([20, 20, 40, 40, null]);
  });

  test('of maintenance goes before a silence, a longer one before a shorter one', () => {
    const both = world([
      ['s', window('silence', [[0, 90]])],
      ['m1', window('maintenance', [[0, 50]])],
      ['m2', window('maintenance', [[0, 60]])],
      ['m3', window('maintenance', [[0, 40]])],
      ['s2', window('silence', [[0, 99]])],
    ]);
    expect(activeWindow(both, 1, 5)).toEqual({ id: 'm2', kind: 'maintenance', until: 60 });
    expect(inMaintenance(both, 1, 70)).toBe(false);
    expect(activeWindow(both, 1, 70)).toEqual({ id: 's2', kind: 'silence', until: 99 });
    expect(nextWindowEnd(both, 1, 45)).toBe(50);
  });

  test('goes before another that is alike and was written later', () => {
    const both = world([
      ['first', window('silence', [[0, 90]])],
      ['second', window('silence', [[0, 90]])],
    ]);
    expect(activeWindow(both, 1, 5)!.id).toBe('first');
  });

  test('is of the monitors that it names', () => {
    const state = world([['a', window('maintenance', [[0, 10]], [2, 3])]]);
    expect([1, 2].map((number) => inMaintenance(state, number, 5))).toEqual([false, true]);
    expect([1, 2].map((number) => nextWindowEnd(state, number, 5))).toEqual([null, 10]);
  });
});

describe('the public state', () => {
  const of = (verdicts: string, maintenance = '') =>
    overallStatus(
      [...verdicts].map((letter, index) => ({
        verdict: ({ u: 'up', p: 'partial', d: 'down', x: 'no_data' } as const)[letter as 'u']!,
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
    ['xxuu', '', 'no_data'],
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
    expect(currentVerdict(world.state, 1, world.now + 400_000)).toBe('no_data');
    expect(currentVerdict(world.state, 9, world.now)).toBe('no_data');
  });
});
