// A coordinator whose clock differs from D1's: /healthz, changes of the API, pages and deliveries. D1 is real, and its
// clock is what the test sets.
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type DeliveryMessage, readEnv } from '../../src/env.ts';
import { runTick } from '../../src/scheduler/tick.ts';
import { database } from '../../src/store/database.ts';
import * as schema from '../../src/store/schema.ts';
import { loadState } from '../../src/store/shard.ts';
import worker from '../../src/worker.ts';
import { clockedD1 } from '../support/d1/clocked-d1.ts';
import { ask, bindings, clock, createMonitor, empty, RECEIVER, run } from '../support/d1/http-mesh.ts';

const T0 = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const orm = database(bindings.DB);

/** D1 with the right time. `clock.now` is the coordinator's. */
let trueTime = T0;
const DB = clockedD1(bindings.DB, () => trueTime);
const env = { DB };

beforeEach(async () => {
  await empty();
  trueTime = T0;
});

const APART = [61_000, 6 * HOUR_MS, 5 * YEAR_MS].flatMap((ms) => [ms, -ms]);

/** The structured log lines of one event. */
function logged(event: string): () => Record<string, unknown>[] {
  const spies = (['log', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => {}),
  );
  onTestFinished(() => void vi.restoreAllMocks());
  return () =>
    spies
      .flatMap((spy) => spy.mock.calls.map(([line]) => JSON.parse(String(line))))
      .filter((line) => line.event === event);
}

/** A mesh with one monitor that is up. Returns when. */
async function meshUp(): Promise<void> {
  await createMonitor();
  for (let round = 0; round < 3; round += 1) await run(1, 0);
  trueTime = clock.now;
}

describe('/healthz', () => {
  test.each(APART)('/healthz answers 503 with the reason while the clock is %i ms off', async (ms) => {
    await meshUp();
    clock.now = trueTime + ms;
    const apart = await ask('/healthz', { token: null, env });
    expect([apart.status, apart.json.status]).toEqual([503, 'clocks_apart']);
    clock.now = trueTime;
    const agreed = await ask('/healthz', { token: null, env });
    expect([agreed.status, agreed.json.status]).toEqual([200, 'ok']);
  });

  test.each([60_000, -60_000, 0])('/healthz answers 200 with a clock %i ms off', async (ms) => {
    await meshUp();
    clock.now = trueTime + ms;
    expect((await ask('/healthz', { token: null, env })).status).toBe(200);
  });
});

describe('a change of the API while the clocks are apart', () => {
  test.each(APART)(
    'with a clock %i ms off a change works, takes its time from D1 and logs that',
    async (ms) => {
      await meshUp();
      const apart = logged('clock.apart');
      clock.now = trueTime + ms;
      const changed = await ask('/api/v1/monitors/shop', {
        method: 'PATCH',
        body: { intervalSeconds: 120 },
        env,
      });
      expect(changed.status).toBe(200);
      expect(apart()).toEqual([
        expect.objectContaining({
          level: 'error',
          differenceSeconds: ms / 1_000,
          consequence: 'The change takes its time from D1.',
        }),
      ]);
      const state = await loadState(DB);
      expect(Math.abs(state.at - trueTime)).toBeLessThan(5_000);
      const [row] = await orm.select().from(schema.monitors);
      expect(row).toMatchObject({ intervalSeconds: 120, updatedAt: trueTime });
    },
  );

  test.each(APART)('a silence that begins now begins now, with a clock %i ms off', async (ms) => {
    await meshUp();
    clock.now = trueTime + ms;
    const created = await ask('/api/v1/silences', {
      method: 'POST',
      body: { name: 'Quiet', monitors: ['shop'], durationMinutes: 60 },
      env,
    });
    expect([created.status, created.text]).toEqual([201, expect.any(String)]);
    const spans = [...(await loadState(DB)).windows.values()].flatMap((window) => window.spans);
    expect(spans).toEqual([[trueTime, trueTime + HOUR_MS]]);
  });

  test('a read that is served by a clock that is off shows what holds now', async () => {
    await meshUp();
    for (const ms of APART) {
      clock.now = trueTime + ms;
      const status = await ask('/api/v1/status', { token: null, env });
      expect([ms, status.json.state]).toEqual([ms, 'operational']);
    }
    trueTime += 10 * 60_000;
    clock.now = trueTime - 6 * HOUR_MS;
    expect((await ask('/api/v1/status', { token: null, env })).json.state).toBe('no_data');
  });
});

