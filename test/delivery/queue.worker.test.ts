// Messages in the queue: those that a tick enqueues for overdue deliveries, and the batches of a consumer. Real D1.
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemCaller } from '../../src/access/caller.ts';
import { consumeBatch } from '../../src/delivery/consumer.ts';
import { enqueueOverdue } from '../../src/delivery/queue.ts';
import type { DeliveryMessage } from '../../src/env.ts';
import { testChannel } from '../../src/services/channels/test-channel.ts';
import { channels, deliveries } from '../../src/store/schema.ts';
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
  vi.stubGlobal('fetch', harness.fetch);
});
afterEach(() => {
  vi.unstubAllGlobals();
  expect(harness.forgeries).toBe(0);
});

describe('overdue deliveries', () => {
  const enqueued = async (): Promise<string[]> => {
    harness.queued.length = 0;
    await enqueueOverdue(harness.config, harness.now);
    expect(harness.queued.every(({ delaySeconds }) => delaySeconds === 0)).toBe(true);
    return harness.queued.map(({ channelId }) => channelId).sort();
  };

  test('a tick enqueues each channel with a due delivery once, and no other channel', async () => {
    await addChannel(harness, 'b');
    await addChannel(harness, 'c');
    expect(await enqueued()).toEqual([]);
    await enqueue(harness, 'n1');
    await enqueue(harness, 'n2');
    await enqueue(harness, 'n1', 'incident.opened', { channelId: 'b' });
    expect(await enqueued()).toEqual(['a', 'b']);
    await orm.update(deliveries).set({ turn: 'waiting', nextAttemptAt: harness.now + 1 });
    expect(await enqueued()).toEqual([]);
    harness.now += 1;
    expect(await enqueued()).toEqual(['a', 'b']);
  });

  test('a tick does not enqueue a leased or disabled channel', async () => {
    await enqueue(harness, 'n1');
    await orm.update(channels).set({ lease: 'x', leasedUntil: harness.now + 1 });
    expect(await enqueued()).toEqual([]);
    harness.now += 1;
    expect(await enqueued()).toEqual(['a']);
    await orm.update(channels).set({ enabled: false });
    expect(await enqueued()).toEqual([]);
  });

  test('a tick does not enqueue a channel whose notification waits for an earlier one', async () => {
    await enqueue(harness, 'opened', 'incident.opened', { incidentId: 'i1' });
    await enqueue(harness, 'resolved', 'incident.resolved', { incidentId: 'i1' });
    await orm
      .update(deliveries)
      .set({ turn: 'waiting', nextAttemptAt: harness.now + 60_000 })
      .where(eq(deliveries.notificationId, 'opened'));
    expect(await enqueued()).toEqual([]);
  });

  test('a tick enqueues a deleted channel so that its deliveries fail', async () => {
    await enqueue(harness, 'n1');
    await orm.delete(channels);
    expect(await enqueued()).toEqual(['a']);
    await harness.run();
    expect(await enqueued()).toEqual([]);
  });

  test('a tick continues when the queue is down', async () => {
    await enqueue(harness, 'n1');
    harness.queueFails = true;
    expect(await enqueued()).toEqual([]);
  });
});

