// The networks of targets in journal rows and the snapshot, on a real D1: written when they change, and no more.
import { beforeEach, expect, test } from 'vitest';
import { hashText, networkKey } from '../../src/engine/incidents/target-network.ts';
import type { State } from '../../src/engine/model/state.ts';
import { commit } from '../../src/store/commit.ts';
import { loadState } from '../../src/store/shard.ts';
import { ask, bindings, clock, createMonitor, empty, patch, SHOP } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const A = '192.0.2.0/24';
const B = '198.51.100.0/24';
const DAY = 86_400_000;

beforeEach(empty);

async function report(location: number, network: string): Promise<State> {
  clock.now += 1_000;
  const at = clock.now;
  const writer = { db: DB, tick: 0, publicUrl: 'https://status.test', now: () => at };
  const { state } = await commit(writer, await loadState(DB), () => ({
    ...{ kind: 'report', location, askedAt: at, answeredAt: at, error: null, missedDeadline: false },
    observations: [{ monitor: 1, startedAt: at, outcome: 'ok', timings: { totalMs: 12 }, network }],
  }));
  expect(await loadState(DB)).toEqual(state);
  return state;
}

const rowsWithNetwork = async (): Promise<number> => {
  const { results } = await DB.prepare(
    `SELECT count(*) AS count FROM journal WHERE detail LIKE '%/24%' AND kind = 'report'`,
  ).all<{ count: number }>();
  return results[0]!.count;
};

test('a network is written once for each location, and again only when it changes', async () => {
  await createMonitor();
  for (let round = 0; round < 4; round += 1) {
    clock.now += 60_000;
    for (const location of [1, 2, 3]) await report(location, A);
  }
  expect(await rowsWithNetwork()).toBe(3);
});

test('a target with rotating addresses, or a location that invents them, writes one network a day and location', async () => {
  await createMonitor({ locations: bindings.LOCATIONS.split(',').slice(0, 2) });
  for (let round = 0; round < 30; round += 1) {
    clock.now += 60_000;
    for (const location of [1, 2]) await report(location, `10.${location}.${round}.0/24`);
  }
  expect(await rowsWithNetwork()).toBe(2);
  clock.now += DAY;
  for (let round = 0; round < 5; round += 1) {
    clock.now += 60_000;
    for (const location of [1, 2]) await report(location, `10.9.${round}.0/24`);
  }
  expect(await rowsWithNetwork()).toBe(4);
});

test('a target is on the network of the majority, else on that of its host, and explain says which', async () => {
  await createMonitor();
  const explain = async () => (await ask('/api/v1/monitors/shop/explain')).json;
  const byHost = hashText('shop.example.com');
  const alone = await report(1, B);
  expect(networkKey(alone.monitors.get(1)!)).toBe(byHost);
  expect((await explain()).network).toEqual({ by: 'host', name: null });
  for (const location of [2, 3, 4, 5]) await report(location, A);
  expect((await explain()).network).toEqual({ by: 'majority', name: A });
  expect((await explain()).locations.map((one: { network: string }) => one.network)).toEqual([
    B,
    A,
    A,
    A,
    A,
    null,
  ]);
  // A new target starts again, with the host as its network.
  const moved = await patch('/api/v1/monitors/shop', { check: { ...SHOP.check, host: '93.184.216.34' } });
  expect(moved.status).toBe(200);
  const { network, hostHash } = (await loadState(DB)).monitors.get(1)!;
  expect([network, hostHash]).toEqual([null, hashText('93.184.216.0/24')]);
});
