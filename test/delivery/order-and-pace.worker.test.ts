// The order of deliveries and the pace of a channel, in workerd with real D1.

import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { consumeBatch } from '../../src/delivery/consumer.ts';
import { MAX_AGE_MS } from '../../src/delivery/retry-policy.ts';
import type { DeliveryMessage } from '../../src/env.ts';
import { updateChannel } from '../../src/store/channels.ts';
import { runBatch } from '../../src/store/database.ts';
import { channels, deliveries } from '../../src/store/schema.ts';
import { limitedD1 } from '../support/d1/limited-d1.ts';
import {
  addChannel,
  createOutboxHarness,
  deliveryOf,
  enqueue,
  type OutboxHarness,
  orm,
} from '../support/d1/outbox-harness.ts';

let harness: OutboxHarness;
beforeEach(async () => {
  harness = await createOutboxHarness();
});
afterEach(() => {
  vi.unstubAllGlobals();
  expect(harness.forgeries).toBe(0);
});

const ids = (): string[] => harness.received.map(({ id }) => id);
const respond = (status: number) => () => new Response(null, { status });
const channel = async (id = 'a') => (await orm.select().from(channels).where(eq(channels.id, id)))[0]!;

/** Runs, and moves the clock, until nothing of the channel fails or waits any more. */
async function runUntil(done: () => Promise<boolean> | boolean, stepMs = 5_000): Promise<number> {
  const from = harness.now;
  for (let round = 0; round < 200; round += 1) {
    await harness.run();
    if (await done()) return harness.now - from;
    harness.now += stepMs;
  }
  throw new Error('never done');
}

describe('order', () => {
  test('a new incident of a monitor waits for the end of its earlier one, also after the receiver was away', async () => {
    const about = (incidentId: string) => ({ incidentId, monitorId: 'web-1' });
    await enqueue(harness, 'i1_opened', 'incident.opened', about('i1'));
    harness.answer = respond(503);
    await harness.run();
    await enqueue(harness, 'i1_resolved', 'incident.resolved', about('i1'));
    await enqueue(harness, 'i2_opened', 'incident.opened', about('i2'));
    await enqueue(harness, 'i3_opened', 'incident.opened', { incidentId: 'i3', monitorId: 'web-2' });
    await runUntil(() => harness.received.length > 6);
    expect(new Set(ids())).toEqual(new Set(['i1_opened', 'i3_opened']));
    harness.received.length = 0;
    harness.answer = respond(204);
    await runUntil(() => harness.received.length === 4);
    expect(ids().filter((id) => id !== 'i3_opened')).toEqual(['i1_opened', 'i1_resolved', 'i2_opened']);
  });

  test('a success after failures makes everything that waits due at once', async () => {
    for (const id of ['n1', 'n2', 'n3']) await enqueue(harness, id);
    harness.answer = respond(500);
    await runUntil(() => harness.received.length > 12, 60_000);
    await orm.update(deliveries).set({ turn: 'waiting', nextAttemptAt: harness.now + 8 * 3_600_000 });
    await enqueue(harness, 'new');
    harness.received.length = 0;
    harness.answer = respond(204);
    harness.now += 60_000;
    await harness.run();
    expect(ids()).toEqual(['new', 'n1', 'n2', 'n3']);
    expect(await channel()).toMatchObject({ failures: 0, pausedUntil: 0 });
  });

  test('more severe notifications are sent first, and among equals the older ones', async () => {
    await orm.update(channels).set({ failures: 1 });
    await enqueue(harness, 'info', 'monitor.flapping_ended');
    await enqueue(harness, 'warning1', 'monitor.degraded');
    await enqueue(harness, 'critical1');
    await enqueue(harness, 'critical2');
    await enqueue(harness, 'warning2', 'monitor.no_data');
    await harness.run();
    expect(ids()).toEqual(['critical1', 'critical2', 'warning1', 'warning2', 'info']);
  });

  test('a notification that a critical one waits for is as urgent as that one', async () => {
    await orm.update(channels).set({ failures: 1 });
    await enqueue(harness, 'warning', 'monitor.degraded');
    await enqueue(harness, 'i1_resolved', 'incident.resolved', { incidentId: 'i1', monitorId: 'web-1' });
    await enqueue(harness, 'flapping', 'monitor.flapping_ended', { incidentId: 'i1', monitorId: 'web-1' });
    await enqueue(harness, 'i2_opened', 'incident.opened', { incidentId: 'i2', monitorId: 'web-1' });
    await enqueue(harness, 'i2_resolved', 'incident.resolved', { incidentId: 'i2', monitorId: 'web-1' });
    await harness.run();
    // After the first success, four are sent at once.
    expect(ids().slice(0, 2)).toEqual(['i1_resolved', 'flapping']);
    expect(ids().filter((id) => id !== 'warning')).toEqual([
      'i1_resolved',
      'flapping',
      'i2_opened',
      'i2_resolved',
    ]);
    expect(ids().at(-1)).toBe('i2_resolved');
  });

  test('a new notification of a monitor makes the earlier one due that it waits for', async () => {
    await enqueue(harness, 'i1_opened', 'incident.opened', { incidentId: 'i1' });
    harness.answer = respond(500);
    await harness.run();
    await orm.update(deliveries).set({ nextAttemptAt: harness.now + 8 * 3_600_000 });
    harness.answer = respond(204);
    await enqueue(harness, 'i1_resolved', 'incident.resolved', { incidentId: 'i1' });
    await harness.run();
    expect(ids()).toEqual(['i1_opened', 'i1_opened', 'i1_resolved']);
  });
});

