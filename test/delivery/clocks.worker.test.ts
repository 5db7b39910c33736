// Clocks that were wrong when they wrote to the outbox, or are wrong now, in workerd with real D1.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliveryClock } from '../../src/delivery/delivery-clock.ts';
import { enqueueOverdue } from '../../src/delivery/queue.ts';
import { LEASE_MS } from '../../src/delivery/retry-policy.ts';
import { channels, deliveries } from '../../src/store/schema.ts';
import { createOutboxHarness, enqueue, type OutboxHarness, orm } from '../support/d1/outbox-harness.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

let harness: OutboxHarness;
beforeEach(async () => {
  harness = await createOutboxHarness();
});
afterEach(() => expect(harness.forgeries).toBe(0));

const ids = (): string[] => harness.received.map(({ id }) => id);

test.for([10 * 60_000, 6 * HOUR_MS, YEAR_MS])(
  'a lease that a clock %i ms ahead wrote blocks nothing, and the tick enqueues its channel',
  async (aheadMs) => {
    await enqueue(harness, 'n1');
    await orm.update(channels).set({ lease: 'crashed', leasedUntil: harness.now + aheadMs + LEASE_MS });
    await enqueueOverdue(harness.config, harness.now);
    expect(harness.queued.map(({ channelId }) => channelId)).toEqual(['a']);
    await harness.run();
    expect(ids()).toEqual(['n1']);
  },
);

test('a lease of another consumer whose clock is a second ahead holds', async () => {
  await enqueue(harness, 'n1');
  await orm.update(channels).set({ lease: 'another', leasedUntil: harness.now + 1_000 + LEASE_MS });
  await harness.run();
  expect(ids()).toEqual([]);
});

test('a delivery or a channel that a wrong clock postponed by more than the longest pause is due', async () => {
  await enqueue(harness, 'n1');
  await orm.update(deliveries).set({ turn: 'waiting', nextAttemptAt: harness.now + 30 * 24 * HOUR_MS });
  await orm.update(channels).set({ failures: 9, pausedUntil: harness.now + 30 * 24 * HOUR_MS });
  await enqueueOverdue(harness.config, harness.now);
  expect(harness.queued).toHaveLength(1);
  await harness.run();
  expect(ids()).toEqual(['n1']);
});

test('a notification whose commit time lies in the future is sent at once', async () => {
  await enqueue(harness, 'n1');
  await orm.update(deliveries).set({ nextAttemptAt: harness.now + YEAR_MS });
  await harness.run();
  expect(ids()).toEqual(['n1']);
});

test.for([6 * HOUR_MS, -6 * HOUR_MS, YEAR_MS, -YEAR_MS, 60_000])(
  'deliveries use the clock of D1 if the clock of the Worker differs by %i ms',
  async (offsetMs) => {
    const clock = await deliveryClock(harness.config.db, () => Date.now() + offsetMs);
    expect(Math.abs(clock() - Date.now())).toBeLessThan(2_000);
  },
);

test('deliveries use the clock of the Worker if it differs by less, or if D1 does not answer', async () => {
  const now = () => Date.now() + 1_000;
  expect(await deliveryClock(harness.config.db, now)).toBe(now);
  const broken = {
    prepare: () => {
      throw new Error('D1 is down');
    },
  } as unknown as D1Database;
  expect(await deliveryClock(broken, now)).toBe(now);
});
