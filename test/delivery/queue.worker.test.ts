// How deliveries are woken: by the tick for what is overdue, and by the queue's batches. Real D1.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { consumeBatch } from '../../src/delivery/consumer.ts';
import { enqueueOverdue } from '../../src/delivery/queue.ts';
import type { DeliveryMessage } from '../../src/env.ts';
import { testChannel } from '../../src/services/channels/test-channel.ts';
import { channels, deliveries } from '../../src/store/schema.ts';
import {
  addChannel,
  type Bench,
  createBench,
  deliveryOf,
  enqueue,
  orm,
} from '../support/d1/outbox-harness.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
  vi.stubGlobal('fetch', bench.fetch);
});
afterEach(() => {
  vi.unstubAllGlobals();
  expect(bench.forgeries).toBe(0);
});

describe('wakeOverdue', () => {
  const woken = async (): Promise<string[]> => {
    bench.wakes.length = 0;
    await enqueueOverdue(bench.config, bench.now);
    expect(bench.wakes.every(({ delaySeconds }) => delaySeconds === 0)).toBe(true);
    return bench.wakes.map(({ channelId }) => channelId).sort();
  };

  test('wakes each channel with something due once, and no other', async () => {
    await addChannel(bench, 'b');
    await addChannel(bench, 'c');
    expect(await woken()).toEqual([]);
    await enqueue(bench, 'n1');
    await enqueue(bench, 'n2');
    await enqueue(bench, 'n1', 'incident.opened', { channelId: 'b' });
    expect(await woken()).toEqual(['a', 'b']);
    bench.now -= 1;
    expect(await woken()).toEqual([]);
  });

  test('leaves a channel alone that somebody is at, or that is disabled', async () => {
    await enqueue(bench, 'n1');
    await orm.update(channels).set({ lease: 'x', leasedUntil: bench.now + 1 });
    expect(await woken()).toEqual([]);
    bench.now += 1;
    expect(await woken()).toEqual(['a']);
    await orm.update(channels).set({ enabled: false });
    expect(await woken()).toEqual([]);
  });

  test('does not wake for a notification that only waits for an earlier one', async () => {
    await enqueue(bench, 'opened', 'incident.opened', { incidentId: 'i1' });
    await orm.update(deliveries).set({ nextAttemptAt: bench.now + 60_000 });
    await enqueue(bench, 'resolved', 'incident.resolved', { incidentId: 'i1' });
    expect(await woken()).toEqual([]);
  });

  test('wakes a deleted channel, so that its deliveries end', async () => {
    await enqueue(bench, 'n1');
    await orm.delete(channels);
    expect(await woken()).toEqual(['a']);
    await bench.run();
    expect(await woken()).toEqual([]);
  });

  test('throws nothing when the queue is down', async () => {
    await enqueue(bench, 'n1');
    bench.queueFails = true;
    expect(await woken()).toEqual([]);
  });
});