describe('pace', () => {
  /** Answers after the test allows it, and records how many requests waited. */
  function holdAnswers(): { readonly peak: () => number; readonly free: () => void } {
    const held = Promise.withResolvers<void>();
    let waiting = 0;
    let peak = 0;
    harness.answer = async () => {
      waiting += 1;
      peak = Math.max(peak, waiting);
      await held.promise;
      waiting -= 1;
      return new Response();
    };
    return { peak: () => peak, free: held.resolve };
  }

  test('a channel sends four notifications of different monitors at once, and one of each monitor', async () => {
    for (let index = 0; index < 6; index += 1) await enqueue(harness, `n${index}`);
    for (let index = 0; index < 6; index += 1)
      await enqueue(harness, `late${index}`, 'incident.resolved', { incidentId: 'of_n0' });
    const { peak, free } = holdAnswers();
    const run = harness.run();
    await vi.waitFor(() => expect(ids()).toEqual(['n0', 'n1', 'n2', 'n3']));
    await scheduler.wait(50);
    free();
    await run;
    expect(peak()).toBe(4);
    expect(ids().filter((id) => id.startsWith('late'))).toEqual([0, 1, 2, 3, 4, 5].map((n) => `late${n}`));
  });

  test('a channel whose attempt failed sends one at a time until one succeeds', async () => {
    for (let index = 0; index < 12; index += 1) await enqueue(harness, `n${index}`);
    let waiting = 0;
    const peaks: number[] = [];
    let fails = true;
    harness.answer = async () => {
      waiting += 1;
      peaks.push(waiting);
      await scheduler.wait(10);
      waiting -= 1;
      return new Response(null, { status: fails ? 503 : 204 });
    };
    await harness.run();
    expect(peaks).toEqual([1, 2, 3, 4, 1]);
    harness.now += 60_000;
    fails = false;
    await harness.run();
    expect(peaks.slice(5, 7)).toEqual([1, 1]);
    expect(Math.max(...peaks.slice(6))).toBe(4);
  });

  test('a channel that gets no response pauses ever longer, up to a minute', async () => {
    for (let index = 0; index < 100; index += 1) await enqueue(harness, `n${index}`);
    harness.answer = () => Promise.reject(new TypeError('Network connection lost.'));
    const pausesMs: number[] = [];
    const attempts: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const before = harness.received.length;
      await harness.run();
      attempts.push(harness.received.length - before);
      const { pausedUntil } = await channel();
      pausesMs.push(pausedUntil - harness.now);
      harness.now = pausedUntil;
    }
    expect(pausesMs).toEqual([4_500, 27_000, 54_000, 54_000, 54_000, 54_000, 54_000]);
    // Each pause ends with one attempt.
    expect(attempts.slice(1)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('a notification that its receiver always rejects delays no other one for long', async () => {
    for (let index = 0; index < 10; index += 1) await enqueue(harness, `poison${index}`);
    for (let index = 0; index < 40; index += 1) await enqueue(harness, `good${index}`, 'monitor.degraded');
    harness.answer = ({ id }) => new Response(null, { status: id.startsWith('poison') ? 500 : 204 });
    const good = () => harness.received.filter(({ id }) => id.startsWith('good')).length;
    const tookMs = await runUntil(() => good() === 40);
    expect(tookMs).toBeLessThan(2 * 60_000);
    expect(harness.received.length - good()).toBeLessThan(60);
  });

  test('what waits is due at once when a person changes the channel', async () => {
    await enqueue(harness, 'n1');
    harness.answer = respond(500);
    await runUntil(() => harness.received.length === 6, 60_000);
    await orm.update(deliveries).set({ nextAttemptAt: harness.now + 8 * 3_600_000 });
    harness.answer = respond(204);
    const row = await channel();
    const { update, following } = updateChannel(harness.config.db, row, row, MAX_AGE_MS);
    await runBatch(harness.config.db, [update, ...following]);
    await harness.run();
    expect(await deliveryOf('n1')).toMatchObject({ state: 'delivered' });
  });

  test('attempts that a recovery brings forward do not make a delivery fail sooner than after the sum of the pauses', async () => {
    await enqueue(harness, 'poison');
    await orm.update(deliveries).set({ attempts: 30, createdAt: harness.now - 3_600_000 });
    harness.answer = respond(500);
    await harness.run();
    expect(await deliveryOf('poison')).toMatchObject({ state: 'pending', attempts: 31 });
    harness.now += 70 * 3_600_000;
    await harness.run();
    expect(await deliveryOf('poison')).toMatchObject({ state: 'failed', attempts: 32 });
  });
});

describe('several channels in one invocation', () => {
  const unfinished: Promise<unknown>[] = [];
  afterEach(() => Promise.all(unfinished.splice(0)));

  const consume = (channelIds: readonly string[], config = harness.config): Promise<void> => {
    vi.stubGlobal('fetch', harness.fetch);
    const messages = channelIds.map((channelId) => ({ body: { channelId }, ack: vi.fn(), retry: vi.fn() }));
    const batch = { messages } as unknown as MessageBatch<DeliveryMessage>;
    return consumeBatch(
      config,
      batch,
      () => harness.now,
      (work) => unfinished.push(work),
    );
  };

  /** Channels `h0`, `h1`, … that hang until `free`, and `a`, which is healthy. Each has messages of many monitors. */
  async function withHanging(count: number, messages: number) {
    const hanging = Array.from({ length: count }, (_, index) => `h${index}`);
    for (const id of hanging) await addChannel(harness, id);
    for (const channelId of [...hanging, 'a'])
      for (let index = 0; index < messages; index += 1)
        await enqueue(harness, `${channelId}-${index}`, 'incident.opened', { channelId });
    const held = Promise.withResolvers<void>();
    let inFlight = 0;
    let peak = 0;
    harness.answer = async ({ host }) => {
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      if (!host.startsWith('a.')) await held.promise;
      inFlight -= 1;
      return new Response(null, { status: host.startsWith('a.') ? 204 : 503 });
    };
    const delivered = () => harness.received.filter(({ host }) => host.startsWith('a.')).length;
    return { hanging, delivered, peak: () => peak, free: held.resolve };
  }

  test('channels that are known to hang leave places to a healthy one in the same invocation', async () => {
    const { hanging, delivered, peak, free } = await withHanging(6, 8);
    await orm.update(channels).set({ failures: 3 });
    await orm.update(channels).set({ failures: 0 }).where(eq(channels.id, 'a'));
    const handled = consume([...hanging, 'a']);
    await vi.waitFor(() => expect(delivered()).toBe(8), 5_000);
    expect(peak()).toBeLessThanOrEqual(5);
    await handled;
    // The hanging channels without a place are left to another invocation.
    expect(harness.queued.map(({ channelId }) => channelId).toSorted()).toEqual(['h2', 'h3', 'h4', 'h5']);
    free();
  });

  test('a healthy channel behind five that begin to hang is delivered by the next invocation', async () => {
    const { hanging, delivered, free } = await withHanging(6, 8);
    await consume([...hanging, 'a']);
    expect(delivered()).toBe(0);
    const again = harness.queued.splice(0).map(({ channelId }) => channelId);
    expect(again).toEqual(['h5', 'a']);
    await consume(again);
    await vi.waitFor(() => expect(delivered()).toBe(8), 5_000);
    free();
  });

  test('an invocation for ten busy channels stays below the limit of queries', async () => {
    const names = Array.from({ length: 9 }, (_, index) => `c${index}`);
    for (const id of names) await addChannel(harness, id);
    const busy = ['a', ...names];
    for (const channelId of busy)
      for (let index = 0; index < 20; index += 1)
        await enqueue(harness, `${channelId}-${index}`, 'incident.opened', { channelId });
    const limited = limitedD1(harness.config.db);
    const config = { ...harness.config, db: limited.db };
    await consume(busy, config);
    await Promise.all(unfinished);
    expect(limited.queries()).toBeLessThan(1_000);
    // What is left is for the next invocation.
    expect(harness.received.length).toBeGreaterThan(40);
    expect(new Set(harness.queued.map(({ channelId }) => channelId)).size).toBeGreaterThan(0);
  });

  test('the timeout of a request starts when its place is granted', async () => {
    const { hanging, free } = await withHanging(5, 1);
    const startedWith: number[] = [];
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      startedWith.push(harness.received.length);
      return new AbortController().signal;
    });
    void consume([...hanging, 'a']);
    await vi.waitFor(() => expect(harness.received.length).toBe(5));
    await scheduler.wait(100);
    expect(startedWith).toHaveLength(5);
    free();
    await vi.waitFor(() => expect(startedWith).toHaveLength(6));
    vi.restoreAllMocks();
  });
});
