// Flap detection at its limits: which transitions count, when flapping starts and stops, and what it suppresses.
import { describe, expect, test } from 'vitest';
import type { MonitorState, OpenIncident, State, Transition } from '../../../src/engine/model/state.ts';
import {
  flapPercent,
  flapSuppressionEnd,
  recordTransition,
  startsFlapping,
  stopsFlapping,
} from '../../../src/engine/notifications/flapping.ts';
import { evaluate } from '../../../src/engine/voting/evaluation.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const AT = T0 + 3_000_000;
const MINUTE = 60_000;

const world = new World(6);
const monitor = (parts: Partial<MonitorState> = {}): MonitorState => ({
  ...world.state.monitors.get(1)!,
  ...parts,
});
const transition = (minutesAgo: number, parts: Partial<Transition> = {}): Transition => ({
  ...{ at: AT - minutesAgo * MINUTE, involvesDown: true, weight: 1 },
  ...parts,
});
const incident = (verdict: OpenIncident['verdict'] | null): OpenIncident | null =>
  verdict && { id: 'i', verdict, startedAt: AT - 5 * MINUTE, detectedAt: AT - 4 * MINUTE };

describe('transitions', () => {
  const recorded = (
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
  ] as const)('a change from %s to %s is recorded as %o', (was, is, wanted) => {
    expect(recorded(was, is).transitions).toEqual([{ at: AT, ...wanted }]);
  });

  test('the last twenty transitions within twenty intervals are kept', () => {
    const old = [transition(20), transition(19.99), transition(3)];
    expect(recorded(null, 'down', old).transitions).toEqual([old[1], old[2], transition(0)]);
    const many = Array.from({ length: 20 }, (_, index) => transition(19 - index * 0.5));
    expect(recorded(null, 'down', many).transitions).toEqual([...many.slice(1), transition(0)]);
  });

  test('a verdict that stays the same is not a transition', () => {
    for (const verdict of [null, 'partial', 'down'] as const) {
      expect(recorded(verdict, verdict).transitions).toEqual([]);
      expect(recorded(verdict, verdict, [transition(25), transition(3)]).transitions).toEqual([
        transition(3),
      ]);
    }
    const transitions = [transition(3)];
    expect(recorded(null, null, transitions).transitions).toBe(transitions);
  });

  test('changes in a silence are recorded, changes in maintenance are not', () => {
    const covered = (kind: 'maintenance' | 'silence'): State => ({
      ...world.state,
      windows: new Map([['w', { kind, monitors: 'all', spans: [[AT - 1, AT + 1]] }]]),
    });
    expect(recorded(null, 'down', [], covered('silence')).transitions).toHaveLength(1);
    expect(recorded(null, 'down', [transition(3)], covered('maintenance')).transitions).toEqual([
      transition(3),
    ]);
    expect(recorded(null, 'down', [transition(25)], covered('maintenance')).transitions).toEqual([]);
  });
});

describe('the limits of flapping', () => {
  const flapping = { id: 'f', since: T0 };
  /** Four transitions of now are 25 %; each weighs 6.25. */
  const now = (weight: number): Transition => transition(0, { weight: weight as 1 });

  test('a monitor flaps from 20 % on, until it is below 5 %', () => {
    const starts = (weight: number, parts: Partial<MonitorState> = {}) =>
      startsFlapping(monitor({ transitions: [now(weight)], ...parts }), AT);
    expect([starts(3.2), starts(3.19), starts(3.2, { flapping })]).toEqual([true, false, false]);
    const stops = (weight: number, parts: Partial<MonitorState> = {}) =>
      stopsFlapping(monitor({ transitions: [now(weight)], flapping, ...parts }), AT);
    expect([stops(0.8), stops(0.79), stops(0.79, { flapping: null })]).toEqual([false, true, false]);
  });

  test('flapping suppresses openings for five minutes, except the first outage after regional problems', () => {
    const ends = (verdict: OpenIncident['verdict'] | null, transitions: Transition[], flaps = true) =>
      flapSuppressionEnd(
        monitor({ incident: incident(verdict), transitions, flapping: flaps ? flapping : null }),
      );
    const regional = transition(10, { involvesDown: false });
    // The incident was detected four minutes ago.
    const inAMinute = AT + MINUTE;
    expect(ends(null, [transition(10)])).toBeNull();
    expect(ends('down', [transition(10)], false)).toBeNull();
    expect(ends('partial', [regional])).toBe(inAMinute);
    expect(ends('partial', [])).toBe(inAMinute);
    expect(ends('down', [regional, transition(10)])).toBe(inAMinute);
    expect(ends('down', [regional, transition(4)])).toBeNull();
    expect(ends('down', [regional])).toBeNull();
  });

  test.each([
    [30, 300],
    [60, 300],
    [100, 300],
    [101, 303],
    [300, 900],
    [3_600, 10_800],
  ])('with an interval of %i s, flapping suppresses an incident for %i s', (intervalSeconds, seconds) => {
    const one = monitor({
      ...{ policy: policy({ intervalMs: intervalSeconds * 1_000 }), flapping },
      ...{ incident: incident('down'), transitions: [transition(10)] },
    });
    expect(flapSuppressionEnd(one)! - one.incident!.detectedAt).toBe(seconds * 1_000);
  });
});

describe('the weights of transitions', () => {
  const monitor = (transitions: Transition[]): MonitorState => ({
    ...new World(1).state.monitors.get(1)!,
    transitions,
  });
  const transition = (ago: number, weight: 1 | 0.5 = 1): Transition => ({
    at: T0 - ago * 60_000,
    involvesDown: true,
    weight,
  });

  test('the newest of twenty transitions weighs 1.25, the oldest 0.75', () => {
    expect(flapPercent(monitor([transition(0)]), T0)).toBeCloseTo(6.25);
    expect(flapPercent(monitor([transition(19)]), T0)).toBeCloseTo(3.75);
    expect(flapPercent(monitor([transition(19.9)]), T0)).toBeCloseTo(3.75);
    expect(flapPercent(monitor([transition(9.5)]), T0)).toBeCloseTo(5);
    expect(flapPercent(monitor([transition(0, 0.5), transition(19)]), T0)).toBeCloseTo(6.875);
  });
});