describe('a batch of queue messages', () => {
  const unfinished: Promise<unknown>[] = [];
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(unfinished.splice(0));
  });

  const batchOf = (...channelIds: string[]) => {
    const messages = channelIds.map((channelId) => ({ body: { channelId }, ack: vi.fn(), retry: vi.fn() }));
    const batch = { messages } as unknown as MessageBatch<DeliveryMessage>;
    return {
      messages,
      handle: () =>
        consumeBatch(
          harness.config,
          batch,
          () => harness.now,
          (work) => unfinished.push(work),
        ),
    };
  };

  test('a batch that names a channel twice delivers once and acknowledges every message', async () => {
    await addChannel(harness, 'b');
    await enqueue(harness, 'n1');
    await enqueue(harness, 'n2', 'incident.opened', { channelId: 'b' });
    const { messages, handle } = batchOf('a', 'b', 'a', 'unknown');
    await handle();
    expect(harness.received.map(({ id }) => id).sort()).toEqual(['n1', 'n2']);
    for (const { ack, retry } of messages) {
      expect(ack).toHaveBeenCalledOnce();
      expect(retry).not.toHaveBeenCalled();
    }
  });

  test('a hanging receiver does not delay other channels, and at most five requests wait', async () => {
    const names = ['b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const name of names) await addChannel(harness, name);
    await enqueue(harness, 'n_a');
    for (const name of names) await enqueue(harness, `n_${name}`, 'incident.opened', { channelId: name });
    const held = Promise.withResolvers<Response>();
    let waiting = 0;
    let maxWaiting = 0;
    harness.answer = async ({ id }) => {
      waiting += 1;
      maxWaiting = Math.max(maxWaiting, waiting);
      if (id === 'n_a') await held.promise;
      else await scheduler.wait(5);
      waiting -= 1;
      return new Response();
    };
    // The batch does not return: on a slow machine, it would enqueue the last channels again after its second.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const handled = batchOf('a', ...names).handle();
    for (const name of names)
      while ((await deliveryOf(`n_${name}`, name))?.state !== 'delivered') await scheduler.wait(10);
    expect(await deliveryOf('n_a')).toMatchObject({ state: 'pending' });
    held.resolve(new Response());
    await handled;
    expect(harness.queued).toEqual([]);
    expect(await deliveryOf('n_a')).toMatchObject({ state: 'delivered' });
    expect(maxWaiting).toBeLessThanOrEqual(5);
    expect(maxWaiting).toBeGreaterThan(1);
  }, 60_000);

  test('a batch returns after a second and continues hanging deliveries in the background', async () => {
    await enqueue(harness, 'n1');
    const held = Promise.withResolvers<Response>();
    harness.answer = () => held.promise;
    const startedAt = Date.now();
    const { messages, handle } = batchOf('a');
    await handle();
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(await deliveryOf('n1')).toMatchObject({ state: 'pending' });
    held.resolve(new Response());
    await Promise.all(unfinished);
    expect(await deliveryOf('n1')).toMatchObject({ state: 'delivered' });
    expect(messages[0]?.retry).not.toHaveBeenCalled();
  });

  test('a batch with more than five hanging receivers enqueues the other channels again', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const name of names) {
      if (name !== 'a') await addChannel(harness, name);
      await enqueue(harness, `n_${name}`, 'incident.opened', { channelId: name });
    }
    const held = Promise.withResolvers<void>();
    harness.answer = () => held.promise.then(() => new Response());
    await batchOf(...names).handle();
    expect(harness.queued).toEqual([
      { channelId: 'f', delaySeconds: 0 },
      { channelId: 'g', delaySeconds: 0 },
    ]);
    held.resolve();
    await Promise.all(unfinished);
    expect(harness.received.map(({ id }) => id).sort()).toEqual(['n_a', 'n_b', 'n_c', 'n_d', 'n_e']);
  });

  test('a batch retries the message of a channel that threw, and no other message', async () => {
    await addChannel(harness, 'b');
    await enqueue(harness, 'n1');
    await enqueue(harness, 'n2', 'incident.opened', { channelId: 'b' });
    await orm.run("update notifications set body = '{broken' where id = 'n1'");
    const { messages, handle } = batchOf('a', 'b');
    await handle();
    expect(messages[0]?.retry).toHaveBeenCalledOnce();
    expect(messages[0]?.ack).not.toHaveBeenCalled();
    expect(messages[1]?.ack).toHaveBeenCalledOnce();
    expect(harness.received.map(({ id }) => id)).toEqual(['n2']);
  });
});

describe('testing a channel', () => {
  const run = (id = 'a') =>
    testChannel(harness.config, id, systemCaller(harness.now), () => harness.now, harness.fetch);

  test('testing a channel sends a signed test notification at once and returns the result', async () => {
    harness.answer = () => {
      harness.now += 40;
      return new Response();
    };
    expect(await run()).toEqual({
      ok: true,
      value: { delivered: true, status: 200, error: null, warning: null, durationMs: 40 },
    });
    expect(harness.received[0]).toMatchObject({
      type: 'test',
      id: expect.stringMatching(/^test_[0-9a-f]{32}$/),
    });
    await run();
    expect(new Set(harness.received.map(({ id }) => id)).size).toBe(2);
    expect(await orm.select().from(deliveries)).toEqual([]);
  });

  test('testing works for a disabled channel and does not disable one whose receiver responds 410', async () => {
    await orm.update(channels).set({ enabled: false });
    expect(await run()).toMatchObject({ ok: true, value: { delivered: true } });
    await orm.update(channels).set({ enabled: true });
    harness.answer = () => new Response('not here', { status: 410 });
    const error = 'a.example.com responded 410: not here';
    expect(await run()).toMatchObject({ ok: true, value: { delivered: false, status: 410, error } });
    expect((await orm.select().from(channels))[0]).toMatchObject({ enabled: true });
  });

  test('testing a channel that does not exist is rejected', async () => {
    expect(await run('nope')).toEqual({
      ok: false,
      error: {
        kind: 'not_found',
        message: 'Unknown channel "nope". GET /api/v1/channels lists all channels.',
      },
    });
  });
});
