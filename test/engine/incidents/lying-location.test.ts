// One location that lies: about the address of targets, about their state, or about both. What its word decides.
import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/engine/explain/explain.ts';
import { networkKey } from '../../../src/engine/incidents/target-network.ts';
import type { Policy } from '../../../src/engine/model/state.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const minutes = (count: number): number => T0 + count * MINUTE;
const LIAR = 3;
const ONE_NETWORK = '203.0.113.0/24';

/** Six locations, healthy for three minutes. */
function healthy(
  count: number,
  {
    locations = 6,
    networkSeen,
    each = {},
  }: { locations?: number; networkSeen?: World['networkSeen']; each?: Partial<Policy> } = {},
): World {
  const world = new World(
    locations,
    Array.from({ length: count }, () => each),
  );
  if (networkSeen) world.networkSeen = networkSeen;
  world.play(minutes(3));
  expect(world.events()).toEqual([]);
  return world;
}

const quarantined = (world: World): number[] =>
  [...world.state.locations.values()]
    .filter(({ incident }) => incident?.kind === 'quarantined')
    .map(({ number }) => number);

const failsEverything =
  (...liars: number[]): World['sees'] =>
  (location, at) =>
    liars.includes(location) && at >= minutes(3) ? 'failed' : 'ok';

const locationEvents = (world: World) =>
  world.locationNotifications.map(({ event, location }) => [event, location]);

describe('a location that lies about addresses', () => {
  const own: World['networkSeen'] = (_, __, monitor) => `10.0.${monitor}.0/24`;

  test.each<[string, World['networkSeen']]>([
    ['the same network for every monitor', () => ONE_NETWORK],
    [
      'another network in every run',
      (_, at, monitor) => `10.9.${(Math.floor(at / 1_000) * 7 + monitor) % 250}.0/24`,
    ],
    ['the network of another monitor', (_, at, monitor) => own(LIAR, at, 1 + (monitor % 10))],
  ])('a location that reports %s and fails everything is quarantined like any other', (_, lie) => {
    const world = healthy(10, {
      networkSeen: (location, at, monitor) =>
        location === LIAR ? lie(location, at, monitor) : own(location, at, monitor),
    });
    world.sees = failsEverything(LIAR);
    world.play(minutes(6));
    expect(quarantined(world)).toEqual([LIAR]);
    expect(world.state.locations.get(LIAR)!.incident!.rule).toBe('three_networks');
    expect(world.state.locations.get(LIAR)!.incident!.detectedAt).toBeLessThan(minutes(4));
    expect(world.events()).toEqual([]);
  });

  test('it does not decide the network of a target, also if it reports first and the others have not resolved it yet', () => {
    const world = new World(6, [{}]);
    world.networkSeen = () => ONE_NETWORK;
    world.report(LIAR, 'ok', T0 + 1_000);
    expect(world.state.monitors.get(1)!.network).toBeNull();
  });

  test('networks that it invents do not make one network look like three', () => {
    const world = healthy(10, {
      networkSeen: (location, _, monitor) => (location === LIAR ? `10.8.${monitor}.0/24` : ONE_NETWORK),
    });
    world.sees = failsEverything(LIAR);
    world.play(minutes(6) - 10_000);
    // Quarantine at once needs three networks.
    expect(quarantined(world)).toEqual([]);
  });
});

