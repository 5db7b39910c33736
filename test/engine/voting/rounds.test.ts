// Rounds in virtual time: the order of arrival, duplicates and late results must not matter.
import { describe, expect, test } from 'vitest';
import { apply } from '../../../src/engine/apply.ts';
import type { Entry, ReportEntry } from '../../../src/engine/model/journal.ts';
import type { State } from '../../../src/engine/model/state.ts';
import { plan, runKey } from '../../../src/engine/schedule/schedule.ts';
import { type Saw, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A world whose fan-out has just asked locations 2…6 because location 1 failed. */
function withFanOut(): World {
  const world = new World(6);
  world.play(T0 + 3 * MINUTE);
  world.report(1, 'failed');
  expect(world.state.monitors.get(1)!.round).toMatchObject({ step: 1, asked: [2, 3, 4, 5, 6] });
  return world;
}

function report(state: State, location: number, saw: Saw, at: number): State {
  const entry: Entry = {
    kind: 'report',
    at: Math.max(state.at + 1, at),
    location,
    askedAt: at,
    answeredAt: at,
    error: null,
    missedDeadline: false,
    observations: [
      saw === 'failed'
        ? { monitor: 1, startedAt: at, outcome: 'failed', code: 'refused', detail: 'refused', timings: {} }
        : saw === 'ok'
          ? { monitor: 1, startedAt: at, outcome: 'ok', timings: {} }
          : { monitor: 1, startedAt: at, outcome: 'unmeasured', reason: 'late', timings: {} },
    ],
  };
  return apply(state, entry).value;
}

const votes = (state: State) =>
  [...state.monitors.get(1)!.byLocation].map(([location, status]) => [
    location,
    status.vote,
    status.streakOf,
    status.streak,
  ]);

describe('fan-outs', () => {
  test('a fan-out starts at once and asks all locations but the first reporter', () => {
    const world = withFanOut();
    const due = plan(world.state, new Set(), world.now);
    expect(
      due.invocations
        .filter((one) => one.mayHang)
        .map((one) => one.location)
        .sort(),
    ).toEqual([2, 3, 4, 5, 6]);
  });

  test('a fan-out has the same end whatever the order of arrival', () => {
    const answers: [number, Saw][] = [
      [2, 'failed'],
      [3, 'ok'],
      [4, 'failed'],
      [5, 'failed'],
      [6, 'ok'],
    ];
    const ends = [answers, [...answers].reverse(), [...answers.slice(2), ...answers.slice(0, 2)]].map(
      (order) => {
        const world = withFanOut();
        let state = world.state;
        for (const [location, saw] of order) state = report(state, location, saw, world.now + 1);
        return votes(state);
      },
    );
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[2]).toEqual(ends[0]);
  });

  test('a duplicated result counts once', () => {
    const world = withFanOut();
    let state = world.state;
    for (let times = 0; times < 3; times += 1) state = report(state, 2, 'failed', world.now + 1 + times);
    for (const location of [3, 4, 5, 6]) state = report(state, location, 'ok', world.now + 5);
    expect(state.monitors.get(1)!.byLocation.get(2)).toMatchObject({
      vote: 'passing',
      streakOf: 'failed',
      streak: 1,
    });
  });

  test('the second step asks only the pending locations, ten seconds later', () => {
    const world = withFanOut();
    const startedAt = world.state.monitors.get(1)!.round!.startsAt;
    for (const [location, saw] of [
      [2, 'failed'],
      [3, 'ok'],
      [4, 'ok'],
      [5, 'ok'],
      [6, 'ok'],
    ] as const) {
      world.report(location, saw, world.now + 1);
    }
    const { round } = world.state.monitors.get(1)!;
    expect(round).toMatchObject({ step: 2, asked: [1, 2] });
    expect(round!.startsAt).toBe(startedAt + 10_000);
  });

  test('a failure at another location restarts the fan-out before its next step', () => {
    const world = withFanOut();
    for (const [location, saw] of [
      [2, 'ok'],
      [3, 'ok'],
      [4, 'ok'],
      [5, 'ok'],
      [6, 'ok'],
    ] as const) {
      world.report(location, saw, world.now + 1);
    }
    expect(world.state.monitors.get(1)!.round).toMatchObject({ step: 2, asked: [1] });
    world.report(3, 'failed', world.now + 5_500);
    expect(world.state.monitors.get(1)!.round).toMatchObject({ step: 1, asked: [1, 2, 4, 5, 6] });
    // The same location does not restart it twice.
    for (const location of [1, 2, 4, 5, 6]) world.report(location, 'ok', world.now + 5_600);
    world.report(3, 'failed', world.now + 6_000);
    expect(world.state.monitors.get(1)!.round).toMatchObject({ step: 2, asked: [3] });
  });

  test('a location that measured nothing abstains until its next measurement', () => {
    const world = withFanOut();
    for (const [location, saw] of [
      [2, 'unmeasured'],
      [3, 'ok'],
      [4, 'ok'],
      [5, 'ok'],
      [6, 'ok'],
    ] as const) {
      world.report(location, saw, world.now + 1);
    }
    expect(world.state.monitors.get(1)!.byLocation.get(2)!.noResponse).toBe(true);
    // The next step asks location 1; results of other locations wait for it.
    world.report(2, 'ok', world.now + 20_000);
    expect(world.state.monitors.get(1)!.byLocation.get(2)!.noResponse).toBe(true);
    world.report(1, 'ok', world.now + 20_000);
    expect(world.state.monitors.get(1)!.byLocation.get(2)!.noResponse).toBe(false);
  });

  test('a round does not wait long for a result that cannot change the verdict', () => {
    const world = withFanOut();
    for (const location of [2, 3, 4, 5]) world.report(location, 'ok', world.now + 1);
    expect(world.state.monitors.get(1)!.round).toMatchObject({ step: 1 });
    // Location 6 is asked and hangs; at most it could fail once.
    const asked = new Set([runKey(1, 6)]);
    const { reevaluate, wakeAt } = plan(world.state, asked, world.now + 2);
    expect(reevaluate).toEqual([]);
    expect(wakeAt - world.now).toBeLessThanOrEqual(510);
    expect(plan(world.state, asked, wakeAt).reevaluate).toEqual([1]);
    world.apply({ kind: 'change', at: wakeAt, changes: [{ type: 'monitor.reevaluated', number: 1 }] });
    expect(world.state.monitors.get(1)!.round).toMatchObject({ step: 2, asked: [1] });
    expect(world.state.monitors.get(1)!.byLocation.get(6)!.noResponse).toBe(true);
  });

  test('a round waits for a result that can change the verdict', () => {
    const world = withFanOut();
    world.report(2, 'ok', world.now + 1);
    world.apply({
      kind: 'change',
      at: world.now + 2_000,
      changes: [{ type: 'monitor.reevaluated', number: 1 }],
    });
    expect(world.state.monitors.get(1)!.round).toMatchObject({ step: 1 });
    expect(plan(world.state, new Set(), world.now + 2_000).reevaluate).toEqual([]);
  });

  test('a fan-out leaves out a location that missed two deadlines, which abstains', () => {
    const world = new World(6);
    world.play(T0 + 3 * MINUTE);
    const missed = (at: number): ReportEntry => ({
      kind: 'report',
      at,
      location: 6,
      askedAt: at - 8_000,
      answeredAt: at,
      error: 'no answer within 8 s',
      missedDeadline: true,
      observations: [
        { monitor: 1, startedAt: at - 8_000, outcome: 'unmeasured', reason: 'late', timings: {} },
      ],
    });
    world.apply(missed(world.now + 1));
    world.apply(missed(world.now + 2));
    world.report(1, 'failed', world.now + 10);
    expect(world.state.monitors.get(1)!.round!.asked).toEqual([2, 3, 4, 5]);
    expect(world.state.monitors.get(1)!.byLocation.get(6)!.noResponse).toBe(true);
  });
});

