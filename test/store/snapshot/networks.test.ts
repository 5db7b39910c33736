// The networks that locations report, in a snapshot: exact, and without a byte where all report the same.
import { expect, test } from 'vitest';
import type { State } from '../../../src/engine/model/state.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;

function played(networkSeen: World['networkSeen'], monitors = 3): World {
  const world = new World(
    6,
    Array.from({ length: monitors }, () => ({})),
  );
  world.networkSeen = networkSeen;
  world.play(T0 + 2 * MINUTE);
  return world;
}

const networksOf = (state: State) =>
  [...state.monitors.values()].map(({ network, hostHash, byLocation }) => [
    ...[network, hostHash],
    [...byLocation.values()].map((status) => status.network),
  ]);

test.each<[string, World['networkSeen']]>([
  ['all locations agree', () => '10.0.1.0/24'],
  ['one location lies', (location, _, monitor) => (location === 2 ? '10.9.9.0/24' : `10.0.${monitor}.0/24`)],
  ['no two locations agree', (location, _, monitor) => `10.${location}.${monitor}.0/24`],
])('a snapshot keeps every reported network if %s', (_, networkSeen) => {
  const { state } = played(networkSeen);
  const decoded = decodeSnapshot(encodeSnapshot(state));
  expect(networksOf(decoded)).toEqual(networksOf(state));
  expect(encodeSnapshot(decoded)).toBe(encodeSnapshot(state));
});

test('a snapshot keeps the hash of hosts and a location that has reported nothing yet', () => {
  const world = new World(3, [{}, {}]);
  world.apply({
    ...{ kind: 'change', at: T0 + 1 },
    changes: [{ type: 'monitor', number: 1, policy: policy(), host: 'shop.example.com' }],
  });
  for (const location of [1, 2]) world.report(location, { 1: 'ok', 2: 'ok' }, T0 + 1_000 + location);
  const [one, two] = [...world.state.monitors.values()];
  expect([one!.hostHash !== null, two!.hostHash, one!.network !== null]).toEqual([true, null, true]);
  expect(one!.byLocation.get(3)!.network).toBeNull();
  expect(networksOf(decodeSnapshot(encodeSnapshot(world.state)))).toEqual(networksOf(world.state));
});

test('networks of locations cost no byte where they agree, and at most 16 a location where they do not', () => {
  const bytes = (networkSeen: World['networkSeen']): number =>
    encodeSnapshot(played(networkSeen, 200).state).length;
  const agreed = bytes(() => '10.0.1.0/24');
  const liar = bytes((location) => (location === 2 ? '10.9.9.0/24' : '10.0.1.0/24'));
  expect(liar - agreed).toBeLessThanOrEqual(200 * 16);
  const own = bytes((_, __, monitor) => `10.0.${monitor}.0/24`);
  const divided = bytes((location, _, monitor) => `10.${location}.${monitor}.0/24`);
  // Each text is in the string table once.
  expect(divided - own).toBeLessThanOrEqual(200 * 6 * (16 + 16));
});
