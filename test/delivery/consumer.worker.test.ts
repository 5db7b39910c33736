// Deliveries in workerd with real D1: attempts, order and the end of a run.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateSecret } from '../../src/channels/webhook.ts';
import { BACK_OFF_MS } from '../../src/delivery/retry-policy.ts';
import { channelPlace, seal } from '../../src/store/encryption.ts';
import { channels } from '../../src/store/schema.ts';
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

afterEach(() => expect(harness.forgeries).toBe(0));

const ids = (): string[] => harness.received.map(({ id }) => id);
const respond = (status: number) => () => new Response('no', { status });

describe('a notification', () => {
  test('a notification is delivered once, even if its channel is enqueued several times', async () => {
    await enqueue(harness, 'n1');
    await harness.run();
    await harness.run();
    await harness.run();
    expect(ids()).toEqual(['n1']);
    expect(await deliveryOf('n1')).toMatchObject({
      state: 'delivered',
      attempts: 1,
      lastStatus: 204,
      lastError: null,
      finishedAt: harness.now,
    });
    expect(harness.queued).toEqual([]);
  });

  test('a notification is sent once when several consumers race for it', async () => {
    await Promise.all(['n1', 'n2', 'n3'].map((id) => enqueue(harness, id)));
    await Promise.all(Array.from({ length: 6 }, () => harness.run()));
    expect(ids().sort()).toEqual(['n1', 'n2', 'n3']);
  });

  test('a notification is not sent again before it is due', async () => {
    await enqueue(harness, 'n1');
    harness.answer = respond(503);
    await harness.run();
    harness.now = (await deliveryOf('n1')).nextAttemptAt - 1;
    await harness.run();
    expect(ids()).toEqual(['n1']);
    harness.now += 1;
    await harness.run();
    expect(ids()).toEqual(['n1', 'n1']);
  });

  test('a notification is sent again with the same id when its receiver is back', async () => {
    await enqueue(harness, 'n1');
    harness.answer = respond(503);
    await harness.run();
    expect(await deliveryOf('n1')).toMatchObject({
      state: 'pending',
      attempts: 1,
      lastStatus: 503,
      lastError: 'a.example.com responded 503: no',
    });
    const { delaySeconds } = harness.queued[0]!;
    expect(delaySeconds).toBeGreaterThanOrEqual(5);
    expect(delaySeconds).toBeLessThanOrEqual(6);

    await harness.run();
    expect(ids()).toEqual(['n1']);
    harness.now += delaySeconds * 1000;
    harness.answer = respond(200);
    await harness.run();
    expect(ids()).toEqual(['n1', 'n1']);
    expect(await deliveryOf('n1')).toMatchObject({ state: 'delivered', attempts: 2, lastError: null });
  });

  test('a delivery fails for good after at most 80 hours of attempts with growing pauses', async () => {
    await enqueue(harness, 'n1');
    harness.answer = respond(500);
    const startedAt = harness.now;
    const pausesMs: number[] = [];
    while ((await deliveryOf('n1')).state === 'pending' && pausesMs.length <= BACK_OFF_MS.length) {
      await harness.run();
      const { state, nextAttemptAt } = await deliveryOf('n1');
      if (state === 'pending') pausesMs.push(nextAttemptAt - harness.now);
      harness.now = Math.max(harness.now, nextAttemptAt);
    }
    expect(await deliveryOf('n1')).toMatchObject({ state: 'failed', attempts: BACK_OFF_MS.length + 1 });
    pausesMs.forEach((pauseMs, index) => {
      expect(Math.abs(pauseMs - BACK_OFF_MS[index]!)).toBeLessThanOrEqual(BACK_OFF_MS[index]! / 10);
    });
    const hours = (harness.now - startedAt) / 3_600_000;
    expect(hours).toBeGreaterThan(65);
    expect(hours).toBeLessThanOrEqual(80);
    // A queue delays a message by 12 hours at most.
    expect(Math.max(...harness.queued.map(({ delaySeconds }) => delaySeconds))).toBeLessThanOrEqual(43_200);
  });

  test('a receiver that responds 410 Gone once is tried again later, and its channel stays enabled', async () => {
    await enqueue(harness, 'n1');
    await enqueue(harness, 'n2');
    harness.answer = respond(410);
    await harness.run();
    await harness.run();
    expect(ids()).toEqual(['n1', 'n2']);
    for (const id of ids()) {
      expect(await deliveryOf(id)).toMatchObject({ state: 'pending', attempts: 1, lastStatus: 410 });
    }
    expect((await orm.select().from(channels))[0]).toMatchObject({ enabled: true, lease: null });
    harness.answer = respond(200);
    harness.now += 6_000;
    await harness.run();
    expect(await deliveryOf('n1')).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  test('a redirect does not count as delivered and is not followed', async () => {
    await enqueue(harness, 'n1');
    harness.answer = (_, init) => {
      expect(init.redirect).toBe('manual');
      return new Response(null, { status: 307, headers: { location: 'https://elsewhere.example.com/' } });
    };
    await harness.run();
    expect(ids()).toEqual(['n1']);
    expect((await deliveryOf('n1')).lastError).toContain('redirects are not followed');
  });

  test('an unreachable receiver is tried again, and the record does not contain its path', async () => {
    await enqueue(harness, 'n1');
    harness.answer = () =>
      Promise.reject(new TypeError('connect to https://a.example.com/hook/t0ken-in-the-path failed'));
    await harness.run();
    const { state, lastStatus, lastError } = await deliveryOf('n1');
    expect({ state, lastStatus }).toEqual({ state: 'pending', lastStatus: null });
    expect(lastError).toContain('a.example.com could not be reached');
    expect(lastError).not.toContain('t0ken');
  });
});

describe('the order of deliveries', () => {
  test('notifications of an incident stay in order during retries and do not delay other incidents', async () => {
    await enqueue(harness, 'opened', 'incident.opened', { incidentId: 'i1' });
    await enqueue(harness, 'resolved', 'incident.resolved', { incidentId: 'i1' });
    await enqueue(harness, 'other', 'incident.opened', { incidentId: 'i2' });
    harness.answer = ({ id }) => new Response(null, { status: id === 'opened' ? 500 : 204 });
    await harness.run();
    expect(ids()).toEqual(['opened', 'other']);

    harness.answer = respond(200);
    harness.now += 6_000;
    await harness.run();
    expect(ids()).toEqual(['opened', 'other', 'opened', 'resolved']);
  });

  test('no-data notifications stay in order for each monitor on its own', async () => {
    await enqueue(harness, 'nodata_1', 'monitor.no_data', { incidentId: null });
    await enqueue(harness, 'nodata_1_ended', 'monitor.no_data_resolved', { incidentId: null });
    await enqueue(harness, 'nodata_2', 'monitor.no_data', { incidentId: null, monitorId: 'web-2' });
    harness.answer = ({ id }) => new Response(null, { status: id === 'nodata_1' ? 500 : 204 });
    await harness.run();
    expect(ids()).toEqual(['nodata_1', 'nodata_2']);
  });

  test('the next notification of an incident is sent after an earlier one failed for good', async () => {
    await enqueue(harness, 'opened', 'incident.opened', { incidentId: 'i1' });
    harness.now += 81 * 3_600_000;
    await enqueue(harness, 'resolved', 'incident.resolved', { incidentId: 'i1' });
    await harness.run();
    expect(ids()).toEqual(['resolved']);
    expect(await deliveryOf('opened')).toMatchObject({
      state: 'failed',
      lastError: expect.stringContaining('older than 80 hours'),
    });
  });

  test('deliveries of one channel do not wait for another channel', async () => {
    await addChannel(harness, 'b');
    await enqueue(harness, 'opened', 'incident.opened', { incidentId: 'i1' });
    await enqueue(harness, 'resolved', 'incident.resolved', { incidentId: 'i1', channelId: 'b' });
    harness.answer = respond(500);
    await harness.run('a');
    harness.answer = respond(200);
    await harness.run('b');
    expect(harness.received.map(({ host }) => host)).toEqual(['a.example.com', 'b.example.com']);
  });
});

describe('a delivery run', () => {
  test('a long run ends, releases its lease and enqueues another run for the rest', async () => {
    for (const id of ['n1', 'n2', 'n3']) await enqueue(harness, id);
    // The channel sends one at a time, and 422 says nothing about it: the receiver refuses the notification.
    await orm.update(channels).set({ failures: 1 });
    harness.answer = () => {
      harness.now += 15_000;
      return new Response(null, { status: 422 });
    };
    await harness.run();
    expect(ids()).toEqual(['n1']);
    expect(harness.queued.map(({ delaySeconds }) => delaySeconds > 0)).toEqual([false]);
    expect((await orm.select().from(channels))[0]?.lease).toBeNull();
    harness.answer = respond(200);
    await harness.run();
    expect(ids()).toEqual(['n1', 'n2', 'n3']);
  });

  test('a run makes at most twenty attempts', async () => {
    for (let index = 0; index < 25; index += 1) await enqueue(harness, `n${index}`);
    await harness.run();
    expect(ids().length).toBe(20);
    expect(harness.queued).toEqual([{ channelId: 'a', delaySeconds: 0 }]);
    await harness.run();
    expect(new Set(ids()).size).toBe(25);
  });

  test('a run continues when the queue is down, because the outbox is the truth', async () => {
    await enqueue(harness, 'n1');
    await enqueue(harness, 'n2');
    harness.queueFails = true;
    harness.answer = respond(500);
    await harness.run();
    expect(ids()).toEqual(['n1', 'n2']);
    expect(await deliveryOf('n1')).toMatchObject({ state: 'pending', attempts: 1 });
  });

  test('a run sends nothing to a stored address that is forbidden today', async () => {
    await enqueue(harness, 'n1');
    const sealedConfig = await seal(harness.config, channelPlace('a'), {
      url: 'https://127.0.0.1/hook',
      secret: generateSecret(),
    });
    await orm.update(channels).set({ sealedConfig });
    await harness.run();
    expect(ids()).toEqual([]);
    expect((await deliveryOf('n1')).lastError).toMatch(/^not sent: /);
  });

  test('a run records a channel that it cannot decrypt or does not know, and tries again later', async () => {
    await enqueue(harness, 'n1');
    await orm.update(channels).set({ sealedConfig: 'v1.AAAA' });
    await harness.run();
    expect((await deliveryOf('n1')).lastError).toContain('malformed');
    harness.now += 10_000;
    await orm.update(channels).set({ type: 'pigeon' });
    await harness.run();
    expect(await deliveryOf('n1')).toMatchObject({
      state: 'pending',
      attempts: 2,
      lastError: expect.stringContaining('"pigeon"'),
    });
    expect(ids()).toEqual([]);
  });
});

describe('a disabled or deleted channel', () => {
  test('a disabled channel keeps its notifications and sends them when it is enabled again', async () => {
    await enqueue(harness, 'n1');
    await orm.update(channels).set({ enabled: false });
    await harness.run();
    expect(ids()).toEqual([]);
    await orm.update(channels).set({ enabled: true });
    await harness.run();
    expect(ids()).toEqual(['n1']);
  });

  test('the deliveries of a deleted channel fail', async () => {
    await enqueue(harness, 'n1');
    await orm.delete(channels);
    await harness.run();
    expect(await deliveryOf('n1')).toMatchObject({ state: 'failed', lastError: 'the channel was deleted' });
  });
});
