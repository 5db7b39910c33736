// Statements of one invocation, counted one by one as Cloudflare may: D1 takes 1,000 on the Paid plan, and 50 on Free.
// 1,000 monitors at six locations are written, go down at once, recover at once, and are deleted.
import { beforeAll, expect, test } from 'vitest';
import { enqueueRefreshes } from '../../src/delivery/alertmanager-refresh.ts';
import { consumeBatch } from '../../src/delivery/consumer.ts';
import { enqueueAlerts, enqueueOverdue } from '../../src/delivery/queue.ts';
import { type Bindings, type DeliveryMessage, readEnv } from '../../src/env.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { runTick } from '../../src/scheduler/tick.ts';
import { callDeadMansSwitch } from '../../src/services/dead-mans-switch/call-dead-mans-switch.ts';
import { loadState, registerTick } from '../../src/store/shard.ts';
import { ask, bindings, clock, empty, RECEIVER } from '../support/d1/http-mesh.ts';
import { limitedD1, MAX_QUERIES } from '../support/d1/limited-d1.ts';
import { VirtualClock } from '../support/d1/virtual-clock.ts';

const { DB } = bindings;
const MONITORS = 1_000;
/** Of the Free plan. */
const FREE_QUERIES = 50;
const ids = Array.from({ length: MONITORS }, (_, index) => `web-${index + 1}`);
const queue = { send: async () => {} } as unknown as Bindings['DELIVERIES'];
const CHANNELS = Array.from({ length: 10 }, (_, index) => ({ ...RECEIVER, id: `on-call-${index}` }));

beforeAll(empty);

/** One request, and the number of its statements. Fails above 1,000. */
async function counted(path: string, options: Parameters<typeof ask>[1] = {}) {
  const { db, queries } = limitedD1(DB);
  const answered = await ask(path, { ...options, env: { DB: db, DELIVERIES: queue } });
  return { ...answered, statements: queries() };
}

const configure = (monitors: readonly object[], query = '') =>
  counted(`/api/v1/configuration${query}`, { method: 'PUT', body: { monitors, channels: CHANNELS } });

const monitor = (id: string, changes: object = {}) => ({
  ...{ id, name: id, check: { type: 'tcp', host: `${id}.example.com`, port: 443 }, intervalSeconds: 60 },
  ...changes,
});

/** One tick with the documented limit, without a newer one for this long. Every run ends like this after 300 ms. */
async function tick(outcome: 'ok' | 'failed', aloneMs = 170_000): Promise<number> {
  const time = new VirtualClock(clock.now);
  const { db, queries } = limitedD1(DB);
  const fleet: Fleet = {
    async invoke({ runs }) {
      const askedAt = time.now();
      await time.wait(300);
      return {
        ...{ askedAt, answeredAt: time.now(), error: null, missedDeadline: false },
        observations: runs.map(({ id }) => ({
          ...{ monitor: id, startedAt: askedAt, timings: { connectMs: 12 } },
          ...(outcome === 'ok' ? { outcome } : { outcome, code: 'refused', detail: 'refused' }),
        })),
      };
    },
  };
  const config = { ...readEnv({ ...bindings, DELIVERIES: queue }), db: time.database(db) };
  const until = time.now() + aloneMs;
  let isAlone = true;
  await time.drive(
    runTick({
      ...{ ...config, fleet, probeMemoryMb: 1_769, now: time.now },
      async sleep(ms, signal) {
        if (isAlone && time.now() < until) return time.wait(Math.min(ms, until - time.now()), signal);
        if (isAlone) await registerTick(DB, time.now());
        isAlone = false;
        return time.wait(ms, signal);
      },
      callDeadMansSwitch: (status) => callDeadMansSwitch({ ...config, now: time.now }, status),
      refreshAlerts: () => enqueueRefreshes(config),
      async enqueueDeliveries() {
        await enqueueOverdue(config, time.now());
        await enqueueAlerts(config, time.now());
      },
    }),
  );
  clock.now = time.now();
  return queries();
}