describe('a state that an earlier clock has dated ahead', () => {
  /** As the Worker wrote it before it compared the clocks: D1 shows nothing, so nothing is compared. */
  async function poison(ms: number): Promise<void> {
    await meshUp();
    clock.now = trueTime + ms;
    await run(1, 0);
    clock.now = trueTime;
    expect((await loadState(bindings.DB)).at).toBeGreaterThan(trueTime + ms - 1);
  }

  test.each([10_000, 59_000, 6 * HOUR_MS, 5 * YEAR_MS])(
    'a change of the API corrects a state that is %i ms ahead, once',
    async (ms) => {
      await poison(ms);
      const corrected = logged('clock.corrected');
      for (const intervalSeconds of [120, 300]) {
        const changed = await ask('/api/v1/monitors/shop', {
          method: 'PATCH',
          body: { intervalSeconds },
          env,
        });
        expect(changed.status).toBe(200);
      }
      expect(corrected()).toHaveLength(1);
      expect((await loadState(DB)).at).toBeLessThan(trueTime + 5_000);
    },
  );

  test.each([10_000, 59_000, 6 * HOUR_MS, 5 * YEAR_MS])(
    'a tick corrects a state that is %i ms ahead and runs checks at once',
    async (ms) => {
      await poison(ms);
      const started: number[] = [];
      await runTick({
        ...{
          db: DB,
          publicUrl: 'https://status.test',
          encryptionKey: '',
          locations: readEnv(bindings).locations,
        },
        fleet: {
          async invoke({ runs }) {
            started.push(trueTime);
            const observations = runs.map(({ id }) => ({
              ...{ monitor: id, startedAt: trueTime, outcome: 'ok' as const, timings: {} },
            }));
            return {
              askedAt: trueTime,
              answeredAt: trueTime,
              error: null,
              missedDeadline: false,
              observations,
            };
          },
        },
        now: () => trueTime,
        sleep: async (ms) => {
          await Promise.resolve();
          trueTime += Math.min(ms, 1_000);
        },
        enqueueDeliveries: async () => {},
      });
      expect(started[0]! - clock.now).toBeLessThanOrEqual(20_000);
      const state = await loadState(DB);
      expect(state.monitors.get(1)?.verdict).toBe('up');
      expect(await orm.select().from(schema.notifications)).toEqual([]);
    },
  );
});

describe('a delivery while the clocks are apart', () => {
  /** One pending delivery, as the Worker's queue consumer works it off. Returns the bodies that were sent. */
  async function deliver(answer: () => Response): Promise<string[]> {
    expect((await ask('/api/v1/channels', { method: 'POST', body: RECEIVER })).status).toBe(201);
    await orm
      .insert(schema.notifications)
      .values({ id: 'n1', event: 'test', at: trueTime, body: { type: 'test' } });
    await orm.insert(schema.deliveries).values({
      ...{
        notificationId: 'n1',
        channelId: RECEIVER.id,
        position: 1,
        state: 'pending',
        nextAttemptAt: trueTime,
      },
    });
    vi.spyOn(Date, 'now').mockImplementation(() => clock.now);
    const sent: string[] = [];
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
      sent.push(String(new Headers(init?.headers).get('webhook-timestamp')));
      return answer();
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const work: Promise<unknown>[] = [];
    const message = { body: { channelId: RECEIVER.id }, ack: () => {}, retry: () => {} };
    await worker.queue(
      { messages: [message] } as unknown as MessageBatch<DeliveryMessage>,
      { ...bindings, DB },
      { waitUntil: (promise: Promise<unknown>) => void work.push(promise) } as unknown as ExecutionContext,
    );
    await Promise.all(work);
    return sent;
  }

  test.each(APART)(
    'with a clock %i ms off it is sent with the right timestamp, and does not expire',
    async (ms) => {
      clock.now = trueTime + ms;
      expect(await deliver(() => new Response('ok'))).toEqual([String(trueTime / 1_000)]);
      expect(await orm.select().from(schema.deliveries)).toMatchObject([
        { state: 'delivered', finishedAt: trueTime },
      ]);
    },
  );

  test.each(APART)(
    'with a clock %i ms off it is attempted again within seconds, and the lease is free',
    async (ms) => {
      clock.now = trueTime + ms;
      await deliver(() => new Response('busy', { status: 503 }));
      const [delivery] = await orm.select().from(schema.deliveries);
      expect(delivery).toMatchObject({ state: 'pending', attempts: 1 });
      expect(delivery!.nextAttemptAt - trueTime).toBeGreaterThan(0);
      expect(delivery!.nextAttemptAt - trueTime).toBeLessThan(10_000);
      expect((await orm.select().from(schema.channels))[0]!.leasedUntil).toBeLessThanOrEqual(
        trueTime + 60_000,
      );
    },
  );
});
