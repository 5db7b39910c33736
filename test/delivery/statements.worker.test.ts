// The statements of D1 that one message costs, in workerd with real D1. An invocation has 1,000 of them.
import { afterEach, expect, test, vi } from 'vitest';
import { consumeBatch, deliver } from '../../src/delivery/consumer.ts';
import type { DeliveryMessage } from '../../src/env.ts';
import { channels } from '../../src/store/schema.ts';
import { useChat } from '../support/channels/chat.ts';
import { limitedD1, MAX_QUERIES } from '../support/d1/limited-d1.ts';
import { addChannel, createOutboxHarness, enqueue, orm } from '../support/d1/outbox-harness.ts';
import { raise } from '../support/d1/storm.ts';

useChat();

afterEach(() => vi.unstubAllGlobals());

/** Of one run, minus those of a run without a delivery. */
async function statementsOf(type: 'webhook' | 'chat', openings: number): Promise<number> {
  const harness = await createOutboxHarness(type);
  const run = async (): Promise<number> => {
    const { db, queries } = limitedD1(harness.config.db);
    await deliver({ ...harness.config, db }, 'a', { now: () => harness.now, fetch: harness.fetch });
    return queries();
  };
  const idle = await run();
  await raise(harness, 'incident.opened', { count: openings, channelsOf: () => ['a'] });
  const first = await run();
  if (openings === 1) return first - idle;
  harness.now += 31_000;
  const gathered = await run();
  expect(harness.messages.at(-1)!.ids).toHaveLength(openings - 1);
  return gathered - idle;
}

test('a notification to a program, one to people and a message of twenty cost at most 18 statements each', async () => {
  expect(await statementsOf('webhook', 1)).toBeLessThanOrEqual(13);
  expect(await statementsOf('chat', 1)).toBeLessThanOrEqual(16);
  expect(await statementsOf('chat', 21)).toBeLessThanOrEqual(18);
});

test('an invocation for twenty busy channels that people read stays below the limit of statements', async () => {
  const harness = await createOutboxHarness();
  await orm.delete(channels);
  const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
  for (const id of names) await addChannel(harness, id, 'chat');
  // Fewer than make a digest, so that each is a message of its own.
  for (const channelId of names)
    for (let index = 0; index < 5; index += 1)
      await enqueue(harness, `${channelId}-${index}`, 'incident.opened', { channelId });
  vi.stubGlobal('fetch', harness.fetch);
  const { db, queries } = limitedD1(harness.config.db);
  const messages = names.map((channelId) => ({ body: { channelId }, ack: vi.fn(), retry: vi.fn() }));
  const work: Promise<unknown>[] = [];
  const batch = { messages } as unknown as MessageBatch<DeliveryMessage>;
  await consumeBatch(
    { ...harness.config, db },
    batch,
    () => harness.now,
    (one) => work.push(one),
  );
  await Promise.all(work);
  expect(queries()).toBeLessThan(MAX_QUERIES);
  expect(harness.received.length).toBeGreaterThan(40);
});
