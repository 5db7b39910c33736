// Messages that carry several notifications, on a channel that people read, in workerd with real D1.
import { inArray } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventType } from '../../src/channels/events.ts';
import { deliver } from '../../src/delivery/consumer.ts';
import { runBatch } from '../../src/store/database.ts';
import { type NewNotification, notificationInserts } from '../../src/store/outbox-insert.ts';
import { channels, deliveries } from '../../src/store/schema.ts';
import { useChat } from '../support/channels/chat.ts';
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
beforeEach(async () => {
  harness = await createOutboxHarness('chat');
});
afterEach(() => expect(harness.forgeries).toBe(0));

/** Stores them as one commit. Each incident `i<n>` has a monitor of its own. */
async function commit(
  raised: readonly [id: string, type: EventType][],
  { channelIds = ['a'], routeId = null as string | null } = {},
): Promise<void> {
  const rows = raised.map(([id, type]): NewNotification => {
    position += 1;
    const incidentId = id.split('_')[0]!;
    const body = bodyOf(type);
    const monitor = { ...body.data.monitor!, id: `monitor-${incidentId}` };
    return {
      ...{ id, at: harness.now, monitorId: monitor.id, incidentId, position },
      body: {
        ...body,
        data: { ...body.data, monitor, incident: { ...body.data.incident!, id: incidentId } },
      },
      recipients: channelIds.map((channel) => ({ id: channel, routeId })),
    };
  });
  await runBatch(harness.config.db, notificationInserts(harness.config.db, rows));
  // D1 has its own clock.
  const shift = harness.now - Date.now();
  const own = raised.map(([id]) => id);
  for (const row of await orm.select().from(deliveries).where(inArray(deliveries.notificationId, own)))
    if (row.createdAt - Date.now() < shift / 2 || shift > 1_000)
      await orm
        .update(deliveries)
        .set({
          createdAt: row.createdAt + shift,
          ...(row.heldUntil === null
            ? {}
            : { heldUntil: row.heldUntil + shift, nextAttemptAt: row.heldUntil + shift }),
        })
        .where(inArray(deliveries.notificationId, [row.notificationId]));
}

const openings = (from: number, count: number): [string, EventType][] =>
  Array.from({ length: count }, (_, index) => [`i${from + index}_opened`, 'incident.opened']);
const messages = () => harness.messages.filter(({ host }) => host.startsWith('a.')).map(({ ids }) => ids);
const respond = (status: number) => () => new Response(null, { status });

test('the first opening goes at once, and those of the next 30 seconds are one message', async () => {
  await commit(openings(1, 1));
  await harness.run();
  await commit(openings(2, 3));
  await harness.run();
  expect(messages()).toEqual([['i1_opened']]);
  harness.now += 31_000;
  await harness.run();
  expect(messages()).toEqual([['i1_opened'], ['i2_opened', 'i3_opened', 'i4_opened']]);
  expect(await deliveryOf('i2_opened')).toMatchObject({ state: 'delivered' });
  for (const id of ['i3_opened', 'i4_opened'])
    expect(await deliveryOf(id)).toMatchObject({ state: 'merged', mergedInto: 'i2_opened', turn: null });
});

test('of one commit, the first goes at once, and another route has a first one of its own', async () => {
  await commit(openings(1, 3));
  await commit(openings(10, 2), { routeId: 'shop' });
  await harness.run();
  expect(messages().toSorted()).toEqual([['i10_opened'], ['i1_opened']]);
  harness.now += 31_000;
  await harness.run();
  expect(messages().slice(2).toSorted()).toEqual([['i11_opened'], ['i2_opened', 'i3_opened']]);
});

test('the consumer is called again when the 30 seconds are over', async () => {
  await commit(openings(1, 2));
  await harness.run();
  expect(harness.queued.map(({ delaySeconds }) => delaySeconds)).toEqual([expect.closeTo(30, -1)]);
});

