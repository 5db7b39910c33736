// Regional problems of monitors that depend on each other: two locations that are cut off from all of them are one
// message, and a regional problem of a dependency explains nothing that is wider than itself.
import { describe, expect, test } from 'vitest';
import type { MonitorNotification } from '../../../src/engine/model/notification.ts';
import type { Policy } from '../../../src/engine/model/state.ts';
import { T0, World } from '../../support/engine/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const minutes = (count: number): number => T0 + count * MINUTE;

const sent = (world: World) => world.notifications.map(({ event, monitor }) => [event, monitor]);
const recordsOf = (world: World, number: number) =>
  world.records.filter((record) => 'monitor' in record && record.monitor === number);

/** All targets share a network, as ports of one machine do, so that no location is quarantined. */
function oneNetwork(monitors: Partial<Policy>[]): World {
  const world = new World(6, monitors);
  world.networkSeen = () => '192.0.2.0/24';
  return world;
}

/** `cut` are the locations that a monitor fails at. */
function cutOff(
  monitors: Partial<Policy>[],
  cut: (monitor: number) => readonly number[],
  [from, to]: readonly [number, number] = [minutes(10), minutes(25)],
): World {
  const world = oneNetwork(monitors);
  world.sees = (location, at, monitor) =>
    at >= from && at < to && cut(monitor).includes(location) ? 'failed' : 'ok';
  return world;
}

const ONE_MESSAGE: readonly (readonly [MonitorNotification['event'], number])[] = [
  ['incident.partial', 1],
  ['incident.partial_resolved', 1],
];

describe('two locations that are cut off from several monitors', () => {
  const shapes: readonly (readonly [string, Partial<Policy>[]])[] = [
    ['a parent and three children', [{}, { dependsOn: [1] }, { dependsOn: [1] }, { dependsOn: [1] }]],
    ['a chain of four', [{}, { dependsOn: [1] }, { dependsOn: [2] }, { dependsOn: [3] }]],
    [
      'children with a shorter interval',
      [{}, { dependsOn: [1], intervalMs: 30_000 }, { dependsOn: [1], intervalMs: 20_000 }],
    ],
    [
      'a parent with an hourly interval',
      [{ intervalMs: 60 * MINUTE }, { dependsOn: [1] }, { dependsOn: [1] }],
    ],
    ['children with an hourly interval', [{}, { dependsOn: [1], intervalMs: 60 * MINUTE }]],
  ];
  test.each(shapes)('are one message about the parent: %s', (_, monitors) => {
    // Every location of an hourly monitor has checked it by then.
    const isHourly = monitors.some(({ intervalMs = 0 }) => intervalMs > MINUTE);
    for (let onset = 0; onset < 60; onset += 9) {
      const from = minutes(isHourly ? 65 : 5) + onset * SECOND;
      const world = cutOff(monitors, () => [2, 5], [from, from + 15 * MINUTE]);
      world.play(from + (isHourly ? 70 : 25) * MINUTE);
      expect([onset, sent(world)]).toEqual([onset, ONE_MESSAGE]);
      expect(world.notifications[0]!.scope).toEqual([2, 5]);
    }
  });

  test('three locations that are cut off at once are one message, too', () => {
    const world = cutOff([{}, { dependsOn: [1] }, { dependsOn: [2] }], () => [1, 2, 3]);
    world.play(minutes(40));
    expect(sent(world)).toEqual(ONE_MESSAGE);
  });

  test('every incident is recorded as early as without a dependency', () => {
    const times = (monitors: Partial<Policy>[]): unknown => {
      const world = cutOff(monitors, () => [2, 5]);
      world.play(minutes(40));
      return [1, 2, 3].map((number) => recordsOf(world, number).map(({ incident }) => incident.detectedAt));
    };
    const apart = times([{}, {}, {}]) as number[][];
    const bound = times([{}, { dependsOn: [1] }, { dependsOn: [2] }]) as number[][];
    expect(bound.map((own) => own.length)).toEqual([2, 2, 2]);
    bound.forEach((own, monitor) => {
      for (const [index, at] of own.entries()) expect(at).toBeLessThanOrEqual(apart[monitor]![index]!);
    });
  });
});