describe('consecutive runs', () => {
  test('two failures within half of confirmSeconds are one', () => {
    const world = new World(1);
    world.play(T0 + 3 * MINUTE);
    world.report(1, 'failed', world.now + 1_000);
    world.report(1, 'failed', world.now + 5_000);
    expect(world.events()).toEqual([]);
    world.report(1, 'failed', world.now + 6_000);
    expect(world.events()).toEqual(['incident.opened']);
  });

  test('an older run that arrives late does not break a streak', () => {
    const world = new World(1);
    world.play(T0 + 3 * MINUTE);
    world.report(1, 'failed', world.now + 10_000);
    world.report(1, 'ok', world.now + 2_000);
    world.report(1, 'failed', world.now + 20_000);
    expect(world.events()).toEqual(['incident.opened']);
  });
});

describe('a single failure or success is enough', () => {
  test('with failures 1 a full outage is sent as an outage, never as partial first', () => {
    const world = new World(6, [{ failures: 1 }]);
    world.play(T0 + 5 * MINUTE);
    const onset = T0 + 5 * MINUTE + 3_000;
    world.sees = (_, at) => (at >= onset ? 'failed' : 'ok');
    world.play(T0 + 8 * MINUTE);
    expect(world.events()).toEqual(['incident.opened']);
    expect(world.notifications[0]!.at - onset).toBeLessThanOrEqual(20_000);
  });

  test('with failures 1 and one location that always fails, an outage is sent as an outage at once', () => {
    const world = new World(6, [{ failures: 1 }]);
    const onset = T0 + 5 * MINUTE + 3_000;
    world.sees = (location, at) => (location === 3 || at >= onset ? 'failed' : 'ok');
    world.play(T0 + 8 * MINUTE);
    expect(world.events()).toEqual(['incident.opened']);
  });

  test('with failures 1 and an hourly interval an outage opens as soon as with failures 2', () => {
    const delay = (failures: number): number => {
      const world = new World(6, [{ failures, intervalMs: HOUR }]);
      world.play(T0 + 2 * HOUR);
      world.sees = () => 'failed';
      world.play(T0 + 5 * HOUR);
      return world.notifications.find(({ event }) => event === 'incident.opened')!.at - (T0 + 2 * HOUR);
    };
    expect(delay(1)).toBeLessThanOrEqual(delay(2));
  });

  test('with recoveries 1 a recovery is sent as soon as with recoveries 2', () => {
    const delay = (recoveries: number): number => {
      const world = new World(6, [{ recoveries, intervalMs: HOUR }]);
      world.sees = () => 'failed';
      world.play(T0 + 2 * HOUR);
      world.sees = () => 'ok';
      world.play(T0 + 5 * HOUR);
      return world.notifications.find(({ event }) => event === 'incident.resolved')!.at - (T0 + 2 * HOUR);
    };
    expect(delay(1)).toBeLessThanOrEqual(delay(2));
  });
});
