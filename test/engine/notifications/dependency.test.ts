// Dependencies: ancestors and descendants of a monitor, and how long its notification waits for them.
import { describe, expect, test } from 'vitest';
import type { LocationStatus, MonitorState, OpenIncident, State } from '../../../src/engine/model/state.ts';
import { downAncestors, type Inhibition, inhibitedBy } from '../../../src/engine/notifications/dependency.ts';
import {
  ancestorsOf,
  dependencyDepth,
  descendantsOf,
} from '../../../src/engine/notifications/dependency-graph.ts';
import { evaluate } from '../../../src/engine/voting/evaluation.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { T0, World } from '../../support/engine/world.ts';

const SECOND = 1_000;

/** Monitor n depends on the n-th list. */
const graph = (...parents: number[][]): State =>
  new World(
    6,
    parents.map((dependsOn) => ({ dependsOn })),
  ).state;

describe('the dependency graph', () => {
  const state = graph([], [1], [2], [1, 3, 2], [], [9]);
  const monitor = (number: number): MonitorState => state.monitors.get(number)!;
  const numbers = (found: readonly MonitorState[]): number[] => found.map(({ number }) => number);

  test('a monitor has each ancestor once, the nearest first', () => {
    expect([1, 2, 3, 4, 5].map((number) => numbers(ancestorsOf(state, monitor(number))))).toEqual([
      [],
      [1],
      [2, 1],
      [1, 3, 2],
      [],
    ]);
  });

  test('a monitor has direct and indirect descendants', () => {
    expect([1, 2, 4, 5].map((number) => numbers(descendantsOf(state, number)))).toEqual([
      [2, 3, 4],
      [3, 4],
      [],
      [],
    ]);
  });

  test('the longest path decides the depth of a monitor', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((number) => dependencyDepth(state, number))).toEqual([
      0, 1, 2, 3, 0, 0, 0,
    ]);
  });

  test('a cycle that a bug has made does not loop', () => {
    const cycle = graph([3], [1], [2], [4]);
    expect(numbers(ancestorsOf(cycle, cycle.monitors.get(1)!))).toEqual([3, 2]);
    expect(dependencyDepth(cycle, 1)).toBe(2);
    expect(ancestorsOf(cycle, cycle.monitors.get(4)!)).toEqual([]);
    expect(dependencyDepth(cycle, 4)).toBe(0);
  });

  test('a deleted dependency is left out', () => {
    expect(ancestorsOf(state, monitor(6))).toEqual([]);
  });

  test('only ancestors that are down explain an outage', () => {
    const down: OpenIncident = { id: 'p', verdict: 'down', startedAt: T0, detectedAt: T0 };
    const chain = graph([], [1], [2]);
    const fallen = { ...chain.monitors.get(1)!, incident: down };
    const broken = { ...chain, monitors: new Map(chain.monitors).set(1, fallen) };
    expect(numbers(downAncestors(broken, broken.monitors.get(3)!))).toEqual([1]);
    expect(downAncestors(chain, chain.monitors.get(3)!)).toEqual([]);
  });
});

