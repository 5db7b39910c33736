// Who may send for a channel, in workerd with real D1: one consumer at a time, and nobody is waited for after a crash.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { channels } from '../../src/store/schema.ts';
import { type Bench, createBench, enqueue, orm } from '../support/d1/outbox-harness.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => expect(bench.forgeries).toBe(0));

const ids = (): string[] => bench.received.map(({ id }) => id);

describe('the lease', () => {
  test('of a consumer that crashed expires, and its notification is sent then', async () => {
    await enqueue(bench, 'n1');
    await orm.update(channels).set({ lease: 'of the dead', leasedUntil: bench.now + 60_000 });
    await bench.run();
    expect(ids()).toEqual([]);
    bench.now += 60_000;
    await bench.run();
    expect(ids()).toEqual(['n1']);
  });

  test('is back after a run, and after a run that threw', async () => {
    await enqueue(bench, 'n1');
    await bench.run();
    expect((await orm.select().from(channels))[0]).toMatchObject({ lease: null, leasedUntil: 0 });

    await enqueue(bench, 'n2');
    await orm.run('alter table notifications rename to hidden');
    await expect(bench.run()).rejects.toThrow();
    await orm.run('alter table hidden rename to notifications');
    expect((await orm.select().from(channels))[0]).toMatchObject({ lease: null, leasedUntil: 0 });
    await bench.run();
    expect(ids()).toEqual(['n1', 'n2']);
  });

  test('is renewed for every attempt, and a consumer that lost it sends nothing more', async () => {
    for (const id of ['n1', 'n2', 'n3']) await enqueue(bench, id);
    const leases: number[] = [];
    bench.answer = async ({ id }) => {
      leases.push((await orm.select().from(channels))[0]!.leasedUntil - bench.now);
      bench.now += 3_000;
      if (id === 'n2')
        await orm.update(channels).set({ lease: 'somebody else', leasedUntil: bench.now + 60_000 });
      return new Response();
    };
    await bench.run();
    expect(leases).toEqual([60_000, 60_000]);
    expect(ids()).toEqual(['n1', 'n2']);
    expect((await orm.select().from(channels))[0]?.lease).toBe('somebody else');
  });

  test('that is still held after the last look leaves no notification behind that comes in then', async () => {
    await enqueue(bench, 'n1');
    let late = 0;
    bench.beforeRelease = async () => {
      late += 1;
      if (late > 1) return;
      await enqueue(bench, 'n2');
      // The wake of n2: it finds the lease taken and goes away.
      await bench.run();
    };
    await bench.run();
    expect(ids()).toEqual(['n1', 'n2']);
  });
});
