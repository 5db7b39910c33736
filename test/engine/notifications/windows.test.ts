// Which window covers a monitor at one moment, and when the next one ends.
import { expect, test } from 'vitest';
import type { Window } from '../../../src/engine/model/state.ts';
import { activeWindow, inMaintenance, nextWindowEnd } from '../../../src/engine/notifications/windows.ts';
import { World } from '../../support/engine/world.ts';

const world = (windows: [string, Window][]) => ({ ...new World(1).state, windows: new Map(windows) });
const window = (
  kind: Window['kind'],
  spans: Window['spans'],
  monitors: Window['monitors'] = 'all',
): Window => ({
  ...{ kind, spans, monitors },
});

test('a window covers its start, but not its end', () => {
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

test('maintenance goes before a silence, and a longer window before a shorter one', () => {
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

test('the first of two equal windows is the active one', () => {
  const both = world([
    ['first', window('silence', [[0, 90]])],
    ['second', window('silence', [[0, 90]])],
  ]);
  expect(activeWindow(both, 1, 5)!.id).toBe('first');
});

test('a window covers only the monitors that it names', () => {
  const state = world([['a', window('maintenance', [[0, 10]], [2, 3])]]);
  expect([1, 2].map((number) => inMaintenance(state, number, 5))).toEqual([false, true]);
  expect([1, 2].map((number) => nextWindowEnd(state, number, 5))).toEqual([null, 10]);
});