describe('the network of a target', () => {
  const A = '192.0.2.0/24';
  const B = '198.51.100.0/24';
  const changeHost = (world: World, host: string, type: 'monitor' | 'monitor.target_changed' = 'monitor') =>
    world.apply({
      ...{ kind: 'change', at: Math.max(world.now, world.state.at + 1) },
      changes: [{ type, number: 1, policy: policy(), host }],
    });

  test('targets whose locations do not agree count as on the network of their host', () => {
    const world = new World(4, [{}, {}, {}]);
    world.networkSeen = (location) => (location <= 2 ? A : B);
    const change = (number: number, host: string) => ({
      type: 'monitor' as const,
      number,
      policy: policy(),
      host,
    });
    world.apply({
      ...{ kind: 'change', at: T0 + 1 },
      changes: [change(1, 'shop.example.com'), change(2, 'shop.example.com'), change(3, 'mail.example.com')],
    });
    world.play(minutes(3));
    const [shop, alsoShop, mail] = [1, 2, 3].map((number) => world.state.monitors.get(number)!);
    expect([shop!.network, mail!.network]).toEqual([null, null]);
    expect(networkKey(shop!)).toBe(networkKey(alsoShop!));
    expect(networkKey(shop!)).not.toBe(networkKey(mail!));
    expect(explain(world.state, 1, world.now).network).toEqual({ by: 'host' });
    world.networkSeen = () => A;
    world.play(minutes(3) + 86_400_000);
    expect(explain(world.state, 1, world.now).network).toEqual({ by: 'majority', name: A });
    expect(explain(world.state, 1, world.now).locations.map(({ network }) => network)).toEqual([A, A, A, A]);
  });

  test('a target that moves is followed within a day, and a rotating one changes at most once a day', () => {
    const world = new World(3, [{}]);
    let moved = 0;
    const apply = world.apply.bind(world);
    world.apply = (entry) => {
      const before = [...(world.state.monitors.get(1)?.byLocation.values() ?? [])].map(
        ({ network }) => network,
      );
      apply(entry);
      const after = [...world.state.monitors.get(1)!.byLocation.values()].map(({ network }) => network);
      moved += after.filter((network, index) => before[index] != null && network !== before[index]).length;
    };
    world.networkSeen = (_, at) => `10.2.${Math.floor(at / 7_000) % 3}.0/24`;
    world.play(T0 + 2 * 86_400_000);
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThanOrEqual(3 * 2);
    world.networkSeen = () => '10.1.1.0/24';
    world.play(T0 + 3 * 86_400_000);
    expect(world.state.monitors.get(1)!.network).toBe('10.1.1.0/24');
  });

  test('a new target starts without a network, a pause keeps it, and an address as host counts as its network', () => {
    const world = new World(3, [{}]);
    world.networkSeen = () => A;
    changeHost(world, A);
    const byHost = networkKey(world.state.monitors.get(1)!);
    world.play(minutes(3));
    expect([world.state.monitors.get(1)!.network, networkKey(world.state.monitors.get(1)!)]).toEqual([
      A,
      byHost,
    ]);
    changeHost(world, 'b.example.com', 'monitor.target_changed');
    const { network, hostHash, byLocation } = world.state.monitors.get(1)!;
    expect([network, hostHash === byHost, [...byLocation.values()].map((one) => one.network)]).toEqual([
      null,
      false,
      [null, null, null],
    ]);
  });

  test('a run that measured nothing reports no network', () => {
    const world = new World(1, [{}]);
    world.apply({
      ...{
        kind: 'report',
        at: T0 + 10,
        location: 1,
        askedAt: T0 + 5,
        answeredAt: T0 + 9,
        error: null,
        missedDeadline: false,
      },
      observations: [
        { monitor: 1, startedAt: T0 + 6, outcome: 'unmeasured', reason: 'deadline', timings: {}, network: A },
      ],
    });
    expect(world.state.monitors.get(1)!.network).toBeNull();
  });
});

