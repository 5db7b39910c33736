// The queue of ticks: which messages run a tick, and that doubled ones notify nobody twice. The tick, D1 and the handler of
// the Worker are the real ones.
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TickMessage, TickStarter } from '../../src/env.ts';
import { areTicks, consumeTickMessages } from '../../src/scheduler/tick-messages.ts';
import { registerTick } from '../../src/store/shard.ts';
import worker from '../../src/worker.ts';
import { bindings } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const T0 = 1_800_000_000_000;
const QUEUE = 'probemesh-ticks';

let now: number;
let started: TickStarter[];
let waited: Promise<unknown>[];
let logged: string[];

beforeEach(async () => {
  await DB.exec('delete from shards');
  [now, started, waited, logged] = [T0, [], [], []];
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => void logged.push(line));
});
afterEach(() => vi.restoreAllMocks());

const asked = (source: TickMessage['tick']['source'] = 'second_clock'): TickMessage => ({
  tick: { source, at: now },
});
const batchOf = (bodies: readonly unknown[]) =>
  createMessageBatch(
    QUEUE,
    bodies.map((body, index) => ({ id: String(index), timestamp: new Date(T0), attempts: 1, body })),
  );

/** Registers, as a tick does first. */
const ticks = async (source: TickStarter): Promise<void> => {
  started.push(source);
  await registerTick(DB, now, source);
};
const consume = (
  bodies: readonly unknown[],
  runTick: (source: TickStarter) => Promise<void> = ticks,
  ms?: number,
) =>
  consumeTickMessages(
    { db: DB, now: () => now, runTick, waitUntil: (work) => void waited.push(work) },
    batchOf(bodies).messages,
    ms,
  );

describe('a message of the queue of ticks', () => {
  test('runs a tick if none ever ran, or if the newest one is old', async () => {
    await consume([asked('deployment')]);
    now += 120_000;
    await consume([asked()]);
    expect(started).toEqual(['deployment', 'second_clock']);
  });

  test('runs no tick if a newer one is younger than 50 s, whoever started it', async () => {
    await registerTick(DB, now);
    now += 49_000;
    await consume([asked(), asked('watchdog')]);
    expect(started).toEqual([]);
    expect(logged.filter((line) => line.includes('tick.left_out'))).toHaveLength(1);
    now += 1_000;
    await consume([asked('watchdog')]);
    expect(started).toEqual(['watchdog']);
  });

  test('delivered twice, or sent by two who did not know of each other, runs one tick', async () => {
    const message = asked();
    await consume([message]);
    await consume([message]);
    await consume([asked('watchdog')]);
    expect(started).toEqual(['second_clock']);
  });

  test('runs a tick although a tick is dated in the future', async () => {
    await registerTick(DB, now + 3_600_000);
    await consume([asked()]);
    expect(started).toEqual(['second_clock']);
  });

  test('lets the next message come before its tick ends, and the tick runs on', async () => {
    let end = (): void => {};
    const long = new Promise<void>((resolve) => {
      end = resolve;
    });
    let ended = false;
    await consume(
      [asked()],
      async () => {
        await long;
        ended = true;
      },
      1,
    );
    expect([waited.length, ended]).toEqual([1, false]);
    end();
    await Promise.all(waited);
    expect(ended).toBe(true);
  });

  test('whose tick fails rejects with that error, after it was acknowledged', async () => {
    const batch = batchOf([asked()]);
    const deps = { db: DB, now: () => now, waitUntil: (work: Promise<unknown>) => void work.catch(() => {}) };
    const failing = consumeTickMessages(
      { ...deps, runTick: () => Promise.reject(new Error('D1 is down')) },
      batch.messages,
    );
    await expect(failing).rejects.toThrow('D1 is down');
    const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
    expect([explicitAcks, retryMessages]).toEqual([['0'], []]);
  });

  test.each([
    [{ tick: { source: 'a newer one', at: 0 } }],
    [{ tick: null }],
    [null],
    ['tick'],
    [{ channelId: 'a' }],
  ])('of another form, such as %j, is not one', (body) => {
    expect(areTicks(batchOf([body]).messages)).toBe(false);
    expect(areTicks(batchOf([asked(), body]).messages)).toBe(false);
  });
});

describe('the Worker', () => {
  const run = async (bodies: readonly unknown[], env: object = {}) => {
    const batch = batchOf(bodies);
    const context = createExecutionContext();
    await worker.queue(batch as never, { ...bindings, ...env } as never, context);
    return getQueueResult(batch, context);
  };
  const recent = () => registerTick(DB, Date.now());

  test('leaves a tick out that is not needed, and acknowledges its message', async () => {
    await recent();
    const result = await run([asked()]);
    expect([result.explicitAcks, result.retryMessages]).toEqual([['0'], []]);
    expect(logged.join()).toContain('tick.left_out');
  });

  test('needs no token of a local mesh for a message of the queue, which only the Worker can write', async () => {
    await recent();
    await run([asked()], { ALLOW_LOOPBACK: 'true', CRON_TOKEN: 'token', PUBLIC_URL: 'http://127.0.0.1:1' });
    expect(logged.join()).toContain('tick.left_out');
    expect(logged.join()).not.toContain('tick.refused');
  });

  test('without its secrets logs what is missing', async () => {
    await expect(run([asked()], { ENCRYPTION_KEY: '' })).rejects.toThrow('ENCRYPTION_KEY');
    expect(logged.join()).toContain('config.invalid');
  });

  test('acknowledges a message of a newer Worker, and says so', async () => {
    const result = await run([{ tick: { source: 'a newer one', at: 0 } }]);
    expect(result.explicitAcks).toEqual(['0']);
    expect(logged.join()).toContain('queue.unknown_message');
  });
});