test('a program gets each opening at once, and both ends of an incident', async () => {
  await addChannel(harness, 'm', 'webhook');
  await commit([...openings(1, 3), ['i1_resolved', 'incident.resolved']], { channelIds: ['m'] });
  await harness.run('m');
  const got = harness.messages.map(({ ids }) => ids.join());
  expect(got.toSorted()).toEqual(['i1_opened', 'i1_resolved', 'i2_opened', 'i3_opened']);
  expect(got.indexOf('i1_opened')).toBeLessThan(got.indexOf('i1_resolved'));
});

test('an outage that ends while its opening is held is one message at once, the whole story', async () => {
  await commit(openings(1, 2));
  await harness.run();
  await commit([['i2_resolved', 'incident.resolved']]);
  await harness.run();
  expect(messages()).toEqual([['i1_opened'], ['i2_resolved', 'i2_opened']]);
  expect(await deliveryOf('i2_opened')).toMatchObject({ state: 'merged', mergedInto: 'i2_resolved' });
});

test('every attempt of a message carries the same notifications, whatever comes meanwhile', async () => {
  await commit(openings(1, 1));
  await harness.run();
  await commit(openings(2, 2));
  harness.answer = respond(503);
  harness.now += 31_000;
  await harness.run();
  await commit([['i3_resolved', 'incident.resolved']]);
  await commit(openings(4, 2));
  harness.answer = respond(204);
  harness.now += 120_000;
  await harness.run();
  const [, first, second] = messages();
  expect(first).toEqual(['i2_opened', 'i3_opened']);
  expect(second).toEqual(first);
  expect(messages().flat().indexOf('i3_resolved')).toBeGreaterThan(3);
  const rows = await orm.select().from(deliveries);
  expect(rows.filter(({ state }) => state === 'pending')).toEqual([]);
});

test('a crash before the record of an attempt repeats the message with the same notifications', async () => {
  await commit(openings(1, 1));
  await harness.run();
  await commit(openings(2, 2));
  harness.now += 31_000;
  harness.answer = async () => {
    await orm.run('alter table receipts rename to hidden');
    await orm.run('alter table deliveries rename to hidden_deliveries');
    return new Response();
  };
  await expect(harness.run()).rejects.toThrow();
  await orm.run('alter table hidden_deliveries rename to deliveries');
  await orm.run('alter table hidden rename to receipts');
  await commit(openings(4, 1));
  harness.answer = respond(204);
  harness.now += 61_000;
  await harness.run();
  expect(messages().slice(1, 3)).toEqual([
    ['i2_opened', 'i3_opened'],
    ['i2_opened', 'i3_opened'],
  ]);
});

test('a message that is given up gives up what it carries, visibly', async () => {
  await commit(openings(1, 3));
  harness.answer = respond(503);
  await harness.run();
  harness.now += 31_000;
  await harness.run();
  harness.now += 81 * 3_600_000;
  await harness.run();
  const rows = await orm.select().from(deliveries);
  expect(rows.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
  for (const { lastError } of rows) expect(lastError).toMatch(/^not sent: /);
});

test('a message whose last attempt fails gives up what it carries, visibly', async () => {
  await commit(openings(1, 3));
  harness.answer = respond(503);
  await harness.run();
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const { state, nextAttemptAt } = await deliveryOf('i2_opened');
    if (state !== 'pending') break;
    const [channel] = await orm.select().from(channels);
    harness.now = Math.max(harness.now, nextAttemptAt, channel!.pausedUntil);
    await harness.run();
  }
  expect(await deliveryOf('i2_opened')).toMatchObject({ state: 'failed', lastStatus: 503 });
  expect(await deliveryOf('i3_opened')).toMatchObject({
    ...{ state: 'failed', mergedInto: 'i2_opened' },
    lastError: 'not sent: the message that carries it was given up',
  });
  const own = messages().filter(([lead]) => lead !== 'i1_opened');
  expect(new Set(own.map((ids) => ids.join()))).toEqual(new Set(['i2_opened,i3_opened']));
});

