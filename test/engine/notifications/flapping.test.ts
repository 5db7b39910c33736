// Flap detection at its borders: what is remembered, when it begins and ends, and what it hides.
import { describe, expect, test } from 'vitest';
import type { MonitorState, OpenIncident, State, Transition } from '../../../src/engine/model/state.ts';
import {
  flapPercent,
  recordTransition,
  startsFlapping,
  stopsFlapping,
  suppressedByFlapping,
} from '../../../src/engine/notifications/flapping.ts';
import { evaluate } from '../../../src/engine/voting/evaluation.ts';
import { T0, World } from '../../support/engine/world.ts';

const AT = T0 + 3_000_000;
const MINUTE = 60_000;

const world = new World(6);
const monitor = (parts: Partial<MonitorState> = {}): MonitorState => ({
  ...world.state.monitors.get(1)!,
  ...parts,
});
const turn = (minutesAgo: number, parts: Partial<Transition> = {}): Transition => ({
  ...{ at: AT - minutesAgo * MINUTE, involvesDown: true, weight: 1 },
  ...parts,
});
const incident = (verdict: OpenIncident['verdict'] | null): OpenIncident | null =>
  verdict && { id: 'i', verdict, startedAt: AT - 5 * MINUTE, detectedAt: AT - 4 * MINUTE };

describe('a turn is remembered', () => {
  const remember = (
    was: OpenIncident['verdict'] | null,
    is: OpenIncident['verdict'] | null,
    transitions: Transition[] = [],
    state: State = world.state,
  ): MonitorState => {
    const after = monitor({ incident: incident(is), transitions });
    return recordTransition(evaluate(state, after, AT), monitor({ incident: incident(was) }));
  };

  test.each([
    [null, 'down', { involvesDown: true, weight: 1 }],
    ['down', null, { involvesDown: true, weight: 1 }],
    [null, 'partial', { involvesDown: false, weight: 1 }],
    ['partial', null, { involvesDown: false, weight: 1 }],
    ['partial', 'down', { involvesDown: true, weight: 0.5 }],
    ['down', 'partial', { involvesDown: true, weight: 0.5 }],
  ] as const)('from %s to %s as %o', (was, is, wanted) => {
    expect(remember(was, is).transitions).toEqual([{ at: AT, ...wanted }]);
  });

  test('after those that are younger than twenty intervals, and is one of twenty at most', () => {
    const old = [turn(20), turn(19.99), turn(3)];
    expect(remember(null, 'down', old).transitions).toEqual([old[1], old[2], turn(0)]);
    const many = Array.from({ length: 20 }, (_, index) => turn(19 - index * 0.5));
    expect(remember(null, 'down', many).transitions).toEqual([...many.slice(1), turn(0)]);
  });

  test('only where something has turned', () => {
    for (const verdict of [null, 'partial', 'down'] as const) {
      expect(remember(verdict, verdict).transitions).toEqual([]);
      expect(remember(verdict, verdict, [turn(25), turn(3)]).transitions).toEqual([turn(3)]);
    }
    const turns = [turn(3)];
    expect(remember(null, null, turns).transitions).toBe(turns);
  });

  test('in a silence, and not in maintenance', () => {
    const covered = (kind: 'maintenance' | 'silence'): State => ({
      ...world.state,
      windows: new Map([['w', { kind, monitors: 'all', spans: [[AT - 1, AT + 1]] }]]),
    });
    expect(remember(null, 'down', [], covered('silence')).transitions).toHaveLength(1);
    expect(remember(null, 'down', [turn(3)], covered('maintenance')).transitions).toEqual([turn(3)]);
    expect(remember(null, 'down', [turn(25)], covered('maintenance')).transitions).toEqual([]);
  });
});

describe('a monitor flaps', () => {
  const flapping = { id: 'f', since: T0 };
  /** Four turns of now are 25 %; each weighs 6.25. */
  const now = (weight: number): Transition => turn(0, { weight: weight as 1 });

  test('from 20 % on, until below 5 %', () => {
    const begins = (weight: number, parts: Partial<MonitorState> = {}) =>
      startsFlapping(monitor({ transitions: [now(weight)], ...parts }), AT);
    expect([begins(3.2), begins(3.19), begins(3.2, { flapping })]).toEqual([true, false, false]);
    const settled = (weight: number, parts: Partial<MonitorState> = {}) =>
      stopsFlapping(monitor({ transitions: [now(weight)], flapping, ...parts }), AT);
    expect([settled(0.8), settled(0.79), settled(0.79, { flapping: null })]).toEqual([false, true, false]);
  });

  test('and hides what is new, but not the first outage after regional problems', () => {
    const hides = (verdict: OpenIncident['verdict'] | null, transitions: Transition[], flaps = true) =>
      suppressedByFlapping(
        monitor({ incident: incident(verdict), transitions, flapping: flaps ? flapping : null }),
      );
    const regional = turn(10, { involvesDown: false });
    expect(hides(null, [turn(10)])).toBe(false);
    expect(hides('down', [turn(10)], false)).toBe(false);
    expect(hides('partial', [regional])).toBe(true);
    expect(hides('partial', [])).toBe(true);
    expect(hides('down', [regional, turn(10)])).toBe(true);
    expect(hides('down', [regional, turn(4)])).toBe(false);
    expect(hides('down', [regional])).toBe(false);
  });
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
