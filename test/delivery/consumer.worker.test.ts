// Deliveries in workerd with real D1: how often, in which order, and by whom.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateSecret } from '../../src/channels/webhook.ts';
import { BACK_OFF_MS } from '../../src/delivery/consumer.ts';
import { seal } from '../../src/store/encryption.ts';
import { channels } from '../../src/store/schema.ts';
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
});

afterEach(() => expect(bench.forgeries).toBe(0));

const ids = (): string[] => bench.received.map(({ id }) => id);
const unwell = (status: number) => () => new Response('no', { status });

describe('one notification', () => {
  test('is delivered once, however often its channel is woken', async () => {
    await enqueue(bench, 'n1');
    await bench.run();
    await bench.run();
    await bench.run();
    expect(ids()).toEqual(['n1']);
    expect(await deliveryOf('n1')).toMatchObject({
      state: 'delivered',
      attempts: 1,
      lastStatus: 204,
      lastError: null,
      finishedAt: bench.now,
    });
    expect(bench.wakes).toEqual([]);
  });

  test('is sent once when two consumers race for it', async () => {
    await Promise.all(['n1', 'n2', 'n3'].map((id) => enqueue(bench, id)));
    await Promise.all(Array.from({ length: 6 }, () => bench.run()));
    expect(ids().sort()).toEqual(['n1', 'n2', 'n3']);
  });

  test('is not sent before it is due', async () => {
    await enqueue(bench, 'n1');
    bench.now -= 1;
    await bench.run();
    expect(ids()).toEqual([]);
  });

  test('comes with the same id once its receiver is back', async () => {
    await enqueue(bench, 'n1');
    bench.answer = unwell(503);
    await bench.run();
    expect(await deliveryOf('n1')).toMatchObject({
      state: 'pending',
      attempts: 1,
      lastStatus: 503,
      lastError: 'a.example.com answered 503: no',
    });
    const { delaySeconds } = bench.wakes[0]!;
    expect(delaySeconds).toBeGreaterThanOrEqual(5);
    expect(delaySeconds).toBeLessThanOrEqual(6);

    await bench.run();
    expect(ids()).toEqual(['n1']);
    bench.now += delaySeconds * 1000;
    bench.answer = unwell(200);
    await bench.run();
    expect(ids()).toEqual(['n1', 'n1']);
    expect(await deliveryOf('n1')).toMatchObject({ state: 'delivered', attempts: 2, lastError: null });
  });

  test('is given up after about a day of attempts, each later than the last', async () => {
    await enqueue(bench, 'n1');
    bench.answer = unwell(500);
    const startedAt = bench.now;
    const pausesMs: number[] = [];
    while ((await deliveryOf('n1')).state === 'pending' && pausesMs.length <= BACK_OFF_MS.length) {
      await bench.run();
      const { state, nextAttemptAt } = await deliveryOf('n1');
      if (state === 'pending') pausesMs.push(nextAttemptAt - bench.now);
      bench.now = Math.max(bench.now, nextAttemptAt);
    }
    expect(await deliveryOf('n1')).toMatchObject({ state: 'failed', attempts: BACK_OFF_MS.length + 1 });
    pausesMs.forEach((pauseMs, index) => {
      expect(Math.abs(pauseMs - BACK_OFF_MS[index]!)).toBeLessThanOrEqual(BACK_OFF_MS[index]! / 10);
    });
    const hours = (bench.now - startedAt) / 3_600_000;
    expect(hours).toBeGreaterThan(21);
    expect(hours).toBeLessThan(27);
    // No wake may ask for more than a queue can do: 12 hours.
    expect(Math.max(...bench.wakes.map(({ delaySeconds }) => delaySeconds))).toBeLessThanOrEqual(43_200);
  });

  test('whose receiver is gone (410) fails for good, and its channel is disabled', async () => {
    await enqueue(bench, 'n1');
    await enqueue(bench, 'n2');
    bench.answer = unwell(410);
    await bench.run();
    await bench.run();
    expect(ids()).toEqual(['n1']);
    expect(await deliveryOf('n1')).toMatchObject({ state: 'failed', lastStatus: 410 });
    expect(await deliveryOf('n2')).toMatchObject({ state: 'pending' });
    expect((await orm.select().from(channels))[0]).toMatchObject({ enabled: false, lease: null });
  });

  test('is not delivered by a redirect, and the redirect is not followed', async () => {
    await enqueue(bench, 'n1');
    bench.answer = (_, init) => {
      expect(init.redirect).toBe('manual');
      return new Response(null, { status: 307, headers: { location: 'https://elsewhere.example.com/' } });
    };
    await bench.run();
    expect(ids()).toEqual(['n1']);
    expect((await deliveryOf('n1')).lastError).toContain('redirects are not followed');
  });

  test('is tried again when the receiver cannot be reached, without its path in the record', async () => {
    await enqueue(bench, 'n1');
    bench.answer = () =>
      Promise.reject(new TypeError('connect to https://a.example.com/hook/t0ken-in-the-path failed'));
    await bench.run();
    const { state, lastStatus, lastError } = await deliveryOf('n1');
    expect({ state, lastStatus }).toEqual({ state: 'pending', lastStatus: null });
    expect(lastError).toContain('a.example.com could not be reached');
    expect(lastError).not.toContain('t0ken');
  });
});