test('a message that its receiver refuses is sent one by one, so that one notification costs no other', async () => {
  await commit(openings(1, 1));
  await harness.run();
  await commit(openings(2, 3));
  harness.now += 31_000;
  harness.answer = ({ id }, init) =>
    new Response(null, {
      status: id === 'i3_opened' || String(init.body).includes('"gathered"') ? 400 : 204,
    });
  await harness.run();
  harness.now += 61_000;
  await harness.run();
  const states = await Promise.all([1, 2, 3, 4].map((n) => deliveryOf(`i${n}_opened`)));
  expect(states.map(({ state }) => state)).toEqual(['delivered', 'delivered', 'failed', 'delivered']);
});

test('more than five messages a minute become one, and nothing is dropped', async () => {
  const events: [string, EventType][] = Array.from({ length: 50 }, (_, n) => [
    `i${n}_updated`,
    'incident.updated',
  ]);
  for (const event of events.slice(0, 5)) {
    await commit([event]);
    await harness.run();
  }
  await commit(events.slice(5));
  await harness.run();
  expect(messages()).toHaveLength(5);
  const [row] = await orm.select().from(channels);
  expect(row!.pausedUntil).toBe(harness.now + 60_000);
  harness.now += 60_000;
  await harness.run();
  expect(messages().map((ids) => ids.length)).toEqual([1, 1, 1, 1, 1, 20, 20, 5]);
  expect(new Set(messages().flat())).toEqual(new Set(events.map(([id]) => id)));
});

test('an outage right after its regional problem is not held', async () => {
  await commit([['i1_partial', 'incident.partial']]);
  await harness.run();
  await commit([['i1_opened', 'incident.opened']]);
  await harness.run();
  expect(messages()).toEqual([['i1_partial'], ['i1_opened']]);
});

test('a run ends although its last message of the minute arrives while it looks for the next notification', async () => {
  for (const id of ['i0_opened', 'i1_opened', 'i2_opened', 'i3_opened', 'i4_opened']) {
    if (id !== 'i0_opened') await harness.run();
    await commit([[id, 'incident.opened']], { routeId: id });
  }
  const { db } = harness.config;
  const isClaimed = Promise.withResolvers<void>();
  harness.answer = () => isClaimed.promise.then(() => new Response());
  let batches = 0;
  // Claims the first one, reads what can go with it, puts it together, and claims the second one while the first is in flight.
  const batch = async (statements: D1PreparedStatement[]) => {
    batches += 1;
    if (batches !== 4) return db.batch(statements);
    await commit([['i5_opened', 'incident.opened']], { routeId: 'i5_opened' });
    const results = await db.batch(statements);
    isClaimed.resolve();
    while ((await deliveryOf('i4_opened')).state === 'pending') await scheduler.wait(5);
    await scheduler.wait(50);
    return results;
  };
  const slow = { prepare: (query: string) => db.prepare(query), batch } as unknown as D1Database;
  const run = deliver({ ...harness.config, db: slow }, 'a', { now: () => harness.now, fetch: harness.fetch });
  const end = await Promise.race([run.then(() => 'ended'), scheduler.wait(5_000).then(() => 'hangs')]);
  expect(end).toBe('ended');
  expect(messages()).toHaveLength(5);
});

test('a consumer that lost its lease puts no message together and sends nothing', async () => {
  await commit(openings(1, 1));
  const { db } = harness.config;
  let batches = 0;
  // Claims it, and reads what can go with it.
  const batch = async (statements: D1PreparedStatement[]) => {
    batches += 1;
    if (batches === 3)
      await orm.update(channels).set({ lease: 'another consumer', leasedUntil: harness.now + 60_000 });
    return db.batch(statements);
  };
  const stolen = { prepare: (query: string) => db.prepare(query), batch } as unknown as D1Database;
  await deliver({ ...harness.config, db: stolen }, 'a', { now: () => harness.now, fetch: harness.fetch });
  expect(batches).toBeGreaterThanOrEqual(3);
  expect(messages()).toEqual([]);
  expect(await deliveryOf('i1_opened')).toMatchObject({ state: 'pending', mergedInto: null, attempts: 0 });
});