describe('the opening of an incident', () => {
  /** Monitor 2 depends on monitor 1 and is down; its newest failures are from `DETECTED_AT` or a little earlier. */
  const DETECTED_AT = T0 + 300 * SECOND;
  function inhibition(
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
    return (afterMs = 0) => {
      const found = inhibitedBy(evaluate(state, child, DETECTED_AT + afterMs));
      if (found) expect(found.monitor).toBe(1);
      return found?.state ?? null;
    };
  }
  const down: OpenIncident = { id: 'p', verdict: 'down', startedAt: T0, detectedAt: T0 };
  const round = { step: 2, startsAt: DETECTED_AT, asked: [1], results: [], lastResultAt: null };

  test('an opening is not inhibited while the dependency is up', () => {
    expect(inhibition((parent) => parent)()).toBeNull();
  });

  test('an opening waits as long as the dependency is down', () => {
    const inhibited = inhibition((parent) => ({ ...parent, incident: down, verdict: 'down' }));
    expect([inhibited(), inhibited(100_000)]).toEqual(['down', 'down']);
    expect(
      inhibition((parent) => ({
        ...parent,
        incident: { ...down, verdict: 'partial' },
        verdict: 'partial',
      }))(),
    ).toBeNull();
  });

  test('an opening waits while the dependency is being confirmed, at most one fan-out', () => {
    const inhibited = inhibition((parent) => ({ ...parent, round }));
    // Three steps of ten seconds.
    expect([0, 29_999, 30_000].map(inhibited)).toEqual(['confirming', 'confirming', null]);
    const slow = inhibition((parent) => ({
      ...{ ...parent, round },
      policy: { ...parent.policy, failures: 1, recoveries: 4, timeoutMs: 20_000 },
    }));
    expect([114_999, 115_000].map(slow)).toEqual(['confirming', null]);
  });

  test('an opening does not wait for a dependency that is paused or has no data', () => {
    const paused = inhibition((parent) => ({ ...parent, round, policy: { ...parent.policy, paused: true } }));
    expect(paused()).toBeNull();
    const unknown = inhibition((parent) => ({ ...parent, verdict: 'no_data', verdictSince: DETECTED_AT }));
    expect(unknown()).toBeNull();
  });

  test('an opening waits until enough locations fail again after the dependency recovered', () => {
    const recovered = (since: number) => inhibition((parent) => ({ ...parent, verdictSince: since }))();
    const newest = DETECTED_AT - 60 * SECOND;
    expect([recovered(newest), recovered(DETECTED_AT)]).toEqual([null, 'recovered']);
    const partial = (since: number, failing: number) =>
      inhibition((parent) => ({ ...parent, verdictSince: since }), 'partial', failing)();
    expect([partial(newest, 3), partial(newest, 2)]).toEqual([null, null]);
    expect(partial(DETECTED_AT, 3)).toBe('recovered');
  });

  test('a monitor without an incident is not inhibited', () => {
    const world = new World(6, [{}, { dependsOn: [1] }]);
    const child = world.state.monitors.get(2)!;
    expect(inhibitedBy(evaluate(world.state, child, T0))).toBeNull();
  });

  test('a dependency that is down is named before one that is being confirmed or has recovered', () => {
    const world = new World(6, [{}, {}, {}, { dependsOn: [1, 2, 3] }]);
    const child = { ...world.state.monitors.get(4)!, incident: { ...down, id: 'c' } };
    const up = { round: null, verdict: 'up', verdictSince: T0 } as const;
    const inhibitedWith = (...parents: Partial<MonitorState>[]): Inhibition | null => {
      const monitors = new Map(world.state.monitors).set(4, child);
      parents.forEach((parts, index) => {
        monitors.set(index + 1, { ...world.state.monitors.get(index + 1)!, ...up, ...parts });
      });
      return inhibitedBy(evaluate({ ...world.state, monitors }, child, T0 + 1));
    };
    const [recovered, confirming] = [{}, { round }];
    expect(inhibitedWith(recovered, confirming, { incident: down })).toEqual({ state: 'down', monitor: 3 });
    expect(inhibitedWith(recovered, confirming, confirming)).toEqual({ state: 'confirming', monitor: 2 });
    expect(inhibitedWith(recovered, recovered, recovered)).toEqual({ state: 'recovered', monitor: 1 });
  });
});

describe('after its dependencies recovered', () => {
  const AT = T0 + 600 * SECOND;
  const world = new World(6, [{}, {}, { dependsOn: [1, 2] }]);
  const up = (number: number, since: number): MonitorState => ({
    ...world.state.monitors.get(number)!,
    ...{ round: null, verdict: 'up', verdictSince: since },
  });

  /** So many locations fail; the first of them failed last at `AT - 30 s`, the others later. */
  function isInhibited(
    failing: number,
    since: readonly [number, number],
    first: Partial<LocationStatus> = {},
  ): boolean {
    const statuses = Array.from({ length: 6 }, (_, index): [number, LocationStatus] => {
      const fails = index < failing;
      const lastMeasuredAt = AT - (30 - index) * SECOND;
      const status: LocationStatus = {
        ...newLocationStatus(0),
        ...{ vote: fails ? 'failing' : 'passing', streakOf: fails ? 'failed' : 'ok', streak: 2 },
        ...{ streakSince: T0, lastMeasuredAt, lastCheckedAt: lastMeasuredAt },
      };
      return [index + 1, index === 0 ? { ...status, ...first } : status];
    });
    const incident: OpenIncident = { id: 'c', verdict: 'down', startedAt: T0, detectedAt: T0 };
    const child = { ...world.state.monitors.get(3)!, round: null, incident, byLocation: new Map(statuses) };
    const monitors = new Map([1, 2].map((number) => [number, up(number, AT - since[number - 1]! * SECOND)]));
    return inhibitedBy(evaluate({ ...world.state, monitors }, child, AT)) !== null;
  }

  test('a monitor still fails once the required number of locations failed since then', () => {
    expect([isInhibited(4, [60, 60]), isInhibited(3, [60, 60])]).toEqual([false, true]);
    expect([isInhibited(4, [30, 30]), isInhibited(4, [29, 29])]).toEqual([false, true]);
  });

  test('a monitor waits for the last of its dependencies to recover', () => {
    expect([isInhibited(4, [60, 29]), isInhibited(4, [29, 60])]).toEqual([true, true]);
  });

  test('a location whose newest result is ok does not count as failing since then', () => {
    expect(isInhibited(4, [60, 60], { streakOf: 'ok', streak: 1 })).toBe(true);
  });
});
