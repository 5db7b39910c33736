// Families of monitors: who stands above whom, and how long a child's notification waits.
import { describe, expect, test } from 'vitest';
import type { LocationStatus, MonitorState, OpenIncident, State } from '../../../src/engine/model/state.ts';
import {
  ancestorsOf,
  dependencyDepth,
  descendantsOf,
  downAncestor,
  inhibitedBy,
} from '../../../src/engine/notifications/dependency.ts';
import { evaluate } from '../../../src/engine/voting/evaluation.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { T0, World } from '../../support/engine/world.ts';

const SECOND = 1_000;

/** Monitor n depends on the n-th list. */
const family = (...parents: number[][]): State =>
  new World(
    6,
    parents.map((dependsOn) => ({ dependsOn })),
  ).state;

describe('a family', () => {
  const state = family([], [1], [2], [1, 3, 2], [], [9]);
  const monitor = (number: number): MonitorState => state.monitors.get(number)!;
  const numbers = (found: readonly MonitorState[]): number[] => found.map(({ number }) => number);

  test('has ancestors, each once, the nearest first', () => {
    expect([1, 2, 3, 4, 5].map((number) => numbers(ancestorsOf(state, monitor(number))))).toEqual([
      [],
      [1],
      [2, 1],
      [1, 3, 2],
      [],
    ]);
  });

  test('has descendants', () => {
    expect([1, 2, 4, 5].map((number) => numbers(descendantsOf(state, number)))).toEqual([
      [2, 3, 4],
      [3, 4],
      [],
      [],
    ]);
  });

  test('has generations: the longest line counts', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((number) => dependencyDepth(state, number))).toEqual([
      0, 1, 2, 3, 0, 0, 0,
    ]);
  });

  test('that a bug has made a circle of ends nowhere', () => {
    const circle = family([3], [1], [2], [4]);
    expect(numbers(ancestorsOf(circle, circle.monitors.get(1)!))).toEqual([3, 2]);
    expect(dependencyDepth(circle, 1)).toBe(2);
    expect(ancestorsOf(circle, circle.monitors.get(4)!)).toEqual([]);
    expect(dependencyDepth(circle, 4)).toBe(0);
  });

  test('does not know a parent that is gone', () => {
    expect(ancestorsOf(state, monitor(6))).toEqual([]);
  });
});

