// Openings that never reached their receiver, and their ends, in workerd with real D1: no page for an outage that is over.
import { and, eq, inArray } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventType } from '../../src/channels/events.ts';
import { type WebhookBody, webhookBodySchema } from '../../src/channels/notification.ts';
import { deliver } from '../../src/delivery/consumer.ts';
import { runBatch } from '../../src/store/database.ts';
import { type NewNotification, notificationInserts } from '../../src/store/outbox-insert.ts';
import { channels, deliveries } from '../../src/store/schema.ts';
import { bodyOfFirst, useChat } from '../support/channels/chat.ts';
import {
  addChannel,
  createOutboxHarness,
  deliveryOf,
  type OutboxHarness,
  orm,
} from '../support/d1/outbox-harness.ts';
import { bodyOf } from '../support/engine/notifications.ts';

useChat();

let harness: OutboxHarness;
let position = 0;
const bodies: WebhookBody[] = [];

beforeEach(async () => {
  harness = await createOutboxHarness('chat');
  bodies.length = 0;
  answer(204);
});
afterEach(() => expect(harness.forgeries).toBe(0));

const ids = (): string[] => harness.received.map(({ id }) => id);

/** Every request is answered with this status, and its body is kept. */
function answer(status: number): void {
  harness.answer = (_received, init) => {
    bodies.push(bodyOfFirst(init.body as string));
    return new Response(null, { status });
  };
}

/** Every connection is refused, as the local runtime reports it. */
function refuse(): void {
  harness.answer = () => Promise.reject(new TypeError('Network connection lost.'));
}

const run = (canConnect = true): Promise<void> =>
  deliver(harness.config, 'a', {
    now: () => harness.now,
    fetch: harness.fetch,
    canConnect: async () => canConnect,
  });

async function commit(...raised: readonly [id: string, type: EventType][]): Promise<void> {
  const notifications = raised.map(([id, type]): NewNotification => {
    position += 1;
    const incidentId = id.split('_')[0]!;
    return {
      id,
      body: bodyOf(type),
      at: harness.now,
      monitorId: 'web-1',
      incidentId,
      position,
      recipients: ['a', 'b'].map((channel) => ({ id: channel, routeId: null })),
    };
  });
  await runBatch(harness.config.db, notificationInserts(harness.config.db, notifications));
  const own = raised.map(([id]) => id);
  await orm.update(deliveries).set({ createdAt: harness.now }).where(inArray(deliveries.notificationId, own));
}

const opened = (): Promise<void> => commit(['i1_opened', 'incident.opened']);
const resolved = (): Promise<void> => commit(['i1_resolved', 'incident.resolved']);

describe('an opening that no attempt can have brought to its receiver', () => {
  test('an outage that ended before any attempt is one message, the end, and says that the opening was not sent', async () => {
    await opened();
    await resolved();
    await run();
    expect(ids()).toEqual(['i1_resolved']);
    expect(bodies[0]!.data.incident?.openedNotSent).toBe(true);
    expect(webhookBodySchema.parse(bodies[0])).toEqual(bodies[0]);
    expect(await deliveryOf('i1_opened')).toMatchObject({
      state: 'merged',
      mergedInto: 'i1_resolved',
      turn: null,
      finishedAt: harness.now,
    });
  });

  test('an outage whose opening was refused at every attempt is one message too, with every attempt of the end alike', async () => {
    await opened();
    refuse();
    await run(false);
    harness.now += 6_000;
    await run(false);
    expect(await deliveryOf('i1_opened')).toMatchObject({ attempts: 2, reached: false });
    await resolved();
    answer(503);
    harness.now += 60_000;
    harness.received.length = 0;
    await run();
    answer(204);
    harness.now += 60_000;
    await run();
    expect(ids()).toEqual(['i1_resolved', 'i1_resolved']);
    expect(bodies.map(({ data }) => data.incident?.openedNotSent)).toEqual([true, true]);
  });

  test('a disabled channel gets one message for an outage that ended meanwhile', async () => {
    await opened();
    await orm.update(channels).set({ enabled: false });
    await run();
    await orm.update(channels).set({ enabled: true });
    await resolved();
    await run();
    expect(ids()).toEqual(['i1_resolved']);
  });

  test('each channel decides for itself', async () => {
    await addChannel(harness, 'b', 'chat');
    await opened();
    await harness.run('b');
    await resolved();
    await harness.run('b');
    await run();
    expect(harness.received.map(({ id, host }) => `${host[0]} ${id}`)).toEqual([
      'b i1_opened',
      'b i1_resolved',
      'a i1_resolved',
    ]);
    expect(bodies.map(({ data }) => data.incident?.openedNotSent)).toEqual([undefined, undefined, true]);
  });

  test('an opening that expired before an attempt is followed by nothing', async () => {
    await opened();
    harness.now += 81 * 3_600_000;
    await resolved();
    await commit(['i2_opened', 'incident.opened']);
    await run();
    expect(ids()).toEqual(['i2_opened']);
    expect(await deliveryOf('i1_opened')).toMatchObject({ state: 'failed', reached: false });
    expect(await deliveryOf('i1_resolved')).toMatchObject({ state: 'superseded', attempts: 0 });
  });

  test('a regional problem that became an outage before any attempt is one opening', async () => {
    await commit(['i1_partial', 'incident.partial']);
    await opened();
    await run();
    expect(ids()).toEqual(['i1_opened']);
    await resolved();
    await run();
    expect(ids()).toEqual(['i1_opened', 'i1_resolved']);
    expect(bodies[1]!.data.incident).not.toHaveProperty('openedNotSent');
  });

  test('a regional problem, the outage that it became and its end are one message', async () => {
    await commit(
      ['i1_partial', 'incident.partial'],
      ['i1_opened', 'incident.opened'],
      ['i1_resolved', 'incident.resolved'],
    );
    await commit(['i2_partial', 'incident.partial'], ['i2_partial_resolved', 'incident.partial_resolved']);
    await run();
    expect(ids()).toEqual(['i1_resolved', 'i2_partial_resolved']);
    expect(bodies.map(({ data }) => data.incident?.openedNotSent)).toEqual([true, true]);
  });
});

