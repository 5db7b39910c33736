// Notifications that are suppressed by windows, dependencies and flapping, and sent when that ends.
import { describe, expect, test } from 'vitest';
import { T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const minutes = (count: number): number => T0 + count * MINUTE;

/** Down between these minutes, seen from everywhere. */
const downBetween =
  (...spans: (readonly [from: number, to: number, monitor?: number])[]): World['sees'] =>
  (_, at, monitor) =>
    spans.some(([from, to, only = monitor]) => monitor === only && at >= minutes(from) && at < minutes(to))
      ? 'failed'
      : 'ok';

const sent = (world: World) => world.notifications.map(({ event, monitor }) => [event, monitor]);

describe.each(['maintenance', 'silence'] as const)('during %s', (kind) => {
  test('an outage that ends within a window is recorded and not sent', () => {
    const world = new World(6);
    world.window(kind, 10 * MINUTE, 20 * MINUTE);
    world.sees = downBetween([12, 15]);
    world.play(minutes(30));
    expect(world.events()).toEqual([]);
    expect(world.records.map((record) => record.incident.resolvedAt === null)).toEqual([true, false]);
  });

  test('an outage that outlasts a window is sent at its end, with its true start', () => {
    const world = new World(6);
    world.window(kind, 10 * MINUTE, 20 * MINUTE);
    world.sees = downBetween([15, 25]);
    world.play(minutes(30));
    expect(world.events()).toEqual(['incident.opened', 'incident.resolved']);
    expect(world.notifications[0]!.at - minutes(20)).toBeLessThanOrEqual(1_000);
    expect(world.notifications[0]!.at).toBeGreaterThanOrEqual(minutes(20));
    expect(world.notifications[0]!.startedAt).toBeLessThanOrEqual(minutes(15) + 10_000);
  });

  test('an outage of a monitor with an hourly interval is sent at the end of a window, too', () => {
    const world = new World(6, [{ intervalMs: 60 * MINUTE }]);
    world.window(kind, 60 * MINUTE, 123 * MINUTE);
    world.sees = downBetween([65, 300]);
    world.play(minutes(125));
    expect(world.events()).toEqual(['incident.opened']);
    expect(world.notifications[0]!.at - minutes(123)).toBeLessThanOrEqual(1_000);
  });

  test('the end of an outage that was sent before a window is sent when the window ends', () => {
    const world = new World(6);
    world.window(kind, 10 * MINUTE, 20 * MINUTE);
    world.sees = downBetween([5, 15]);
    world.play(minutes(30));
    expect(world.events()).toEqual(['incident.opened', 'incident.resolved']);
    const [, resolved] = world.notifications;
    expect(resolved!.at).toBeGreaterThanOrEqual(minutes(20));
    expect(resolved!.incident!.resolvedAt! - minutes(15)).toBeLessThanOrEqual(10_000);
  });

  test('an outage within a window is sent after the end of an earlier one', () => {
    const world = new World(6);
    world.window(kind, 10 * MINUTE, 20 * MINUTE);
    world.sees = downBetween([5, 12], [16, 30]);
    world.play(minutes(25));
    expect(world.events()).toEqual(['incident.opened', 'incident.resolved', 'incident.opened']);
    expect(new Set(world.notifications.map(({ incident }) => incident!.id)).size).toBe(2);
  });

  test('no data is not sent in a window, and is sent afterwards if it lasts', () => {
    const world = new World(6);
    world.window(kind, 10 * MINUTE, 40 * MINUTE);
    world.sees = (_, at) => (at >= minutes(12) && at < minutes(50) ? 'unmeasured' : 'ok');
    world.play(minutes(39));
    expect(world.events()).toEqual([]);
    world.play(minutes(60));
    expect(world.events()).toEqual(['monitor.no_data', 'monitor.no_data_resolved']);
  });

  test('deleting a monitor in a window sends the end of its outage at once', () => {
    const world = new World(6);
    world.window(kind, 10 * MINUTE, 20 * MINUTE);
    world.sees = downBetween([5, 30]);
    world.play(minutes(12));
    world.apply({ kind: 'change', at: world.now + 1, changes: [{ type: 'monitor.deleted', number: 1 }] });
    expect(world.events()).toEqual(['incident.opened', 'incident.resolved']);
  });

  test('a window suppresses only the monitors that it names', () => {
    const world = new World(6, [{}, {}]);
    world.window(kind, 10 * MINUTE, 20 * MINUTE, [2]);
    world.sees = downBetween([12, 15]);
    world.play(minutes(30));
    expect(sent(world)).toEqual([
      ['incident.opened', 1],
      ['incident.resolved', 1],
    ]);
  });

  test('deleting a window sends at once what it suppressed', () => {
    const world = new World(6);
    world.window(kind, 10 * MINUTE, 20 * MINUTE);
    world.sees = downBetween([12, 30]);
    world.play(minutes(14));
    const [id] = world.state.windows.keys();
    world.apply({ kind: 'change', at: world.now + 1, changes: [{ type: 'window.deleted', id: id! }] });
    expect(world.events()).toEqual(['incident.opened']);
  });
});

describe('monitors with dependencies', () => {
  /** Monitor 2 needs monitor 1. */
  const parentAndChild = () => new World(6, [{}, { dependsOn: [1] }]);

  test('a monitor whose dependency is down has an incident and no notification', () => {
    const world = parentAndChild();
    world.sees = downBetween([10, 20]);
    world.play(minutes(30));
    expect(sent(world)).toEqual([
      ['incident.opened', 1],
      ['incident.resolved', 1],
    ]);
    expect(world.records.filter((record) => 'monitor' in record && record.monitor === 2)).toHaveLength(2);
  });

  test("an outage that outlasts its dependency's is sent once, soon after that recovered", () => {
    const world = parentAndChild();
    world.sees = downBetween([10, 20, 1], [10, 40, 2]);
    world.play(minutes(50));
    expect(sent(world)).toEqual([
      ['incident.opened', 1],
      ['incident.resolved', 1],
      ['incident.opened', 2],
      ['incident.resolved', 2],
    ]);
    expect(world.notifications[2]!.at - world.notifications[1]!.at).toBeLessThanOrEqual(30_000);
  });

  test('an outage with a healthy dependency is sent as fast as any other', () => {
    const world = parentAndChild();
    const onset = minutes(10) + 3_000;
    world.sees = (_, at, monitor) => (monitor === 2 && at >= onset && at < minutes(20) ? 'failed' : 'ok');
    world.play(minutes(30));
    expect(sent(world)).toEqual([
      ['incident.opened', 2],
      ['incident.resolved', 2],
    ]);
    expect(world.notifications[0]!.at - onset).toBeLessThanOrEqual(20_000);
  });

  test('an outage waits for a dependency with an hourly interval, which the fan-out checks', () => {
    const world = new World(6, [{ intervalMs: 60 * MINUTE }, { dependsOn: [1] }]);
    world.play(minutes(61));
    world.sees = () => 'failed';
    world.play(minutes(70));
    expect(sent(world)).toEqual([['incident.opened', 1]]);
  });

  test('an outage is suppressed by an indirect dependency', () => {
    const world = new World(6, [{}, { dependsOn: [1] }, { dependsOn: [2] }]);
    world.sees = downBetween([10, 20]);
    world.play(minutes(30));
    expect(new Set(world.notifications.map(({ monitor }) => monitor))).toEqual(new Set([1]));
  });

  test('an outage does not wait forever for a dependency that stays pending', () => {
    const world = parentAndChild();
    world.sees = (location, at, monitor) => {
      if (at < minutes(10)) return 'ok';
      return monitor === 2 || (location === 3 && Math.floor(at / 10_000) % 2 === 0) ? 'failed' : 'ok';
    };
    world.play(minutes(12));
    expect(sent(world)[0]).toEqual(['incident.opened', 2]);
  });
});

describe('flapping monitors', () => {
  /** Two minutes down, two minutes up, for an hour. */
  const flapping: World['sees'] = (_, at) =>
    at >= minutes(10) && at < minutes(70) && Math.floor((at - minutes(10)) / (2 * MINUTE)) % 2 === 0
      ? 'failed'
      : 'ok';

  test('flapping is sent once in place of every change, and its end once', () => {
    const world = new World(6);
    world.sees = flapping;
    world.play(minutes(120));
    expect(world.events()).toEqual([
      'incident.opened',
      'incident.resolved',
      'incident.opened',
      'incident.resolved',
      'monitor.flapping',
      'monitor.flapping_ended',
    ]);
    expect(world.records.length).toBe(30);
  });

  test('an outage that outlasts flapping is sent five minutes after it was detected, before flapping ends', () => {
    const world = new World(6);
    world.sees = (location, at, monitor) => (at >= minutes(70) ? 'failed' : flapping(location, at, monitor));
    world.play(minutes(120));
    expect(world.events().slice(4)).toEqual([
      'monitor.flapping',
      'incident.opened',
      'monitor.flapping_ended',
    ]);
    const { at, id, incident } = world.notifications[5]!;
    expect([at, id]).toEqual([incident!.detectedAt + 5 * MINUTE, `${incident!.id}_opened`]);
  });

  test('the first outage after regional flapping is sent', () => {
    const world = new World(6);
    world.sees = (location, at, monitor) => {
      if (at >= minutes(40)) return 'failed';
      return location <= 3 ? flapping(location, at, monitor) : 'ok';
    };
    world.play(minutes(45));
    expect(world.events()).toContain('monitor.flapping');
    expect(world.events().at(-1)).toBe('incident.opened');
    // Three locations failed already: the fourth to fail starts the fan-out.
    expect(world.notifications.at(-1)!.at - minutes(40)).toBeLessThanOrEqual(50_000);
  });

  test('two outages within an hour are not flapping', () => {
    const world = new World(6);
    world.sees = downBetween([10, 12], [40, 45]);
    world.play(minutes(80));
    expect(world.events()).toEqual([
      'incident.opened',
      'incident.resolved',
      'incident.opened',
      'incident.resolved',
    ]);
  });

  test('an outage that begins and ends as a regional problem is not flapping', () => {
    const world = new World(6);
    world.sees = (location, at) => {
      const regional = location <= 3 && at >= minutes(10) && at < minutes(20);
      return regional || (at >= minutes(13) && at < minutes(16)) ? 'failed' : 'ok';
    };
    world.play(minutes(60));
    expect(world.events()).toEqual([
      'incident.partial',
      'incident.opened',
      'incident.resolved',
      'incident.partial',
      'incident.partial_resolved',
    ]);
  });

  test('changes in maintenance are not flapping', () => {
    const world = new World(6);
    world.window('maintenance', 5 * MINUTE, 75 * MINUTE);
    world.sees = flapping;
    world.play(minutes(120));
    expect(world.events()).toEqual([]);
  });

  test('pausing a flapping monitor sends the end of flapping', () => {
    const world = new World(6);
    world.sees = flapping;
    world.play(minutes(30));
    const policy = { ...world.state.monitors.get(1)!.policy, paused: true };
    world.apply({ kind: 'change', at: world.now + 1, changes: [{ type: 'monitor', number: 1, policy }] });
    expect(world.events().at(-1)).toBe('monitor.flapping_ended');
  });
});
