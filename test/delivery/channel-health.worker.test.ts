// The health of channels in workerd with real D1: what is counted, when other channels are notified, when 410 disables.

import { and, eq, inArray } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordChannelOutcome } from '../../src/delivery/channel-health.ts';
import { notifyFailure } from '../../src/store/channel-health.ts';
import { channels, deliveries, notifications } from '../../src/store/schema.ts';
import {
  type Answer,
  addChannel,
  createOutboxHarness,
  deliveryOf,
  enqueue,
  type OutboxHarness,
  orm,
} from '../support/d1/outbox-harness.ts';
import { bodyOf } from '../support/engine/notifications.ts';

let harness: OutboxHarness;
beforeEach(async () => {
  harness = await createOutboxHarness();
});
afterEach(() => expect(harness.forgeries).toBe(0));

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const respond = (status: number) => () => new Response('no', { status });
const rejectWith = (message: string) => () => Promise.reject(new TypeError(message));

const channel = async (id = 'a') => (await orm.select().from(channels).where(eq(channels.id, id)))[0]!;
/** Events about channels, in the order of their positions: `failing a`. */
const raised = async (): Promise<string[]> => {
  const rows = await orm.select().from(notifications).orderBy(notifications.position);
  return rows
    .filter(({ event }) => event.startsWith('channel.'))
    .map(
      ({ event, body }) =>
        `${event.slice(8)} ${(body as { data: { channel: { id: string } } }).data.channel.id}`,
    );
};
const deliveriesOf = async (channelId: string): Promise<string[]> => {
  const rows = await orm.select().from(deliveries).where(eq(deliveries.channelId, channelId));
  return rows.map(({ notificationId }) => notificationId).sort();
};

/** Runs these channels whenever one of them has a due delivery, for this long. */
async function runFor(ms: number, ids: readonly string[] = ['a']): Promise<void> {
  const until = harness.now + ms;
  for (;;) {
    for (const id of ids) await harness.run(id);
    const pending = await orm
      .select({ at: deliveries.nextAttemptAt })
      .from(deliveries)
      .innerJoin(channels, and(eq(channels.id, deliveries.channelId), eq(channels.enabled, true)))
      .where(and(eq(deliveries.state, 'pending'), inArray(deliveries.channelId, [...ids])));
    const dueAt = Math.min(...pending.map(({ at }) => at));
    if (dueAt > until || harness.now > until) break;
    harness.now = Math.max(dueAt, harness.now + 5_000);
  }
  harness.now = Math.max(harness.now, until);
}

describe('the counters', () => {
  test('a channel without an attempt has no success and no failure', async () => {
    expect(await channel()).toMatchObject({ lastSuccessAt: null, failingSince: null, lastError: null });
  });

  test('a success is recorded, and clears the failures before it', async () => {
    await enqueue(harness, 'n1');
    harness.answer = respond(500);
    const failedAt = harness.now;
    await harness.run();
    expect(await channel()).toMatchObject({
      ...{ lastSuccessAt: null, failingSince: failedAt, lastError: 'a.example.com responded 500: no' },
      ...{ failedAttempts: 1, enabled: true, version: 1 },
    });
    harness.now += 6_000;
    harness.answer = respond(200);
    await harness.run();
    expect(await channel()).toMatchObject({
      ...{ lastSuccessAt: harness.now, failingSince: null, lastError: null, failedAttempts: 0, version: 1 },
    });
    expect(await raised()).toEqual([]);
  });

  const failures: [string, Answer, string][] = [
    ['responds 500', respond(500), 'a.example.com responded 500: no'],
    [
      'has an invalid certificate',
      rejectWith('TLS peer certificate is not trusted; reason = certificate has expired'),
      'a.example.com could not be reached: TLS peer certificate is not trusted',
    ],
    ['refuses the connection', rejectWith('connect ECONNREFUSED'), 'a.example.com could not be reached'],
  ];
  test.each(failures)('the newest error of a receiver that %s is recorded', async (_, answer, error) => {
    await enqueue(harness, 'n1');
    harness.answer = answer;
    const failedAt = harness.now;
    await harness.run();
    const { failingSince, lastError } = await channel();
    expect(failingSince).toBe(failedAt);
    expect(lastError).toContain(error);
    expect(lastError).not.toContain('t0ken');
  });

  test('an attempt of a channel that was deleted meanwhile changes nothing', async () => {
    await orm.delete(channels);
    const outcome = { delivered: false, gone: true, error: 'gone' };
    await recordChannelOutcome(harness.config, 'a', outcome, harness.now);
    expect(await raised()).toEqual([]);
  });
});