describe('the beginning of a child’s outage', () => {
  /** Monitor 2 needs monitor 1; monitor 2 is down, and was seen failing last at `FAILED_AT`. */
  const DETECTED_AT = T0 + 300 * SECOND;
  function scene(
    parent: (monitor: MonitorState) => MonitorState,
    verdict: OpenIncident['verdict'] = 'down',
    failing = 6,
  ) {
    const world = new World(6, [{}, { dependsOn: [1] }]);
    world.play(T0 + 200 * SECOND);
    world.sees = (location, _, monitor) => (monitor === 2 && location <= failing ? 'failed' : 'ok');
    world.play(DETECTED_AT);
    const incident: OpenIncident = { id: 'i', verdict, startedAt: T0, detectedAt: DETECTED_AT };
    const child = { ...world.state.monitors.get(2)!, incident };
    const monitors = new Map(world.state.monitors).set(2, child).set(1, parent(world.state.monitors.get(1)!));
    const state = { ...world.state, monitors };
    return (afterMs = 0) => inhibitedBy(evaluate(state, child, DETECTED_AT + afterMs));
  }
  const down: OpenIncident = { id: 'p', verdict: 'down', startedAt: T0, detectedAt: T0 };
  const round = { step: 2, startsAt: DETECTED_AT, asked: [1], results: [], lastResultAt: 0 };

  test('is told when its parent is up', () => {
    expect(scene((parent) => parent)()).toBe(false);
  });

  test('waits while the parent is down, however long', () => {
    const hushed = scene((parent) => ({ ...parent, incident: down, verdict: 'down' }));
    expect([hushed(), hushed(100_000)]).toEqual([true, true]);
    expect(
      scene((parent) => ({ ...parent, incident: { ...down, verdict: 'partial' }, verdict: 'partial' }))(),
    ).toBe(false);
  });

  test('waits while the parent is being asked, but no longer than a fan-out takes', () => {
    const hushed = scene((parent) => ({ ...parent, round }));
    // Three steps of ten seconds.
    expect([0, 29_999, 30_000].map(hushed)).toEqual([true, true, false]);
    const slow = scene((parent) => ({
      ...{ ...parent, round },
      policy: { ...parent.policy, failures: 1, recoveries: 4, timeoutMs: 20_000 },
    }));
    expect([114_999, 115_000].map(slow)).toEqual([true, false]);
  });

  test('does not wait for a parent that is paused or that nobody can judge', () => {
    expect(scene((parent) => ({ ...parent, round, policy: { ...parent.policy, paused: true } }))()).toBe(
      false,
    );
    expect(scene((parent) => ({ ...parent, verdict: 'no_data', verdictSince: DETECTED_AT }))()).toBe(false);
  });

  test('waits after the parent came back until enough locations saw it fail since', () => {
    const back = (since: number) => scene((parent) => ({ ...parent, verdictSince: since }))();
    const newest = DETECTED_AT - 60 * SECOND;
    expect(back(newest)).toBe(false);
    expect(back(DETECTED_AT)).toBe(true);
    const two = (failing: number) =>
      scene((parent) => ({ ...parent, verdictSince: newest }), 'partial', failing)();
    expect([two(3), two(2)]).toEqual([false, false]);
    expect(scene((parent) => ({ ...parent, verdictSince: DETECTED_AT }), 'partial', 3)()).toBe(true);
  });

  test('that has none is not withheld', () => {
    const world = new World(6, [{}, { dependsOn: [1] }]);
    const child = world.state.monitors.get(2)!;
    expect(inhibitedBy(evaluate(world.state, child, T0))).toBe(false);
  });

  test('knows whose fault it is', () => {
    const world = new World(6, [{}, { dependsOn: [1] }, { dependsOn: [2] }]);
    const fallen = { ...world.state.monitors.get(1)!, incident: down };
    const state = { ...world.state, monitors: new Map(world.state.monitors).set(1, fallen) };
    expect(downAncestor(state, state.monitors.get(3)!)?.number).toBe(1);
    expect(downAncestor(world.state, state.monitors.get(3)!)).toBeNull();
  });
});

describe('a child whose parents are back', () => {
  const AT = T0 + 600 * SECOND;
  const world = new World(6, [{}, {}, { dependsOn: [1, 2] }]);
  const up = (number: number, since: number): MonitorState => ({
    ...world.state.monitors.get(number)!,
    ...{ round: null, verdict: 'up', verdictSince: since },
  });

  /** So many locations see the child fail, the first of them last at `AT - 30 s`, the others later. */
  function hushed(
    failing: number,
    since: readonly [number, number],
    first: Partial<LocationStatus> = {},
  ): boolean {
    const statuses = Array.from({ length: 6 }, (_, index): [number, LocationStatus] => {
      const fails = index < failing;
      const lastMeasuredAt = AT - (30 - index) * SECOND;
      const said = { vote: fails ? 'failing' : 'passing', streakOf: fails ? 'failed' : 'ok' } as const;
      const status = {
        ...newLocationStatus(0),
        ...said,
        streak: 2,
        streakSince: T0,
        lastMeasuredAt,
        lastCheckedAt: lastMeasuredAt,
      };
      return [index + 1, index === 0 ? { ...status, ...first } : status];
    });
    const incident: OpenIncident = { id: 'c', verdict: 'down', startedAt: T0, detectedAt: T0 };
    const child = { ...world.state.monitors.get(3)!, round: null, incident, byLocation: new Map(statuses) };
    const monitors = new Map([1, 2].map((number) => [number, up(number, AT - since[number - 1]! * SECOND)]));
    return inhibitedBy(evaluate({ ...world.state, monitors }, child, AT));
  }

  test('has outlived them when as many as are required saw it fail since then', () => {
    expect([hushed(4, [60, 60]), hushed(3, [60, 60])]).toEqual([false, true]);
    expect([hushed(4, [30, 30]), hushed(4, [29, 29])]).toEqual([false, true]);
  });

  test('has outlived both of them, and not only one', () => {
    expect([hushed(4, [60, 29]), hushed(4, [29, 60])]).toEqual([true, true]);
  });

  test('has not outlived them by a location that has just seen it well', () => {
    expect(hushed(4, [60, 60], { streakOf: 'ok', streak: 1 })).toBe(true);
  });
});