describe('a regional problem that can have reached its receiver, and the outage that it became cannot', () => {
  beforeEach(async () => {
    await commit(['i1_partial', 'incident.partial']);
    answer(500);
    await run();
    await opened();
  });

  test('the end is sent without the mark, because the receiver may know of the incident', async () => {
    await resolved();
    answer(204);
    harness.now += 60_000;
    await run();
    expect(ids().at(-1)).toBe('i1_resolved');
    expect(await deliveryOf('i1_opened')).toMatchObject({ state: 'merged', reached: false });
    expect(bodies.at(-1)!.data.incident).not.toHaveProperty('openedNotSent');
  });

  test('the end is sent although the opening of the outage expired', async () => {
    harness.now += 81 * 3_600_000;
    answer(204);
    await run();
    expect(await deliveryOf('i1_opened')).toMatchObject({ state: 'failed', reached: false });
    await resolved();
    await run();
    expect(ids().at(-1)).toBe('i1_resolved');
  });
});

describe('an opening that can have reached its receiver', () => {
  test('an attempt that was cut off, timed out or refused with a status is followed by the end, unmarked', async () => {
    const ways: [string, () => void, boolean][] = [
      ['reset after the request', refuse, true],
      ['refused with a status', () => answer(503), true],
    ];
    for (const [index, [, fails, canConnect]] of ways.entries()) {
      const id = `w${index}`;
      harness.received.length = 0;
      bodies.length = 0;
      await commit([`${id}_opened`, 'incident.opened']);
      fails();
      await run(canConnect);
      expect(await deliveryOf(`${id}_opened`)).toMatchObject({ state: 'pending', reached: true });
      await commit([`${id}_resolved`, 'incident.resolved']);
      answer(204);
      harness.now += 60_000;
      await run();
      expect(ids()).toEqual([`${id}_opened`, `${id}_opened`, `${id}_resolved`]);
      expect(bodies.at(-1)!.data.incident).not.toHaveProperty('openedNotSent');
    }
  });

  test('one attempt that can have reached it counts, whatever later attempts show', async () => {
    await opened();
    answer(500);
    await run();
    refuse();
    harness.now += 6_000;
    await run(false);
    await resolved();
    answer(204);
    harness.now += 60_000;
    await run();
    expect(ids().slice(-2)).toEqual(['i1_opened', 'i1_resolved']);
  });

  test('a crash between the request and its record counts as an attempt that can have reached it', async () => {
    await opened();
    harness.answer = async () => {
      // The consumer is gone: nothing is recorded, and the lease stays.
      await orm.run('alter table deliveries rename to hidden');
      return new Response();
    };
    await expect(run()).rejects.toThrow();
    await orm.run('alter table hidden rename to deliveries');
    await resolved();
    answer(204);
    await run();
    expect(ids()).toEqual(['i1_opened', 'i1_opened', 'i1_resolved']);
    expect(bodies.at(-1)!.data.incident).not.toHaveProperty('openedNotSent');
  });

  test('an end that is committed while the opening is in flight waits for its outcome', async () => {
    await opened();
    harness.answer = async () => {
      await resolved();
      answer(204);
      return new Response();
    };
    await run();
    expect(ids()).toEqual(['i1_opened', 'i1_resolved']);
    expect(bodies.at(-1)!.data.incident).not.toHaveProperty('openedNotSent');
  });

  test('an opening that failed for good after such an attempt is followed by the end', async () => {
    await opened();
    answer(500);
    await run();
    harness.now += 81 * 3_600_000;
    answer(204);
    await run();
    expect(await deliveryOf('i1_opened')).toMatchObject({ state: 'failed', reached: true });
    await resolved();
    await run();
    expect(ids().at(-1)).toBe('i1_resolved');
  });
});

describe('other conditions and their ends', () => {
  test('"no data" and its end are both sent, because the end cannot say that the beginning was not sent', async () => {
    await commit(['nodata1', 'monitor.no_data'], ['nodata1_ended', 'monitor.no_data_resolved']);
    await run();
    expect(ids()).toEqual(['nodata1', 'nodata1_ended']);
  });

  test('the end of a "no data" that expired before an attempt is not sent', async () => {
    await commit(['nodata1', 'monitor.no_data']);
    harness.now += 81 * 3_600_000;
    await commit(['nodata1_ended', 'monitor.no_data_resolved']);
    await run();
    expect(ids()).toEqual([]);
    expect(await deliveryOf('nodata1_ended')).toMatchObject({ state: 'superseded' });
  });

  test('an end is sent to a channel that was never to get the beginning', async () => {
    await resolved();
    await run();
    expect(ids()).toEqual(['i1_resolved']);
    expect(bodies[0]!.data.incident).not.toHaveProperty('openedNotSent');
    const rows = await orm
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.notificationId, 'i1_resolved'), eq(deliveries.state, 'delivered')));
    expect(rows).toHaveLength(1);
  });
});