describe('a failing channel', () => {
  beforeEach(() => addChannel(harness, 'b'));
  const failingAt =
    (host: string, status = 500): Answer =>
    (received) =>
      new Response(null, { status: received.host.startsWith(host) ? status : 204 });

  test('after three failed attempts over a minute, the other channels are notified once', async () => {
    await enqueue(harness, 'n1');
    harness.answer = failingAt('a.');
    const failedAt = harness.now;
    await runFor(55_000, ['a', 'b']);
    expect(await raised()).toEqual([]);
    await runFor(2 * HOUR, ['a', 'b']);
    expect(await raised()).toEqual(['failing a']);
    const id = `channel_a_${failedAt.toString(36)}_failing`;
    expect(await deliveriesOf('b')).toEqual([id]);
    expect(await deliveriesOf('a')).toEqual(['n1']);
    expect(harness.received.filter(({ host }) => host === 'b.example.com')).toEqual([
      { id, type: 'channel.failing', host: 'b.example.com' },
    ]);
    const [{ body, monitorId, incidentId }] = (await orm
      .select()
      .from(notifications)
      .where(eq(notifications.id, id))) as [typeof notifications.$inferSelect];
    expect({ monitorId, incidentId }).toEqual({ monitorId: null, incidentId: null });
    expect(body).toMatchObject({
      type: 'channel.failing',
      data: {
        ...{ incident: null, monitor: null },
        channel: {
          ...{ id: 'a', name: 'a', type: 'webhook', since: new Date(failedAt).toISOString() },
          error: 'a.example.com responded 500',
        },
      },
    });
  });

  test('a receiver that restarts for less than a minute raises nothing', async () => {
    for (let index = 0; index < 12; index += 1) await enqueue(harness, `n${index}`);
    harness.answer = failingAt('a.');
    await runFor(50_000, ['a', 'b']);
    harness.answer = respond(200);
    await runFor(5 * MINUTE, ['a', 'b']);
    expect(await raised()).toEqual([]);
    expect(await channel()).toMatchObject({ failingSince: null, lastError: null });
  });

  test('a receiver that fails every other attempt is not failing', async () => {
    let count = 0;
    harness.answer = ({ host }) => {
      if (host.startsWith('a.')) count += 1;
      return new Response(null, { status: count % 2 === 0 ? 204 : 500 });
    };
    for (let index = 0; index < 20; index += 1) {
      await enqueue(harness, `n${index}`);
      await runFor(30_000);
    }
    expect(await raised()).toEqual([]);
  });

  test('the first success after that is notified once, and the next failure is a new one', async () => {
    await enqueue(harness, 'n1');
    harness.answer = failingAt('a.');
    const failedAt = harness.now;
    await runFor(3 * MINUTE, ['a', 'b']);
    harness.answer = respond(200);
    await runFor(10 * MINUTE, ['a', 'b']);
    await enqueue(harness, 'n2');
    await runFor(MINUTE, ['a', 'b']);
    expect(await raised()).toEqual(['failing a', 'recovered a']);
    expect(await channel()).toMatchObject({
      ...{ failingSince: null, lastError: null, failedAttempts: 0, failureNotified: false },
    });
    expect(harness.received.filter(({ host }) => host === 'b.example.com').map(({ type }) => type)).toEqual([
      'channel.failing',
      'channel.recovered',
    ]);
    expect(await deliveryOf(`channel_a_${failedAt.toString(36)}_recovered`, 'b')).toMatchObject({
      state: 'delivered',
    });

    await enqueue(harness, 'n3');
    harness.answer = failingAt('a.');
    await runFor(3 * MINUTE, ['a', 'b']);
    expect(await raised()).toEqual(['failing a', 'recovered a', 'failing a']);
  });

  test('a failure and its end stay in order on a channel that was down meanwhile', async () => {
    await enqueue(harness, 'n1');
    harness.answer = failingAt('a.');
    await runFor(3 * MINUTE, ['a']);
    harness.answer = respond(200);
    // Longer than the longest pause before the next attempt.
    await runFor(15 * MINUTE, ['a']);
    await harness.run('b');
    expect(harness.received.filter(({ host }) => host === 'b.example.com').map(({ type }) => type)).toEqual([
      'channel.failing',
      'channel.recovered',
    ]);
  });

  test('concurrent attempts raise a failure and its end once each', async () => {
    const outcome = { delivered: false, gone: false, error: 'a.example.com responded 500' };
    const count = (delivered: boolean) =>
      Promise.all(
        Array.from({ length: 8 }, () =>
          recordChannelOutcome(
            harness.config,
            'a',
            delivered ? { delivered, gone: false, error: null } : outcome,
            harness.now,
          ),
        ),
      );
    await count(false);
    expect(await channel()).toMatchObject({ failedAttempts: 8 });
    harness.now += 2 * MINUTE;
    await count(false);
    expect(await raised()).toEqual(['failing a']);
    harness.now += MINUTE;
    await count(true);
    expect(await raised()).toEqual(['failing a', 'recovered a']);
    expect((await deliveriesOf('b')).length).toBe(2);
  });

  test('a failure that another consumer ended meanwhile is not notified', async () => {
    const outcome = { delivered: false, gone: false, error: 'a.example.com responded 500' };
    await recordChannelOutcome(harness.config, 'a', outcome, harness.now);
    const { failingSince } = await channel();
    await recordChannelOutcome(harness.config, 'a', { ...outcome, delivered: true }, harness.now);
    const body = bodyOf('channel.failing');
    const stale = { id: 'stale', body, at: harness.now };
    expect(await notifyFailure(harness.config.db, 'a', failingSince!, stale)).toBe(false);
    expect(await raised()).toEqual([]);
    expect(await deliveriesOf('b')).toEqual([]);
  });

  test('two channels that fail at once are each queued on the other, and nothing is doubled', async () => {
    await enqueue(harness, 'n1');
    await enqueue(harness, 'n1', 'incident.opened', { channelId: 'b' });
    harness.answer = respond(500);
    await runFor(30 * MINUTE, ['a', 'b']);
    expect((await raised()).sort()).toEqual(['failing a', 'failing b']);
    harness.answer = respond(200);
    const before = harness.received.length;
    await runFor(HOUR, ['a', 'b']);
    const delivered = harness.received.slice(before).map(({ type, host }) => `${type} ${host[0]}`);
    expect(delivered.sort()).toEqual([
      'channel.failing a',
      'channel.failing b',
      'channel.recovered a',
      'channel.recovered b',
      'incident.opened a',
      'incident.opened b',
    ]);
  });

  test('without another channel, a failure is recorded and queued for no channel', async () => {
    await orm.delete(channels).where(eq(channels.id, 'b'));
    await enqueue(harness, 'n1');
    harness.answer = respond(500);
    await runFor(5 * MINUTE);
    expect(await raised()).toEqual(['failing a']);
    expect((await orm.select().from(deliveries)).map(({ notificationId }) => notificationId)).toEqual(['n1']);
    expect(await channel()).toMatchObject({ lastError: 'a.example.com responded 500: no', enabled: true });
  });

  test('another encryption key fails every channel, each records why, and the right key delivers everything', async () => {
    await enqueue(harness, 'n1');
    await enqueue(harness, 'n1', 'incident.opened', { channelId: 'b' });
    const { config } = harness;
    const right = config.encryptionKey;
    Object.assign(config, { encryptionKey: btoa('another key of thirty-two bytes!') });
    const failedAt = harness.now;
    await runFor(5 * MINUTE, ['a', 'b']);
    for (const id of ['a', 'b']) {
      const { failingSince, lastError, enabled } = await channel(id);
      expect({ failingSince, enabled }).toEqual({ failingSince: failedAt, enabled: true });
      expect(lastError).toMatch(/key [0-9a-f]{8} encrypted it, and it is not configured/);
    }
    expect(harness.received).toEqual([]);
    expect((await raised()).sort()).toEqual(['failing a', 'failing b']);

    Object.assign(config, { encryptionKey: right });
    await runFor(HOUR, ['a', 'b']);
    expect((await raised()).sort()).toEqual(['failing a', 'failing b', 'recovered a', 'recovered b']);
    expect(harness.received.map(({ type }) => type).sort()).toEqual([
      ...['channel.failing', 'channel.failing', 'channel.recovered', 'channel.recovered'],
      ...['incident.opened', 'incident.opened'],
    ]);
    expect(await channel()).toMatchObject({ failingSince: null, lastError: null });
  });

  test('a receiver that never answers is failing too', async () => {
    await enqueue(harness, 'n1');
    harness.answer = ({ host }) => {
      if (host.startsWith('b.')) return new Response();
      harness.now += 15_000;
      return Promise.reject(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    };
    await runFor(4 * MINUTE, ['a', 'b']);
    expect(await raised()).toEqual(['failing a']);
  });
});

describe('410 Gone', () => {
  beforeEach(() => addChannel(harness, 'b'));
  const gone = { delivered: false, gone: true, error: 'a.example.com responded 410' };
  const failed = { delivered: false, gone: false, error: 'a.example.com responded 500' };
  const delivered = { delivered: true, gone: false, error: null };
  /** Attempts of channel `a` at these minutes from now. */
  async function attempts(...list: [number, typeof gone | typeof delivered][]): Promise<void> {
    const startedAt = harness.now;
    for (const [minutes, outcome] of list)
      await recordChannelOutcome(harness.config, 'a', outcome, startedAt + minutes * MINUTE);
  }

  const kept: [string, [number, typeof gone | typeof delivered][]][] = [
    ['one 410', [[0, gone]]],
    ['three 410 within a minute', [0, 0.5, 1].map((minutes) => [minutes, gone])],
    ['two 410 over two hours', [0, 120].map((minutes) => [minutes, gone])],
    [
      'two 410 and many other errors over two hours',
      [
        [0, gone],
        [60, failed],
        [90, failed],
        [100, failed],
        [120, gone],
      ],
    ],
    [
      '410 with a success in between',
      [
        [0, gone],
        [30, gone],
        [50, delivered],
        [70, gone],
        [80, gone],
        [100, gone],
      ],
    ],
  ];
  test.each(kept)('%s does not disable a channel', async (_, list) => {
    await attempts(...list);
    expect(await channel()).toMatchObject({ enabled: true, disabledReason: null, version: 1 });
    expect(await raised()).not.toContain('disabled a');
  });

  const disabling: [string, [number, typeof gone | typeof delivered][]][] = [
    ['three 410 over an hour', [0, 30, 60].map((minutes) => [minutes, gone])],
    [
      'three 410 with other errors in between',
      [
        [0, gone],
        [10, failed],
        [40, gone],
        [50, failed],
        [61, gone],
      ],
    ],
    ['many 410 in a minute and one after an hour', [0, 0.1, 0.2, 0.3, 60].map((minutes) => [minutes, gone])],
  ];
  test.each(disabling)('%s disable it with a reason, and the others are notified once', async (_, list) => {
    const startedAt = harness.now;
    await attempts(...list, [62, gone], [63, gone]);
    expect(await channel()).toMatchObject({
      ...{ enabled: false, version: 2, lastError: 'a.example.com responded 410' },
      disabledReason: expect.stringMatching(
        /^The receiver responded 410 Gone \d times from .*, then enable the/,
      ),
    });
    expect((await raised()).filter((event) => event !== 'failing a')).toEqual(['disabled a']);
    expect(await deliveriesOf('b')).toContain(`channel_a_${startedAt.toString(36)}_disabled`);
  });

  test('a receiver that responds 410 from now on disables its channel after an hour, and loses no delivery', async () => {
    await enqueue(harness, 'n1');
    harness.answer = ({ host }) => new Response(null, { status: host.startsWith('a.') ? 410 : 204 });
    const startedAt = harness.now;
    await runFor(59 * MINUTE, ['a', 'b']);
    expect((await channel()).enabled).toBe(true);
    await runFor(2 * HOUR, ['a', 'b']);
    const { enabled, updatedAt } = await channel();
    expect(enabled).toBe(false);
    expect(updatedAt - startedAt).toBeGreaterThanOrEqual(HOUR);
    expect(await raised()).toEqual(['failing a', 'disabled a']);
    expect(await deliveryOf('n1')).toMatchObject({ state: 'pending', lastStatus: 410 });
  });

  test('consumers that race for the last 410 disable the channel once', async () => {
    await attempts([0, gone], [30, gone]);
    harness.now += HOUR;
    await Promise.all(
      Array.from({ length: 6 }, () => recordChannelOutcome(harness.config, 'a', gone, harness.now)),
    );
    expect(await channel()).toMatchObject({ enabled: false, version: 2 });
    expect((await raised()).filter((event) => event === 'disabled a').length).toBe(1);
  });

  test('a channel that a person disabled meanwhile raises nothing', async () => {
    await attempts([0, gone], [30, gone]);
    await orm.update(channels).set({ enabled: false }).where(eq(channels.id, 'a'));
    const before = await raised();
    await attempts([60, gone]);
    expect(await channel()).toMatchObject({ enabled: false, disabledReason: null, version: 1 });
    expect(await raised()).toEqual(before);
  });
});
