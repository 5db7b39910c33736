// 200 monitors that fail in the same minute, on four channels of which one hangs, in workerd with real D1. Prints figures.
import { afterEach, expect, test, vi } from 'vitest';
import { consumeBatch } from '../../src/delivery/consumer.ts';
import { enqueueOverdue } from '../../src/delivery/queue.ts';
import type { DeliveryMessage } from '../../src/env.ts';
import { channels, deliveries } from '../../src/store/schema.ts';
import { useChat } from '../support/channels/chat.ts';
import { addChannel, createOutboxHarness, type OutboxHarness, orm } from '../support/d1/outbox-harness.ts';
import { type Accepted, problemsOf, raise } from '../support/d1/storm.ts';

useChat();

vi.setConfig({ testTimeout: 600_000 });
afterEach(() => vi.restoreAllMocks());

const MONITORS = 200;
/** The hanging receiver is waited for a hundredth of the documented time. */
const QUICKER = 100;

test('the other channels get everything, and no tick waits for the one that hangs', async () => {
  const harness = await createOutboxHarness();
  await orm.delete(channels);
  const ids = ['webhook', 'machine', 'chat', 'hangs'];
  for (const id of ids) await addChannel(harness, id, id === 'chat' ? 'chat' : 'webhook');
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / QUICKER));
  const accepted: (Accepted & { at: number })[] = [];
  harness.answer = ({ host }, { signal }) => {
    const channel = host.split('.')[0]!;
    if (channel !== 'hangs') {
      accepted.push({ channel, ids: harness.messages.at(-1)!.ids, at: harness.now });
      return new Response(null, { status: 204 });
    }
    return new Promise((_, reject) => {
      signal!.addEventListener('abort', () => reject(signal!.reason));
    });
  };
  vi.stubGlobal('fetch', harness.fetch);
  const startedAt = harness.now;
  // Twenty commits, as the reports come in.
  for (let from = 0; from < MONITORS; from += 10)
    await raise(harness, 'incident.opened', { from, count: 10, channelsOf: () => ids });
  const work: Promise<unknown>[] = [];
  let slowestTickMs = 0;
  let batches = 0;
  for (let second = 0; second < 600; second += 10) {
    harness.now = startedAt + second * 1_000;
    if (second % 60 === 0) {
      const before = performance.now();
      await enqueueOverdue(harness.config, harness.now);
      slowestTickMs = Math.max(slowestTickMs, performance.now() - before);
    }
    for (const message of harness.queued) message.delaySeconds -= 10;
    for (let due = takeDue(harness); due.length > 0; due = takeDue(harness)) {
      const messages = due.map((body) => ({ body, ack: () => {}, retry: () => {} }));
      const batch = { messages } as unknown as MessageBatch<DeliveryMessage>;
      await consumeBatch(
        harness.config,
        batch,
        () => harness.now,
        (one) => work.push(one),
      );
      await Promise.all(work.splice(0));
      batches += 1;
    }
    const left = await orm
      .select({ channel: deliveries.channelId, state: deliveries.state })
      .from(deliveries);
    if (left.every(({ channel, state }) => channel === 'hangs' || state !== 'pending')) break;
  }
  const figures = ids.map((id) => {
    const own = accepted.filter(
      ({ channel, ids: carried }) => channel === id && carried[0]!.endsWith('_opened'),
    );
    const seconds = own.length === 0 ? null : (own.at(-1)!.at - startedAt) / 1_000;
    return {
      channel: id,
      messages: own.length,
      notifications: own.flatMap((one) => one.ids).filter((one) => one.endsWith('_opened')).length,
      seconds,
    };
  });
  console.log(
    `storm ${JSON.stringify(figures)}, slowest tick ${slowestTickMs.toFixed(0)} ms, ${batches} batches`,
  );
  const problems = (await problemsOf(accepted)).filter((one) => !one.startsWith('hangs '));
  expect(problems).toEqual([]);
  expect(figures.map(({ notifications }) => notifications)).toEqual([MONITORS, MONITORS, MONITORS, 0]);
  expect(figures[0]!.messages).toBe(MONITORS);
  expect(figures[2]!.messages).toBeLessThanOrEqual(15);
  expect(slowestTickMs).toBeLessThan(5_000);
});

/** Takes the messages whose delay is over. */
function takeDue({ queued }: OutboxHarness): DeliveryMessage[] {
  const due = queued.filter(({ delaySeconds }) => delaySeconds <= 0);
  queued.splice(0, queued.length, ...queued.filter((one) => !due.includes(one)));
  return due.map(({ channelId }) => ({ channelId }));
}
