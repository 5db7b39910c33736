// A location that fails everything: when it is quarantined, what that changes, and when it recovers.
import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/engine/explain/explain.ts';
import { type Saw, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const monitors = (count: number) => Array.from({ length: count }, () => ({}));

/** Six locations and ten monitors, everything well for three minutes. */
function healthy(locations = 6, count = 10): World {
  const world = new World(locations, monitors(count));
  world.play(T0 + 3 * MINUTE);
  expect(world.events()).toEqual([]);
  return world;
}

const quarantined = (world: World): number[] =>
  [...world.state.locations.values()]
    .filter(({ incident }) => incident?.kind === 'quarantined')
    .map(({ number }) => number);

/** From a moment on, these locations fail at these monitors. */
const failing = (
  locations: number[],
  numbers: number[] | 'all',
  from: number,
  to = Number.POSITIVE_INFINITY,
) =>
  ((location, at, monitor) =>
    locations.includes(location) && (numbers === 'all' || numbers.includes(monitor)) && at >= from && at < to
      ? 'failed'
      : 'ok') satisfies World['sees'];

describe('a location that fails everything', () => {
  test('a location that fails every monitor is quarantined once, and no monitor is notified', () => {
    const world = healthy();
    world.sees = failing([3], 'all', T0 + 3 * MINUTE);
    world.play(T0 + 6 * MINUTE);
    expect(quarantined(world)).toEqual([3]);
    expect(world.events()).toEqual([]);
    expect(world.locationNotifications).toMatchObject([
      {
        event: 'location.quarantined',
        location: 3,
        incident: { kind: 'quarantined', failedMonitors: 10, checkedMonitors: 10 },
      },
    ]);
    const { startedAt, incident } = world.locationNotifications[0]!;
    expect(startedAt).toBeGreaterThanOrEqual(T0 + 3 * MINUTE);
    expect(incident.detectedAt - startedAt).toBeLessThanOrEqual(1_000);
    expect(world.records).toMatchObject([{ location: 3, incident: { resolvedAt: null } }]);
  });

  test('two outliers of six are quarantined together, before a regional problem is sent', () => {
    const world = healthy();
    world.sees = failing([2, 5], 'all', T0 + 3 * MINUTE);
    world.play(T0 + 6 * MINUTE);
    expect(quarantined(world)).toEqual([2, 5]);
    expect(world.events()).toEqual([]);
  });

  test('three failing locations of six are a regional outage, and none is quarantined', () => {
    const world = healthy();
    world.sees = failing([1, 2, 3], 'all', T0 + 3 * MINUTE);
    world.play(T0 + 6 * MINUTE);
    expect(quarantined(world)).toEqual([]);
    expect(new Set(world.events())).toEqual(new Set(['incident.partial']));
    expect(world.events()).toHaveLength(10);
  });

  test('a quarantined location recovers after two agreeing runs, and no monitor lacks data meanwhile', () => {
    const world = healthy();
    const repaired = T0 + 8 * MINUTE;
    world.sees = failing([3], 'all', T0 + 3 * MINUTE, repaired);
    world.play(repaired);
    expect(quarantined(world)).toEqual([3]);
    world.play(repaired + 3 * MINUTE);
    expect(quarantined(world)).toEqual([]);
    expect(world.locationNotifications.map(({ event }) => event)).toEqual([
      'location.quarantined',
      'location.recovered',
    ]);
    const ended = world.locationNotifications[1]!;
    expect(ended.incident.id).toBe(world.locationNotifications[0]!.incident.id);
    expect(ended.at).toBeGreaterThanOrEqual(repaired + MINUTE);
    expect(ended.at).toBeLessThanOrEqual(repaired + 2 * MINUTE + 10_000);
    expect(world.events()).toEqual([]);
  });

  test('a quarantined location abstains, and outages that its peers see open and end as usual', () => {
    const world = healthy();
    const outage: World['sees'] = (location, at, monitor) =>
      location === 3 || (monitor === 1 && at >= T0 + 8 * MINUTE && at < T0 + 12 * MINUTE) ? 'failed' : 'ok';
    world.sees = (location, at, monitor) => (at < T0 + 3 * MINUTE ? 'ok' : outage(location, at, monitor));
    world.play(T0 + 15 * MINUTE);
    expect(world.events()).toEqual(['incident.opened', 'incident.resolved']);
    expect(world.notifications[0]!.quorum).toMatchObject({ required: 3, failing: 5, abstaining: 1 });
    expect(world.notifications[0]!.scope).not.toContain(3);
  });
});

describe('no quarantine', () => {
  test.each<[string, number[]]>([
    ['two of its monitors', [1, 2]],
    ['fewer than half of its monitors', [1, 2, 3, 4]],
  ])('a location that fails only %s is not quarantined', (_, numbers) => {
    const world = healthy();
    world.sees = failing([3], numbers, T0 + 3 * MINUTE);
    world.play(T0 + 10 * MINUTE);
    expect(quarantined(world)).toEqual([]);
  });

  test('a location is not quarantined for failures that most peers see too', () => {
    const world = healthy();
    world.sees = failing([1, 2, 3, 4, 5, 6], 'all', T0 + 3 * MINUTE);
    world.play(T0 + 5 * MINUTE);
    expect(quarantined(world)).toEqual([]);
    expect(world.events()).toHaveLength(10);
  });

  test('a location is not quarantined for failures on only two networks until they have lasted three intervals', () => {
    const world = healthy();
    for (const [number, monitor] of world.state.monitors) {
      const network = number % 2 ? '10.9.1.0/24' : '10.9.2.0/24';
      world.state = {
        ...world.state,
        monitors: new Map(world.state.monitors).set(number, { ...monitor, network }),
      };
    }
    world.sees = failing([3], 'all', T0 + 3 * MINUTE);
    world.play(T0 + 6 * MINUTE);
    expect(quarantined(world)).toEqual([]);
  });

  test('no location of two is quarantined', () => {
    const world = healthy(2);
    world.sees = failing([2], 'all', T0 + 3 * MINUTE);
    world.play(T0 + 10 * MINUTE);
    expect(quarantined(world)).toEqual([]);
    expect(world.events()).toEqual([]);
  });
});

describe('a mesh with a quarantined location', () => {
  const suspicious = (): World => {
    const world = healthy();
    world.sees = failing([3], 'all', T0 + 3 * MINUTE);
    world.play(T0 + 6 * MINUTE);
    return world;
  };

  test('a quarantined location is checked in its own slots only', () => {
    const world = suspicious();
    const before = world.runs;
    world.play(T0 + 12 * MINUTE);
    expect(world.runs - before).toBe(6 * 6 * 10);
  });

  test('a mesh that becomes too small ends its quarantines', () => {
    const world = suspicious();
    const changes = [1, 2, 4, 5].map((number) => ({
      type: 'location' as const,
      number,
      id: `aws:test-${number}`,
      enabled: false,
    }));
    world.apply({ kind: 'change', at: world.now + 1, changes });
    expect(quarantined(world)).toEqual([]);
    expect(world.locationNotifications.at(-1)).toMatchObject({
      event: 'location.recovered',
      location: 3,
      incident: { reason: 'too_few_locations' },
    });
  });

  test('disabling a quarantined location ends its incident', () => {
    const world = suspicious();
    const gone = { type: 'location' as const, number: 3, id: 'aws:test-3', enabled: false };
    world.apply({ kind: 'change', at: world.now + 1, changes: [gone] });
    expect(world.locationNotifications.at(-1)).toMatchObject({
      event: 'location.recovered',
      incident: { reason: 'disabled' },
    });
    expect(world.state.locations.get(3)!.incident).toBeNull();
  });

  test('a quarantine is explained', () => {
    const world = suspicious();
    const { why, locations } = explain(world.state, 1, world.now);
    expect(why).toContain('aws:test-3 is quarantined because it fails 10 of 10 monitors');
    expect(locations[2]!.abstainReason).toBe('quarantined');
  });
});

describe('a location that measures nothing', () => {
  const lost = (saw: Saw) => {
    const world = healthy(6, 2);
    world.sees = (location, at) => (location === 4 && at < T0 + 20 * MINUTE ? saw : 'ok');
    world.play(T0 + 30 * MINUTE);
    return world;
  };

  test('a location is sent as lost after five minutes, and as recovered when it measures again', () => {
    const world = lost('unmeasured');
    expect(world.events()).toEqual([]);
    expect(world.locationNotifications.map(({ event, incident }) => [event, incident.kind])).toEqual([
      ['location.lost', 'lost'],
      ['location.recovered', 'lost'],
    ]);
    const [gone, back] = world.locationNotifications;
    expect(gone!.at - gone!.startedAt).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(gone!.at - gone!.startedAt).toBeLessThanOrEqual(5 * MINUTE + 11_000);
    expect(back!.at - T0 - 20 * MINUTE).toBeLessThanOrEqual(MINUTE);
  });

  test('a location that measures failures is not lost', () => {
    expect(lost('failed').locationNotifications).toEqual([]);
  });

  test('a location is not lost right after its monitors resume or get a shorter interval', () => {
    const world = healthy(6, 2);
    const change = (parts: object): void => {
      const changes = [1, 2].map((number) => ({
        type: 'monitor' as const,
        number,
        policy: { ...world.state.monitors.get(number)!.policy, ...parts },
      }));
      world.apply({ kind: 'change', at: Math.max(world.now, world.state.at + 1), changes });
    };
    change({ paused: true });
    world.play(T0 + 60 * MINUTE);
    change({ paused: false, intervalMs: 60 * MINUTE });
    world.play(T0 + 110 * MINUTE);
    change({ intervalMs: MINUTE });
    world.play(T0 + 120 * MINUTE);
    expect(world.locationNotifications).toEqual([]);
  });

  test('a location is not lost right after it is enabled again', () => {
    const world = healthy(6, 2);
    world.sees = (location) => (location === 4 ? 'unmeasured' : 'ok');
    world.play(T0 + 6 * MINUTE);
    const enable = (enabled: boolean): void => {
      const at = Math.max(world.now, world.state.at + 1);
      world.apply({
        kind: 'change',
        at,
        changes: [{ type: 'location', number: 4, id: 'aws:test-4', enabled }],
      });
    };
    enable(false);
    world.play(T0 + 60 * MINUTE);
    enable(true);
    world.play(T0 + 64 * MINUTE);
    expect(world.locationNotifications).toEqual([]);
    world.play(T0 + 66 * MINUTE);
    expect(world.locationNotifications.map(({ event }) => event)).toEqual(['location.lost']);
  });

  test('a location is not lost by a coordinator gap', () => {
    const world = healthy(6, 2);
    world.now = T0 + 60 * MINUTE;
    world.play(T0 + 70 * MINUTE);
    expect(world.locationNotifications).toEqual([]);
  });
});
