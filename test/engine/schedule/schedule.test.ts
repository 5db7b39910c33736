// Which runs are due when, and which share an invocation.
import { describe, expect, test } from 'vitest';
import {
  dueOnSchedule,
  lastDueAt,
  nextRunTime,
  plan,
  runKey,
} from '../../../src/engine/schedule/schedule.ts';
import { T0, World } from '../../support/engine/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const at = (seconds: number): number => T0 + seconds * SECOND;

describe('phases', () => {
  const monitor = (intervalMs: number, number = 1) => {
    const world = new World(
      6,
      Array.from({ length: number }, () => ({ intervalMs })),
    );
    return world.state.monitors.get(number)!;
  };

  test('location k of six checks a 60 s monitor at second 5 + 10 k of every minute', () => {
    for (let k = 0; k < 6; k += 1) {
      const due = 5 + 10 * k;
      expect(lastDueAt(monitor(MINUTE), k, 6, at(due))).toBe(at(due));
      expect(lastDueAt(monitor(MINUTE), k, 6, at(due) - 1)).toBe(at(due - 60));
      expect(lastDueAt(monitor(MINUTE), k, 6, at(due + 59))).toBe(at(due));
    }
  });

  test('two locations check a 30 s monitor in each slot', () => {
    const due = [0, 1, 2, 3, 4, 5].map((k) => (lastDueAt(monitor(30_000), k, 6, at(29)) - T0) / SECOND);
    expect(due).toEqual([5, 5, 15, 15, 25, 25]);
  });

  test('monitors of long intervals are spread over the slots between two phases', () => {
    const phases = new Set<number>();
    for (let number = 1; number <= 60; number += 1) {
      const phase = lastDueAt(monitor(300_000, number), 0, 6, at(300)) - T0;
      expect((phase - 5_000) % 10_000).toBe(0);
      expect(phase).toBeGreaterThanOrEqual(5_000);
      expect(phase).toBeLessThan(55_000);
      phases.add(phase);
    }
    expect(phases.size).toBe(5);
  });

  test('the next run time is the middle of a slot, and never now', () => {
    expect([0, 4.999, 5, 14.999].map((second) => (nextRunTime(at(second)) - T0) / SECOND)).toEqual([
      5, 5, 15, 15,
    ]);
  });
});