describe('the order', () => {
  test('of an incident is kept while its first notification is retried, and holds up no other', async () => {
    await enqueue(bench, 'opened', 'incident.opened', { incidentId: 'i1' });
    await enqueue(bench, 'resolved', 'incident.resolved', { incidentId: 'i1' });
    await enqueue(bench, 'other', 'incident.opened', { incidentId: 'i2' });
    bench.answer = ({ id }) => new Response(null, { status: id === 'opened' ? 500 : 204 });
    await bench.run();
    expect(ids()).toEqual(['opened', 'other']);

    bench.answer = unwell(200);
    bench.now += 6_000;
    await bench.run();
    expect(ids()).toEqual(['opened', 'other', 'opened', 'resolved']);
  });

  test('of blindness is kept for each monitor by itself', async () => {
    await enqueue(bench, 'nodata_1', 'monitor.no_data', { incidentId: null });
    await enqueue(bench, 'nodata_1_ended', 'monitor.no_data_resolved', { incidentId: null });
    await enqueue(bench, 'nodata_2', 'monitor.no_data', { incidentId: null, monitorId: 'web-2' });
    bench.answer = ({ id }) => new Response(null, { status: id === 'nodata_1' ? 500 : 204 });
    await bench.run();
    expect(ids()).toEqual(['nodata_1', 'nodata_2']);
  });

  test('goes on after a notification of the incident was given up', async () => {
    await enqueue(bench, 'opened', 'incident.opened', { incidentId: 'i1' });
    bench.now += 49 * 3_600_000;
    await enqueue(bench, 'resolved', 'incident.resolved', { incidentId: 'i1' });
    await bench.run();
    expect(ids()).toEqual(['resolved']);
    expect(await deliveryOf('opened')).toMatchObject({
      state: 'failed',
      lastError: expect.stringContaining('older than 48 hours'),
    });
  });

  test('of one channel does not wait for another channel', async () => {
    await addChannel(bench, 'b');
    await enqueue(bench, 'opened', 'incident.opened', { incidentId: 'i1' });
    await enqueue(bench, 'resolved', 'incident.resolved', { incidentId: 'i1', channelId: 'b' });
    bench.answer = unwell(500);
    await bench.run('a');
    bench.answer = unwell(200);
    await bench.run('b');
    expect(bench.received.map(({ host }) => host)).toEqual(['a.example.com', 'b.example.com']);
  });
});

describe('a run', () => {
  test('that took long ends, and wakes another for what is left once the lease is back', async () => {
    for (const id of ['n1', 'n2', 'n3']) await enqueue(bench, id);
    bench.answer = () => {
      bench.now += 15_000;
      return new Response(null, { status: 500 });
    };
    await bench.run();
    expect(ids()).toEqual(['n1']);
    expect(bench.wakes.map(({ delaySeconds }) => delaySeconds > 0)).toEqual([true, false]);
    expect((await orm.select().from(channels))[0]?.lease).toBeNull();
    bench.answer = unwell(200);
    await bench.run();
    expect(ids()).toEqual(['n1', 'n2', 'n3']);
  });

  test('makes no more than twenty attempts', async () => {
    for (let index = 0; index < 25; index += 1) await enqueue(bench, `n${index}`);
    await bench.run();
    expect(ids().length).toBe(20);
    expect(bench.wakes).toEqual([{ channelId: 'a', delaySeconds: 0 }]);
    await bench.run();
    expect(new Set(ids()).size).toBe(25);
  });

  test('goes on when the queue is down: the outbox is the truth', async () => {
    await enqueue(bench, 'n1');
    await enqueue(bench, 'n2');
    bench.queueFails = true;
    bench.answer = unwell(500);
    await bench.run();
    expect(ids()).toEqual(['n1', 'n2']);
    expect(await deliveryOf('n1')).toMatchObject({ state: 'pending', attempts: 1 });
  });

  test('sends nothing to an address that is forbidden by now', async () => {
    await enqueue(bench, 'n1');
    const sealedConfig = await seal(bench.config.encryptionKey, {
      url: 'https://127.0.0.1/hook',
      secret: generateSecret(),
    });
    await orm.update(channels).set({ sealedConfig });
    await bench.run();
    expect(ids()).toEqual([]);
    expect((await deliveryOf('n1')).lastError).toMatch(/^not sent: /);
  });

  test('whose channel cannot be opened, or is of a type it does not know, records that and tries later', async () => {
    await enqueue(bench, 'n1');
    await orm.update(channels).set({ sealedConfig: 'v1.AAAA' });
    await bench.run();
    expect((await deliveryOf('n1')).lastError).toContain('malformed');
    bench.now += 10_000;
    await orm.update(channels).set({ type: 'pigeon' });
    await bench.run();
    expect(await deliveryOf('n1')).toMatchObject({
      state: 'pending',
      attempts: 2,
      lastError: expect.stringContaining('"pigeon"'),
    });
    expect(ids()).toEqual([]);
  });
});

describe('a channel', () => {
  test('that is disabled keeps its notifications, and sends them when it is enabled again', async () => {
    await enqueue(bench, 'n1');
    await orm.update(channels).set({ enabled: false });
    await bench.run();
    expect(ids()).toEqual([]);
    await orm.update(channels).set({ enabled: true });
    await bench.run();
    expect(ids()).toEqual(['n1']);
  });

  test('that was deleted drops its notifications', async () => {
    await enqueue(bench, 'n1');
    await orm.delete(channels);
    await bench.run();
    expect(await deliveryOf('n1')).toMatchObject({ state: 'failed', lastError: 'the channel was deleted' });
  });
});
