// The lease of a channel in workerd with real D1: one consumer sends at a time, and a crash blocks it for a minute at most.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { channels } from '../../src/store/schema.ts';
import { createOutboxHarness, enqueue, type OutboxHarness, orm } from '../support/d1/outbox-harness.ts';

let harness: OutboxHarness;
beforeEach(async () => {
  harness = await createOutboxHarness();
});
afterEach(() => expect(harness.forgeries).toBe(0));

const ids = (): string[] => harness.received.map(({ id }) => id);

describe('the lease', () => {
  test('the lease of a crashed consumer expires, and its notification is then sent', async () => {
    await enqueue(harness, 'n1');
    await orm.update(channels).set({ lease: 'crashed', leasedUntil: harness.now + 60_000 });
    await harness.run();
    expect(ids()).toEqual([]);
    harness.now += 60_000;
    await harness.run();
    expect(ids()).toEqual(['n1']);
  });

  test('a run releases the lease, also if it throws', async () => {
    await enqueue(harness, 'n1');
    await harness.run();
    expect((await orm.select().from(channels))[0]).toMatchObject({ lease: null, leasedUntil: 0 });

    await enqueue(harness, 'n2');
    await orm.run('alter table notifications rename to hidden');
    await expect(harness.run()).rejects.toThrow();
    await orm.run('alter table hidden rename to notifications');
    expect((await orm.select().from(channels))[0]).toMatchObject({ lease: null, leasedUntil: 0 });
    await harness.run();
    expect(ids()).toEqual(['n1', 'n2']);
  });

  test('the lease is renewed for every attempt, and a consumer that lost it stops sending', async () => {
    for (const id of ['n1', 'n2', 'n3'])
      await enqueue(harness, id, 'incident.opened', { monitorId: 'web-1' });
    const leases: number[] = [];
    harness.answer = async ({ id }) => {
      leases.push((await orm.select().from(channels))[0]!.leasedUntil - harness.now);
      harness.now += 3_000;
      if (id === 'n2')
        await orm.update(channels).set({ lease: 'another consumer', leasedUntil: harness.now + 60_000 });
      return new Response();
    };
    await harness.run();
    expect(leases).toEqual([60_000, 60_000]);
    expect(ids()).toEqual(['n1', 'n2']);
    expect((await orm.select().from(channels))[0]?.lease).toBe('another consumer');
  });

  test('a notification that arrives while the lease is still held is sent by its holder', async () => {
    await enqueue(harness, 'n1');
    let late = 0;
    harness.beforeRelease = async () => {
      late += 1;
      if (late > 1) return;
      await enqueue(harness, 'n2');
      // The run for n2 finds the lease taken and returns.
      await harness.run();
    };
    await harness.run();
    expect(ids()).toEqual(['n1', 'n2']);
  });
});
