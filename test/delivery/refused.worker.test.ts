// What the answer of a receiver means for a notification and its channel, in workerd with real D1.
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { channels, notifications } from '../../src/store/schema.ts';
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
  await addChannel(harness, 'b');
});
afterEach(() => expect(harness.forgeries).toBe(0));

const raised = async (): Promise<string[]> =>
  (await orm.select().from(notifications))
    .map(({ event }) => event)
    .filter((event) => /^channel/.test(event));
const ofA = (answer: () => Response): void => {
  harness.answer = ({ host }) => (host.startsWith('a.') ? answer() : new Response());
};

test.for([400, 413, 422])(
  'a notification that is refused for good has failed at once, and the other channels are notified (%i)',
  async (status) => {
    await enqueue(harness, 'n1');
    await enqueue(harness, 'n2');
    ofA(() => new Response('invalid_payload', { status }));
    await harness.run();
    for (const id of ['n1', 'n2'])
      expect(await deliveryOf(id)).toMatchObject({
        ...{ state: 'failed', attempts: 1, lastStatus: status, lastResponse: 'invalid_payload' },
      });
    expect(await raised()).toEqual(['channel.failing']);
    // The next notification is sent at once: its receiver works.
    expect((await orm.select().from(channels).where(eq(channels.id, 'a')))[0]).toMatchObject({
      pausedUntil: 0,
    });
  },
);

test("a receiver that asks for patience gets none of the channel's notifications until then", async () => {
  for (const id of ['n1', 'n2', 'n3']) await enqueue(harness, id);
  await orm.update(channels).set({ failures: 1 });
  ofA(() => new Response(null, { status: 429, headers: { 'retry-after': '120' } }));
  await harness.run();
  expect(harness.received).toHaveLength(1);
  harness.now += 119_000;
  await harness.run();
  expect(harness.received).toHaveLength(1);
  ofA(() => new Response());
  harness.now += 1_000;
  await harness.run();
  expect(harness.received.map(({ id }) => id).toSorted()).toEqual(['n1', 'n1', 'n2', 'n3']);
  expect(await raised()).toEqual([]);
});

test('a receiver that asks for more than an hour is asked again after an hour, and the other channels are notified', async () => {
  await enqueue(harness, 'n1');
  ofA(() => new Response(null, { status: 503, headers: { 'retry-after': '604800' } }));
  await harness.run();
  expect((await deliveryOf('n1')).nextAttemptAt).toBe(harness.now + 3_600_000);
  expect(await raised()).toEqual(['channel.failing']);
});

test('the beginning of an answer is kept without the address and the secret', async () => {
  await enqueue(harness, 'n1');
  ofA(() => new Response('thanks for /hook/t0ken-in-the-path'));
  await harness.run();
  expect((await deliveryOf('n1')).lastResponse).toMatch(/^thanks for/);
  expect((await deliveryOf('n1')).lastResponse).not.toContain('t0ken');
});