describe('a regional problem of a dependency', () => {
  const parentAndChild = [{}, { dependsOn: [1] }];

  test('does not explain one that is wider', () => {
    const world = cutOff(parentAndChild, (monitor) => (monitor === 1 ? [2, 5] : [2, 3, 5]));
    world.play(minutes(20));
    expect(sent(world)).toContainEqual(['incident.partial', 2]);
  });

  test('does not explain one at other locations, which is sent without any wait', () => {
    const alone = cutOff([{}, {}], (monitor) => (monitor === 1 ? [] : [2, 5]));
    const world = cutOff(parentAndChild, (monitor) => (monitor === 1 ? [] : [2, 5]));
    for (const one of [alone, world]) one.play(minutes(20));
    expect(sent(world)).toEqual([['incident.partial', 2]]);
    expect(world.notifications[0]!.at - alone.notifications[0]!.at).toBeLessThanOrEqual(SECOND);
    const other = cutOff(parentAndChild, (monitor) => (monitor === 1 ? [1, 6] : [2, 5]));
    other.play(minutes(20));
    expect(sent(other).sort()).toEqual([
      ['incident.partial', 1],
      ['incident.partial', 2],
    ]);
  });

  test('never suppresses an outage, which is sent as fast as any other', () => {
    const world = oneNetwork(parentAndChild);
    const onset = minutes(20) + 3_000;
    world.sees = (location, at, monitor) => {
      if (monitor === 1) return at >= minutes(10) && [2, 5].includes(location) ? 'failed' : 'ok';
      return at >= onset ? 'failed' : 'ok';
    };
    world.play(minutes(30));
    expect(sent(world)).toEqual([
      ['incident.partial', 1],
      ['incident.opened', 2],
    ]);
    expect(world.notifications[1]!.at - onset).toBeLessThanOrEqual(20_000);
  });

  test('stops explaining one that becomes wider, which is sent then', () => {
    const world = oneNetwork(parentAndChild);
    world.sees = (location, at, monitor) => {
      const cut = monitor === 2 && at >= minutes(20) ? [2, 3, 5] : [2, 5];
      return at >= minutes(10) && cut.includes(location) ? 'failed' : 'ok';
    };
    world.play(minutes(19));
    expect(sent(world)).toEqual([['incident.partial', 1]]);
    world.play(minutes(22));
    expect(sent(world)).toEqual([
      ['incident.partial', 1],
      ['incident.partial', 2],
    ]);
  });

  test('a regional problem that outlasts that of its dependency is sent once, soon after that is over', () => {
    const world = oneNetwork(parentAndChild);
    world.sees = (location, at, monitor) =>
      [2, 5].includes(location) && at >= minutes(10) && at < minutes(monitor === 1 ? 20 : 40)
        ? 'failed'
        : 'ok';
    world.play(minutes(60));
    expect(sent(world)).toEqual([
      ['incident.partial', 1],
      ['incident.partial_resolved', 1],
      ['incident.partial', 2],
      ['incident.partial_resolved', 2],
    ]);
    expect(world.notifications[2]!.at - world.notifications[1]!.at).toBeLessThanOrEqual(30_000);
  });

  test('a regional problem that becomes an outage is sent as an outage, once', () => {
    const world = oneNetwork(parentAndChild);
    world.sees = (location, at, monitor) => {
      const fails = [2, 5].includes(location) || (monitor === 2 && at >= minutes(20));
      return at >= minutes(10) && at < minutes(30) && fails ? 'failed' : 'ok';
    };
    world.play(minutes(45));
    expect(sent(world).filter(([, monitor]) => monitor === 2)).toEqual([
      ['incident.opened', 2],
      ['incident.resolved', 2],
    ]);
  });
});
