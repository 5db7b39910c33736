// What a mesh shows and sends after a rebuild of damaged rows, over the API with real D1: an outage that is open, and its
// delivery that is pending, are as they were.
import { beforeEach, expect, test, vi } from 'vitest';
import { deliver } from '../../src/delivery/consumer.ts';
import { type Bindings, readEnv } from '../../src/env.ts';
import { recordHealth } from '../../src/services/health/record-health.ts';
import { loadState, refreshCheckpoints } from '../../src/store/shard.ts';
import { ask, bindings, clock, createMonitor, empty, post, RECEIVER } from '../support/d1/http-mesh.ts';
import * as runs from '../support/d1/runs.ts';

vi.setConfig({ testTimeout: 60_000 });

const { DB } = bindings;
const queue = { send: async () => {} } as unknown as Bindings['DELIVERIES'];
const config = readEnv({ ...bindings, DELIVERIES: queue });

let received: string[];
const fetch = (async (_url: unknown, init: RequestInit) => {
  received.push((init.headers as Record<string, string>)['webhook-id']!);
  return new Response();
}) as typeof globalThis.fetch;
const send = () => deliver(config, 'on-call', { now: () => clock.now, fetch });

async function confirm(failing: Record<number, number>): Promise<void> {
  clock.now = await runs.runUntilConfirmed(DB, failing, clock.now);
}

beforeEach(async () => {
  await empty();
  // Deliveries get their age from the clock of D1, and /healthz compares the clocks.
  clock.now = Date.now();
  received = [];
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
  await post('/api/v1/channels', RECEIVER);
  for (const id of ['shop', 'blog']) await createMonitor({ id, name: id });
  await confirm({ 1: 0, 2: 0 });
});

/** Loses every row since the older checkpoint, which is written now. */
async function lose(): Promise<() => Promise<void>> {
  const { seq, ...rest } = await loadState(DB);
  await DB.prepare('delete from snapshots where id >= 65536').run();
  const state = { seq, ...rest };
  await refreshCheckpoints(DB, { tail: { rows: 0, runs: 0 }, olderAt: null }, state, clock.now);
  return async () => {
    await DB.prepare("update snapshots set data = data || ' ' where id = 0").run();
    await DB.prepare('update journal set at = at + 1 where id = ?')
      .bind(seq + 1)
      .run();
  };
}

const rebuilt = async (): Promise<string[]> =>
  (
    await DB.prepare("select id from notifications where event = 'state.rebuilt'").all<{ id: string }>()
  ).results.map(({ id }) => id);

test('an outage that opened in lost rows is on every page, explained, and delivered once', async () => {
  const damage = await lose();
  await confirm({ 1: 6, 2: 0 });
  const before = (await ask('/api/v1/incidents')).json.incidents;
  expect(before).toMatchObject([{ state: 'open', monitor: { id: 'shop' } }]);
  await damage();

  const health = await ask('/healthz');
  expect([health.status, health.json.status]).toEqual([200, 'ok']);
  expect((await ask('/api/v1/incidents')).json.incidents).toEqual(before);
  const page = await ask(`/incidents/${before[0].id}`);
  expect(page.status).toBe(200);
  expect(page.text).not.toContain('Resolved');
  const explained = (await ask('/api/v1/monitors/shop/explain')).json;
  expect(explained).toMatchObject({ verdict: 'no_data', suppressed: null });
  expect(explained.locations).toHaveLength(6);
  for (const location of explained.locations)
    expect(location).toMatchObject({ abstainReason: 'no_response', voteExpiresAt: null });
  expect((await ask('/api/v1/status')).json).toMatchObject({
    state: 'major_outage',
    incidents: [{ state: 'open' }],
  });
  const pending = (await ask('/api/v1/deliveries?state=pending')).json.deliveries;
  expect(pending.map(({ event }: { event: string }) => event).toSorted()).toEqual([
    'incident.opened',
    'state.rebuilt',
  ]);

  await send();
  const [rebuiltId] = await rebuilt();
  expect(received.toSorted()).toEqual([`${before[0].id}_opened`, rebuiltId!].toSorted());
  await confirm({ 1: 6, 2: 0 });
  await send();
  expect(received).toHaveLength(2);
  await confirm({ 1: 0, 2: 0 });
  await send();
  expect(received.slice(2)).toEqual([`${before[0].id}_resolved`]);
  expect(await rebuilt()).toHaveLength(1);
});

test('ticks right after a rebuild find no impairment, and the votes that abstain raise no "no data"', async () => {
  const damage = await lose();
  await confirm({ 1: 0, 2: 0 });
  await damage();
  const from = clock.now;
  for (let minute = 0; minute < 3; minute += 1) {
    const state = await loadState(DB);
    await recordHealth(config, state, from + minute * 60_000);
    clock.now = await runs.run(DB, { 1: 0, 2: 0 }, clock.now + 60_000);
  }
  await send();
  expect(received).toEqual(await rebuilt());
  const { results } = await DB.prepare(
    "select event from notifications where event <> 'state.rebuilt'",
  ).all();
  expect(results).toEqual([]);
  expect((await ask('/api/v1/monitors/shop/explain')).json.verdict).toBe('up');
});