const verdicts = async (): Promise<Set<string>> =>
  new Set([...(await loadState(DB)).monitors.values()].map(({ verdict }) => verdict));

test('a configuration of 1,000 monitors is written in few statements', async () => {
  const created = await configure(ids.map((id) => monitor(id)));
  expect(created).toMatchObject({ status: 200, json: { created: MONITORS + CHANNELS.length } });
  expect(created.statements).toBeLessThan(60);
  const updated = await configure(
    ids.map((id) => monitor(id, { name: 'Web', public: false, dependsOn: id === 'web-1' ? [] : ['web-1'] })),
  );
  expect(updated.json).toMatchObject({ updated: MONITORS });
  expect(updated.statements).toBeLessThan(60);
  const detached = await counted('/api/v1/monitors/web-1?detach=true', { method: 'DELETE' });
  expect([detached.status, detached.statements < 40]).toEqual([200, true]);
  await configure(ids.map((id) => monitor(id)));
});

test('a tick in which 1,000 monitors go down at six locations, and one in which they recover', async () => {
  await tick('ok');
  expect(await verdicts()).toEqual(new Set(['up']));
  const down = await tick('failed');
  expect(await verdicts()).toEqual(new Set(['down']));
  const up = await tick('ok');
  expect(await verdicts()).toEqual(new Set(['up']));
  const alone = await tick('ok');
  // In ten minutes, ticks delete every kind of what has expired.
  const minutes: number[] = [];
  for (let minute = 0; minute < 10; minute += 1) minutes.push(await tick('ok', 60_000));
  // Measured: 307, 289 and 60 for 170 s without a newer tick, and 38 to 48 for a minute.
  for (const statements of [down, up]) expect(statements).toBeLessThan(MAX_QUERIES / 2);
  expect(alone).toBeLessThan(100);
  for (const minute of minutes) expect(minute).toBeLessThanOrEqual(FREE_QUERIES);
}, 240_000);

test('a consumer of messages for ten channels with thousands of deliveries', async () => {
  const { db, queries } = limitedD1(DB);
  const config = { ...readEnv({ ...bindings, DELIVERIES: queue }), db };
  const messages = CHANNELS.map(({ id }) => ({ body: { channelId: id }, ack() {}, retry() {} }));
  const work: Promise<unknown>[] = [];
  const fetched = globalThis.fetch;
  globalThis.fetch = (async () => new Response(null, { status: 204 })) as typeof fetch;
  try {
    await consumeBatch(
      config,
      { messages: messages as unknown as Message<DeliveryMessage>[] },
      () => Date.now(),
      (more) => work.push(more),
    );
    await Promise.all(work);
  } finally {
    globalThis.fetch = fetched;
  }
  // It ends with its grants, far from the end of what is due.
  expect(queries()).toBeGreaterThan(300);
  expect(queries()).toBeLessThan(MAX_QUERIES);
}, 60_000);

test('the page and every list', async () => {
  for (const path of ['/', '/healthz', '/api/v1/status']) {
    const { status, statements } = await counted(path, { token: null });
    expect([path, status, statements < 20]).toEqual([path, path === '/healthz' ? status : 200, true]);
  }
  const lists = [
    'monitors',
    'channels',
    'incidents',
    'maintenances',
    'silences',
    'locations',
    'deliveries',
    'health',
  ];
  for (const list of lists) {
    const { status, statements } = await counted(`/api/v1/${list}`);
    expect([list, status, statements < 20]).toEqual([list, 200, true]);
  }
});

test('the deletion of 1,000 monitors', async () => {
  const deleted = await configure([], '?allowDelete=true');
  expect(deleted.json).toMatchObject({ deleted: MONITORS });
  expect(deleted.statements).toBeLessThan(60);
});
