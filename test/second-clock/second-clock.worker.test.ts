// The alarm of the second clock in the real runtime: what it asks for, and that it always goes on. Does not run ticks:
// test/scheduler/tick-messages.worker.test.ts does.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Bindings, TickMessage } from '../../src/env.ts';
import { armSecondClock } from '../../src/second-clock/arm-second-clock.ts';
import { ALARM_EVERY_MS, type SecondClock } from '../../src/second-clock/second-clock.ts';
import { SILENT_AFTER_MS, tickIfSilent } from '../../src/second-clock/tick-if-silent.ts';
import { registerTick } from '../../src/store/shard.ts';
import { bindings } from '../support/d1/http-mesh.ts';

type Namespace = DurableObjectNamespace<SecondClock>;
const worker = env as unknown as { SECOND_CLOCK: Namespace; REAL_SECOND_CLOCK: Namespace };
const namespace = worker.REAL_SECOND_CLOCK;
// The runtime's helpers find the objects by the Worker's own binding.
const fake = worker.SECOND_CLOCK;
beforeAll(() => {
  worker.SECOND_CLOCK = namespace;
});
afterAll(() => {
  worker.SECOND_CLOCK = fake;
});
const { DB } = bindings;

let stub: DurableObjectStub<SecondClock>;
let sent: TickMessage[];
let logged: string[];

/** Each test has an object of its own, whose queue keeps messages here. */
beforeEach(async () => {
  await DB.exec('delete from shards');
  sent = [];
  logged = [];
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => void logged.push(line));
  stub = namespace.getByName(crypto.randomUUID());
  await bind({});
});
afterEach(async () => {
  await stub.turn(false);
  vi.restoreAllMocks();
});

const queue = (send: (message: TickMessage) => Promise<void>) => ({ send }) as unknown as Bindings['TICKS'];
const keeps = queue(async (message) => void sent.push(message));

const bind = (changes: Partial<Bindings>): Promise<void> =>
  runInDurableObject(stub, (instance) => {
    Object.assign(instance, { env: { ...bindings, TICKS: keeps, ...changes } });
  });
const alarmAt = (): Promise<number | null> =>
  runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
const alarmInMs = async (): Promise<number> => ((await alarmAt()) ?? 0) - Date.now();

test('the first tick sets the alarm, and later ticks leave it where it is', async () => {
  expect(await alarmAt()).toBeNull();
  expect(await stub.arm()).toBe('set');
  const at = await alarmAt();
  expect(at).not.toBeNull();
  expect([await stub.arm(), await stub.arm()]).toEqual(['armed', 'armed']);
  expect(await alarmAt()).toBe(at);
});

test('an alarm that the platform lost is set anew by the next tick', async () => {
  await runInDurableObject(stub, (_, { storage }) => storage.setAlarm(Date.now() + 10 * ALARM_EVERY_MS));
  expect(await stub.arm()).toBe('set');
  expect(await alarmInMs()).toBeLessThanOrEqual(ALARM_EVERY_MS);
});

test('an alarm asks for no tick while the newest one is recent, and for one when it is older than 90 s', async () => {
  await registerTick(DB, Date.now());
  await stub.arm();
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(sent).toEqual([]);
  await registerTick(DB, Date.now() - SILENT_AFTER_MS - 1_000);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(sent).toEqual([{ tick: { source: 'second_clock', at: expect.any(Number) } }]);
});

test('every alarm sets the next one, also while nothing ticks, and after the object was evicted', async () => {
  await stub.arm();
  for (let alarm = 1; alarm <= 3; alarm += 1) {
    await evictDurableObject(stub);
    await bind({});
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await alarmInMs()).toBeGreaterThan(0);
    expect(sent).toHaveLength(alarm);
  }
});

const brokenD1 = new Proxy(DB, {
  get() {
    throw new Error('D1_ERROR: Network connection lost.');
  },
});

test.each<[string, Partial<Bindings>, string]>([
  ['D1 does not answer', { DB: brokenD1 }, 'second_clock.d1_failed'],
  ['the queue is full', { TICKS: queue(() => Promise.reject(new Error('too many'))) }, 'tick.enqueue_failed'],
  ['a secret is missing', { ENCRYPTION_KEY: '' }, 'config.invalid'],
  ['a binding is missing', { TICKS: undefined as never }, 'config.invalid'],
])('the second clock goes on although %s', async (_, broken, event) => {
  await stub.arm();
  await bind(broken);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(logged.join()).toContain(event);
  expect(sent).toEqual([]);
  expect(await alarmInMs()).toBeGreaterThan(0);
  await bind({});
  await runDurableObjectAlarm(stub);
  expect(sent).toHaveLength(1);
});

test('a D1 that never answers ends an alarm after its limit, because duration is billed', async () => {
  const hanging = {
    prepare: () => {
      const statement = {
        bind: () => statement,
        all: () => new Promise(() => {}),
        raw: () => new Promise(() => {}),
      };
      return statement;
    },
  } as unknown as D1Database;
  expect(await tickIfSilent({ db: hanging, ticks: keeps }, Date.now(), 20)).toBe('unknown');
  expect(logged.join()).toContain('second_clock.d1_failed');
});

test('a tick that is dated in the future keeps the second clock from nothing', async () => {
  const now = Date.now();
  await registerTick(DB, now + 3_600_000);
  expect(await tickIfSilent({ db: DB, ticks: keeps }, now)).toBe('requested');
});

test('turned off in a local mesh, it asks for nothing and no tick arms it; turned on, it goes on', async () => {
  await stub.arm();
  await stub.turn(false);
  expect([await stub.arm(), await alarmAt(), await runDurableObjectAlarm(stub)]).toEqual([
    'off',
    null,
    false,
  ]);
  await evictDurableObject(stub);
  expect(await stub.arm()).toBe('off');
  await stub.turn(true);
  await bind({});
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(sent).toHaveLength(1);
});

test('a tick goes on although the second clock cannot be armed', async () => {
  const broken = {
    getByName: () => ({ arm: () => Promise.reject(new Error('overloaded')), turn: async () => {} }),
  };
  await armSecondClock({ secondClock: broken });
  await armSecondClock({ secondClock: undefined });
  expect(logged.join()).toContain('second_clock.not_bound');
  expect(logged.filter((line) => line.includes('second_clock.arm_failed'))).toHaveLength(1);
});