describe('a batch of wakes', () => {
  const unfinished: Promise<unknown>[] = [];
  afterEach(() => Promise.all(unfinished.splice(0)));

  const batchOf = (...channelIds: string[]) => {
    const messages = channelIds.map((channelId) => ({ body: { channelId }, ack: vi.fn(), retry: vi.fn() }));
    const batch = { messages } as unknown as MessageBatch<DeliveryMessage>;
    return {
      messages,
      handle: () =>
        consumeBatch(
          bench.config,
          batch,
          () => bench.now,
          (work) => unfinished.push(work),
        ),
    };
  };

  test('delivers once for a channel that it names twice, and acknowledges every message', async () => {
    await addChannel(bench, 'b');
    await enqueue(bench, 'n1');
    await enqueue(bench, 'n2', 'incident.opened', { channelId: 'b' });
    const { messages, handle } = batchOf('a', 'b', 'a', 'unknown');
    await handle();
    expect(bench.received.map(({ id }) => id).sort()).toEqual(['n1', 'n2']);
    for (const { ack, retry } of messages) {
      expect(ack).toHaveBeenCalledOnce();
      expect(retry).not.toHaveBeenCalled();
    }
  });

  test('has a hanging receiver hold up no other channel, and five requests wait at most', async () => {
    const names = ['b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const name of names) await addChannel(bench, name);
    await enqueue(bench, 'n_a');
    for (const name of names) await enqueue(bench, `n_${name}`, 'incident.opened', { channelId: name });
    const held = Promise.withResolvers<Response>();
    let waiting = 0;
    let most = 0;
    bench.answer = async ({ id }) => {
      waiting += 1;
      most = Math.max(most, waiting);
      if (id === 'n_a') await held.promise;
      else await scheduler.wait(5);
      waiting -= 1;
      return new Response();
    };
    const handled = batchOf('a', ...names).handle();
    await vi.waitFor(async () => {
      for (const name of names)
        expect(await deliveryOf(`n_${name}`, name)).toMatchObject({ state: 'delivered' });
    });
    expect(await deliveryOf('n_a')).toMatchObject({ state: 'pending' });
    held.resolve(new Response());
    await handled;
    expect(await deliveryOf('n_a')).toMatchObject({ state: 'delivered' });
    expect(most).toBeLessThanOrEqual(5);
    expect(most).toBeGreaterThan(1);
  });

  test('ends after a second, and what hangs goes on behind it', async () => {
    await enqueue(bench, 'n1');
    const held = Promise.withResolvers<Response>();
    bench.answer = () => held.promise;
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

  test('with more hanging receivers than it may wait for wakes the rest anew', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const name of names) {
      if (name !== 'a') await addChannel(bench, name);
      await enqueue(bench, `n_${name}`, 'incident.opened', { channelId: name });
    }
    const held = Promise.withResolvers<void>();
    bench.answer = () => held.promise.then(() => new Response());
    await batchOf(...names).handle();
    expect(bench.wakes).toEqual([
      { channelId: 'f', delaySeconds: 0 },
      { channelId: 'g', delaySeconds: 0 },
    ]);
    held.resolve();
    await Promise.all(unfinished);
    expect(bench.received.map(({ id }) => id).sort()).toEqual(['n_a', 'n_b', 'n_c', 'n_d', 'n_e']);
  });

  test('comes back for the channel that threw, and for no other', async () => {
    await addChannel(bench, 'b');
    await enqueue(bench, 'n1');
    await enqueue(bench, 'n2', 'incident.opened', { channelId: 'b' });
    await orm.run("update notifications set body = '{broken' where id = 'n1'");
    const { messages, handle } = batchOf('a', 'b');
    await handle();
    expect(messages[0]?.retry).toHaveBeenCalledOnce();
    expect(messages[0]?.ack).not.toHaveBeenCalled();
    expect(messages[1]?.ack).toHaveBeenCalledOnce();
    expect(bench.received.map(({ id }) => id)).toEqual(['n2']);
  });
});

describe('a test of a channel', () => {
  const run = (id = 'a') => testChannel(bench.config, id, () => bench.now, bench.fetch);

  test('sends a signed test notification at once, and says how it went', async () => {
    bench.answer = () => {
      bench.now += 40;
      return new Response();
    };
    expect(await run()).toEqual({
      ok: true,
      value: { delivered: true, status: 200, error: null, durationMs: 40 },
    });
    expect(bench.received[0]).toMatchObject({
      type: 'test',
      id: expect.stringMatching(/^test_[0-9a-f]{32}$/),
    });
    await run();
    expect(new Set(bench.received.map(({ id }) => id)).size).toBe(2);
    expect(await orm.select().from(deliveries)).toEqual([]);
  });

  test('works for a disabled channel, and changes nothing when its receiver is gone', async () => {
    await orm.update(channels).set({ enabled: false });
    expect(await run()).toMatchObject({ ok: true, value: { delivered: true } });
    await orm.update(channels).set({ enabled: true });
    bench.answer = () => new Response('nobody here', { status: 410 });
    const error = 'a.example.com answered 410: nobody here';
    expect(await run()).toMatchObject({ ok: true, value: { delivered: false, status: 410, error } });
    expect((await orm.select().from(channels))[0]).toMatchObject({ enabled: true });
  });

  test('of a channel that does not exist is refused', async () => {
    expect(await run('nope')).toEqual({
      ok: false,
      error: { kind: 'not_found', message: 'There is no channel "nope".' },
    });
  });
});