describe('a location that fails targets on fewer than three networks', () => {
  const together: World['networkSeen'] = () => ONE_NETWORK;

  test('it is quarantined after three intervals if it alone fails what all others see ok', () => {
    const world = healthy(5, { networkSeen: together });
    world.sees = failsEverything(LIAR);
    world.play(minutes(6));
    expect(quarantined(world)).toEqual([]);
    world.play(minutes(7));
    expect(quarantined(world)).toEqual([LIAR]);
    expect(world.events()).toEqual([]);
    expect(world.locationNotifications).toMatchObject([
      {
        event: 'location.quarantined',
        incident: { rule: 'alone', failedMonitors: 5, checkedMonitors: 5 },
      },
    ]);
    const { startedAt, incident } = world.locationNotifications[0]!;
    expect(incident.detectedAt - startedAt).toBeGreaterThanOrEqual(3 * MINUTE);
    const { why, locations } = explain(world.state, 1, world.now);
    expect(why).toContain(
      'aws:test-3 is quarantined because it fails 5 of 5 monitors that other locations reach.',
    );
    expect(why).toContain('The rule: it alone, at least 90 % of at least 5 monitors that all others see ok');
    expect(locations[2]!.quarantine).toMatchObject({ rule: 'alone', failedMonitors: 5 });
    expect(locations[1]!.quarantine).toBeNull();
  });

  test.each([
    [
      'two networks',
      (_: number, __: number, monitor: number) => (monitor % 2 ? '10.0.1.0/24' : '10.0.2.0/24'),
    ],
    ['unknown networks', null],
  ] as const)('the same holds for %s', (_, networkSeen) => {
    const world = healthy(6, networkSeen ? { networkSeen } : {});
    if (!networkSeen) {
      const monitors = [...world.state.monitors].map(([number, monitor]) => {
        const byLocation = new Map(
          [...monitor.byLocation].map(([one, status]) => [one, { ...status, network: null }]),
        );
        return [number, { ...monitor, network: null, byLocation }] as const;
      });
      world.state = { ...world.state, monitors: new Map(monitors) };
      world.networkSeen = (location, at) => `10.${location}.${Math.floor(at / MINUTE) % 200}.0/24`;
    }
    world.sees = failsEverything(LIAR);
    world.play(minutes(7));
    expect(quarantined(world)).toEqual([LIAR]);
  });

  test('it recovers when it agrees with its peers again', () => {
    const world = healthy(5, { networkSeen: together });
    world.sees = (location, at) =>
      location === LIAR && at >= minutes(3) && at < minutes(10) ? 'failed' : 'ok';
    world.play(minutes(14));
    expect(locationEvents(world)).toEqual([
      ['location.quarantined', LIAR],
      ['location.recovered', LIAR],
    ]);
  });

  test.each<[string, number, World['sees']]>([
    ['fewer than five monitors', 4, failsEverything(LIAR)],
    [
      'eight of ten monitors',
      10,
      (location, at, monitor) => (location === LIAR && monitor > 2 && at >= minutes(3) ? 'failed' : 'ok'),
    ],
    [
      'monitors that another location sees fail too',
      5,
      (location, at, monitor) => {
        if (at < minutes(3)) return 'ok';
        return location === LIAR || (location === 5 && monitor === 1) ? 'failed' : 'ok';
      },
    ],
    [
      'everything, but never for three intervals',
      5,
      (location, at) =>
        location === LIAR && at >= minutes(3) && Math.floor(at / MINUTE) % 3 > 0 ? 'failed' : 'ok',
    ],
  ])('it is not quarantined if it fails %s', (_, count, sees) => {
    const world = healthy(count, { networkSeen: together });
    world.sees = sees;
    world.play(minutes(20));
    expect(quarantined(world)).toEqual([]);
    // Its word alone opens nothing.
    expect(world.events().filter((event) => event === 'incident.opened')).toEqual([]);
  });

  test('nine of ten monitors are enough', () => {
    const world = healthy(10, { networkSeen: together });
    world.sees = (location, at, monitor) =>
      location === LIAR && monitor > 1 && at >= minutes(3) ? 'failed' : 'ok';
    world.play(minutes(8));
    expect(world.state.locations.get(LIAR)!.incident).toMatchObject({
      failedMonitors: 9,
      checkedMonitors: 10,
    });
  });

  test('two such locations are a regional problem', () => {
    const world = healthy(5, { networkSeen: together });
    world.sees = failsEverything(LIAR, 4);
    world.play(minutes(10));
    expect(quarantined(world)).toEqual([]);
    expect(new Set(world.events())).toEqual(new Set(['incident.partial']));
    expect(world.notifications[0]!.scope).toEqual([LIAR, 4]);
    expect(world.notifications[0]!.at).toBeLessThanOrEqual(minutes(3) + 3 * MINUTE);
  });

  test('a second such location ends the quarantine of the first, and both make a regional problem', () => {
    const world = healthy(5, { networkSeen: together });
    world.sees = (location, at) =>
      (location === LIAR && at >= minutes(3)) || (location === 4 && at >= minutes(20)) ? 'failed' : 'ok';
    world.play(minutes(19));
    expect(quarantined(world)).toEqual([LIAR]);
    world.play(minutes(26));
    expect(quarantined(world)).toEqual([]);
    expect(world.locationNotifications.at(-1)).toMatchObject({
      event: 'location.recovered',
      incident: { reason: 'regional_problem' },
    });
    expect(world.events().filter((event) => event === 'incident.partial')).toHaveLength(5);
    // Alone again, the first one returns to quarantine.
    world.sees = failsEverything(LIAR);
    world.play(minutes(34));
    expect(quarantined(world)).toEqual([LIAR]);
  });

  test('a real outage of some monitors does not protect it', () => {
    const world = healthy(8, { networkSeen: together });
    world.sees = (location, at, monitor) =>
      at >= minutes(3) && (location === LIAR || monitor > 5) ? 'failed' : 'ok';
    world.play(minutes(8));
    expect(quarantined(world)).toEqual([LIAR]);
    expect(new Set(world.notifications.map(({ monitor }) => monitor))).toEqual(new Set([6, 7, 8]));
  });

  test('an honest location is not quarantined by the word of one other location', () => {
    // Monitors of two locations: one sees them fail, the other one reports ok.
    for (const networkSeen of [
      together,
      (_: number, __: number, monitor: number) => `10.0.${monitor}.0/24`,
    ]) {
      const world = healthy(6, { locations: 3, networkSeen, each: { locations: [1, 2] } });
      world.sees = (location, at) => (location === 1 && at >= minutes(3) ? 'failed' : 'ok');
      world.play(minutes(20));
      expect(quarantined(world)).toEqual([]);
    }
  });

  test('monitors on networks of their own whose runs are too far apart for one round are covered too', () => {
    const hour = 60 * MINUTE;
    const world = new World(
      6,
      Array.from({ length: 5 }, () => ({ intervalMs: hour })),
    );
    world.play(T0 + 2 * hour);
    world.sees = failsEverything(LIAR);
    world.play(T0 + 6 * hour);
    expect(world.state.locations.get(LIAR)!.incident).toMatchObject({ kind: 'quarantined', rule: 'alone' });
    expect(world.events()).toEqual([]);
  });

  test('a mesh of two locations quarantines none', () => {
    const world = healthy(6, { locations: 2, networkSeen: together });
    world.sees = failsEverything(2);
    world.play(minutes(20));
    expect([quarantined(world), world.events()]).toEqual([[], []]);
  });
});