describe('plan', () => {
  /** Six locations and two healthy monitors; nothing is due before second 185. */
  const healthy = (monitors: object[] = [{}, {}]): World => {
    const world = new World(6, monitors);
    world.play(at(180));
    return world;
  };

  test('the plan has one invocation for all runs of a location in a slot', () => {
    const world = healthy();
    expect(plan(world.state, new Set(), at(184)).invocations).toEqual([]);
    const { invocations, wakeAt } = plan(world.state, new Set(), at(185));
    expect(invocations).toEqual([{ location: 1, monitors: [1, 2], mayHang: false }]);
    expect(wakeAt).toBe(at(195));
  });

  test('the plan leaves out runs in flight', () => {
    const world = healthy();
    const { invocations } = plan(world.state, new Set([runKey(2, 1)]), at(185));
    expect(invocations).toEqual([{ location: 1, monitors: [1], mayHang: false }]);
  });

  test('the plan puts runs of failing monitors in an invocation of their own', () => {
    const world = healthy();
    world.report(1, { 2: 'failed' }, at(184));
    const { invocations } = plan(world.state, new Set(), at(185));
    expect(invocations).toContainEqual({ location: 1, monitors: [1], mayHang: false });
    // The run of its own slot was a second ago, and counts: the fan-out asks the other locations.
    expect(
      invocations.filter(({ mayHang }) => mayHang).map(({ location, monitors }) => [location, monitors]),
    ).toEqual([...[2, 3, 4, 5, 6].map((location) => [location, [2]])].concat([[1, [2]]]));
  });

  test('a round is asked when it starts, each location once', () => {
    const world = healthy([{}]);
    world.report(1, 'failed', at(186));
    for (const location of [2, 3, 4, 5, 6]) world.report(location, 'ok', at(187));
    const starts = world.state.monitors.get(1)!.round!.startsAt;
    const early = plan(world.state, new Set(), starts - 1);
    expect(early.wakeAt).toBe(starts);
    expect(early.invocations.filter(({ mayHang }) => mayHang)).toEqual([]);
    const asked = plan(world.state, new Set(), starts).invocations.filter(({ mayHang }) => mayHang);
    expect(asked).toEqual([{ location: 1, monitors: [1], mayHang: true }]);
  });

  test('overdue runs are planned once, at once', () => {
    const world = healthy([{}]);
    const { invocations } = plan(world.state, new Set(), at(600));
    expect(invocations.map(({ location }) => location)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('the plan leaves out paused monitors and disabled locations', () => {
    const world = healthy();
    const paused = { ...world.state.monitors.get(1)!.policy, paused: true };
    world.apply({
      ...{ kind: 'change', at: at(181) },
      changes: [
        { type: 'monitor', number: 1, policy: paused },
        { type: 'location', number: 3, id: 'aws:test-3', enabled: false },
      ],
    });
    world.play(at(230));
    const { invocations } = plan(world.state, new Set(), at(600));
    expect(invocations.map(({ location, monitors }) => [location, monitors])).toEqual([
      ...[1, 2, 4, 5, 6].map((location) => [location, [2]]),
    ]);
  });

  test('the plan wakes for the end of a window only if it suppresses something', () => {
    const world = healthy([{}]);
    world.window('maintenance', 180 * SECOND, 192_345);
    expect(plan(world.state, new Set(), at(186)).wakeAt).toBe(at(195));
    world.sees = () => 'failed';
    world.window('maintenance', 180 * SECOND, 400 * SECOND);
    world.play(at(390));
    expect(plan(world.state, new Set(), at(396)).wakeAt).toBe(at(400));
    expect(plan(world.state, new Set(), at(400)).reevaluate).toEqual([1]);
  });

  test('a monitor without an enabled location is evaluated at once, and when no data is due', () => {
    const world = healthy([{ locations: [2] }]);
    const gone = { type: 'location' as const, number: 2, id: 'aws:test-2', enabled: false };
    world.apply({ kind: 'change', at: at(181), changes: [gone] });
    expect(plan(world.state, new Set(), at(181)).reevaluate).toEqual([1]);
    world.apply({ kind: 'change', at: at(182), changes: [{ type: 'monitor.reevaluated', number: 1 }] });
    const { verdict, verdictSince } = world.state.monitors.get(1)!;
    expect(verdict).toBe('no_data');
    expect(plan(world.state, new Set(), verdictSince + 299_999).reevaluate).toEqual([]);
    expect(plan(world.state, new Set(), verdictSince + 300_000).reevaluate).toEqual([1]);
  });

  test('a run in a round counts as the run of its slot', () => {
    const world = healthy([{}]);
    world.report(3, 'failed', at(183));
    world.report(1, 'ok', at(186));
    const monitor = world.state.monitors.get(1)!;
    expect(monitor.round!.results).toHaveLength(1);
    expect(dueOnSchedule(world.state, monitor, at(187))).toEqual([]);
  });

  test('a round does not ask locations in flight, or with a result', () => {
    const world = healthy([{}]);
    world.report(1, 'failed', at(181));
    world.report(2, 'ok', at(181));
    world.report(3, 'ok', at(181));
    const asked = (inFlight: number[]) =>
      plan(world.state, new Set(inFlight), at(182)).invocations.map(({ location }) => location);
    expect(asked([])).toEqual([4, 5, 6]);
    expect(asked([runKey(1, 5), runKey(2, 4)])).toEqual([4, 6]);
  });

  test('the plan does not wake for a round that has begun', () => {
    const world = healthy([{}]);
    world.report(1, 'failed', at(186));
    for (const location of [2, 3, 4, 5, 6]) world.report(location, 'ok', at(187));
    const { startsAt } = world.state.monitors.get(1)!.round!;
    expect(plan(world.state, new Set(), startsAt).wakeAt).toBe(nextRunTime(startsAt));
  });

  test('a location is planned once if its slot comes while a round asks it', () => {
    const world = healthy([{}]);
    world.report(6, 'failed', at(184));
    const ofFirst = plan(world.state, new Set(), at(185)).invocations.filter(
      ({ location }) => location === 1,
    );
    expect(ofFirst).toEqual([{ location: 1, monitors: [1], mayHang: true }]);
  });

  test('a new location is due in the first slot after it was assigned', () => {
    const world = healthy([{}]);
    const monitor = world.state.monitors.get(1)!;
    const due = (addedAt: number) => {
      const fresh = { ...monitor.byLocation.get(1)!, lastCheckedAt: 0, assignedAt: addedAt };
      const byLocation = new Map(monitor.byLocation).set(1, fresh);
      return dueOnSchedule(world.state, { ...monitor, byLocation }, at(186));
    };
    expect([due(at(185) - 1), due(at(185))]).toEqual([[1], []]);
  });

  test('named locations that are disabled or have no status are not due', () => {
    const world = healthy([{ locations: [1, 2, 3] }]);
    const monitor = world.state.monitors.get(1)!;
    const byLocation = new Map(monitor.byLocation);
    byLocation.delete(2);
    const disabled = { ...world.state.locations.get(3)!, enabled: false };
    const state = { ...world.state, locations: new Map(world.state.locations).set(3, disabled) };
    expect(dueOnSchedule(state, { ...monitor, byLocation }, at(600))).toEqual([1]);
  });

  test('only a result from this slot counts as the run of this slot', () => {
    const world = healthy([{}]);
    const due = (location: number, startedAt: number) => {
      const results = [{ location, startedAt, outcome: 'ok' as const, timings: {} }];
      const round = { step: 1, startsAt: at(180), asked: [1, 2], results, lastResultAt: startedAt };
      return dueOnSchedule(world.state, { ...world.state.monitors.get(1)!, round }, at(186));
    };
    expect([due(1, at(185)), due(1, at(185) - 1), due(2, at(185))]).toEqual([[], [1], [1]]);
  });
});

test('every run in flight has a key of its own', () => {
  const names = [1, 2, 3, 1_024, 1_025, 2_048].flatMap((monitor) =>
    [1, 2, 3, 4].map((location) => runKey(monitor, location)),
  );
  expect(new Set(names).size).toBe(names.length);
});
