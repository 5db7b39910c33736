// The address of a channel is a secret like its key: it is in no table, response or log line, whatever fails.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { consumeBatch, deliver } from '../../../src/delivery/consumer.ts';
import { enqueueOverdue } from '../../../src/delivery/queue.ts';
import { type Bindings, readEnv } from '../../../src/env.ts';
import { runTick } from '../../../src/scheduler/tick.ts';
import worker from '../../../src/worker.ts';
import { everyTable } from '../../support/d1/every-table.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  runUntilConfirmed,
  SHOP,
} from '../../support/d1/http-mesh.ts';

const PARTS = ['T0Kenpart', 's3cr3tquery', 'An0therpath'];
const URL_1 = `https://hooks.example.com/services/${PARTS[0]}/in?key=${PARTS[1]}-abcd`;
const URL_2 = `https://hooks.example.com/${PARTS[2]}/xyzw`;
const KEY = 'C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const HOOK = { ...RECEIVER, config: { url: URL_1, secret: `whsec_${KEY}` } };
const HIDDEN = [...PARTS, KEY, ...PARTS.map((part) => part.toLowerCase())];

const logged: string[] = [];
const METHODS = ['debug', 'log', 'info', 'warn', 'error'] as const;
beforeEach(async () => {
  await empty();
  logged.length = 0;
  for (const method of METHODS)
    vi.spyOn(console, method).mockImplementation(
      (...values: unknown[]) => void logged.push(values.map(String).join(' ')),
    );
});
afterEach(() => vi.restoreAllMocks());

const leaksIn = (text: string): string[] => HIDDEN.filter((part) => text.includes(part));

/** A D1 whose statements fail, as if it were overloaded, from the first that matches. */
function failingD1(matches: RegExp): D1Database {
  const failing = (): Promise<never> => Promise.reject(new Error('D1_ERROR: D1 DB is overloaded.'));
  return new Proxy(bindings.DB, {
    get(target, name) {
      if (name === 'prepare')
        return (query: string) => {
          const statement = target.prepare(query);
          if (!matches.test(query)) return statement;
          const failed = { run: failing, all: failing, raw: failing, first: failing, isFailed: true };
          return { ...failed, bind: () => failed };
        };
      if (name === 'batch')
        return (statements: object[]) =>
          statements.some((one) => 'isFailed' in one) ? failing() : target.batch(statements as never);
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const config = (db = bindings.DB) => ({
  ...readEnv({ ...bindings, DB: db }),
  deliveries: { send: async () => undefined } as unknown as Bindings['DELIVERIES'],
});
const message = (channelId: string) =>
  ({ body: { channelId }, ack: () => {}, retry: () => {} }) as unknown as Message<{ channelId: string }>;

test('no table, response or log line contains the address or the key of a channel, whatever fails', async () => {
  const answers: string[] = [];
  const keep = async (answer: ReturnType<typeof ask>) => {
    const { status, text, headers } = await answer;
    answers.push(`${status} ${text} ${JSON.stringify([...headers])}`);
    return status;
  };
  const put = (channels: object[]) =>
    keep(ask('/api/v1/configuration', { method: 'PUT', body: { monitors: [SHOP], channels } }));
  // Refused in many ways, next to valid values.
  for (const changes of [
    { enable: true },
    { name: '' },
    { config: { ...HOOK.config, urll: URL_2 } },
    { config: { ...HOOK.config, secret: KEY } },
    { config: { ...HOOK.config, url: `http://hooks.example.com/${PARTS[0]}` } },
    { config: { ...HOOK.config, url: `https://u:${PARTS[0]}@hooks.example.com/${PARTS[0]}` } },
    { config: { ...HOOK.config, url: `https://127.0.0.1/${PARTS[0]}` } },
    { config: { ...HOOK.config, url: [URL_1] } },
    { config: { ...HOOK.config, url: `nonsense ${PARTS[0]}` } },
  ])
    expect(await keep(post('/api/v1/channels', { ...HOOK, ...changes }))).toBe(422);
  expect(await keep(post('/api/v1/channels', HOOK))).toBe(201);
  expect(await keep(post('/api/v1/channels', HOOK))).toBe(409);
  expect(await keep(patch('/api/v1/channels/on-call', { config: { url: URL_2 } }))).toBe(200);
  expect(await keep(patch('/api/v1/channels/on-call', { config: { url: URL_1 }, name: 'New' }))).toBe(200);
  expect(await put([HOOK, { ...HOOK, id: 'second', config: { ...HOOK.config, url: URL_2 } }])).toBe(200);
  for (const path of [
    '/api/v1/channels',
    '/api/v1/channels/on-call',
    '/api/v1/monitors',
    '/',
    '/api/v1/status',
  ])
    expect(await keep(ask(path))).toBe(200);

  // D1 fails while a channel is written, alone, in a document, and while it is read.
  const broken = { DB: failingD1(/channels/) };
  const update = { method: 'PATCH', body: { config: { url: URL_2 } } };
  expect(await keep(ask('/api/v1/channels/on-call', { ...update, env: broken }))).toBe(500);
  const writing = { DB: failingD1(/^(insert|update)/i) };
  expect(await keep(ask('/api/v1/channels/on-call', { ...update, env: writing }))).toBe(500);
  const create = { method: 'POST', body: { ...HOOK, id: 'third' } };
  expect(await keep(ask('/api/v1/channels', { ...create, env: writing }))).toBe(500);
  const lost = { ENCRYPTION_KEY: btoa('x'.repeat(32)) };
  expect(
    await keep(ask('/api/v1/channels/on-call', { method: 'PATCH', body: { name: 'N' }, env: lost })),
  ).toBe(409);

  // Receivers that echo the request, or whose errors quote it.
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 6);
  const echo = (url: string, init: RequestInit): string =>
    `${url} ${url.toUpperCase()} ${JSON.stringify(url).replaceAll('/', '\\/')} ${encodeURIComponent(url)} ${btoa(url)} ${JSON.stringify(init.headers)}`;
  const dumps: string[] = [];
  const receivers: ((url: string, init: RequestInit) => Response | Promise<Response>)[] = [
    (url, init) => new Response(echo(url, init), { status: 500 }),
    (url) => new Response(new URL(url).pathname.toLowerCase(), { status: 404 }),
    (url) => Promise.reject(new TypeError(`Failed to parse URL from ${url}`)),
    (url) => new Response(null, { status: 302, headers: { location: url } }),
    (url) => new Response(`gone: ${url}`, { status: 410 }),
  ];
  for (const receiver of receivers) {
    const fetch = (async (url: string, init: RequestInit) => receiver(url, init)) as typeof globalThis.fetch;
    clock.now += 9 * 3_600_000;
    // D1's clock shows the real time, by which the deliveries would have expired.
    await bindings.DB.prepare('update deliveries set created_at = ?').bind(clock.now).run();
    for (const id of ['on-call', 'second']) await deliver(config(), id, { now: () => clock.now, fetch });
    dumps.push(await everyTable(bindings.DB));
    vi.spyOn(globalThis, 'fetch').mockImplementation(fetch as never);
    expect(await keep(post('/api/v1/channels/on-call/test', {}))).toBe(200);
  }
  // D1 fails under the consumer, the queue and the tick.
  for (const table of [/channels/, /deliveries/, /notifications/]) {
    await consumeBatch(config(failingD1(table)), { messages: [message('on-call')] }, Date.now, () => {});
    await enqueueOverdue(config(failingD1(table)), clock.now);
  }

  const dump = dumps.at(-1)!;
  // The opening, and that the other channel fails, for each of the two.
  const sizes = [...dump.matchAll(/^(channels|deliveries) (\d+)$/gm)].map(([line]) => line);
  expect(sizes).toEqual(['channels 2', 'deliveries 4']);
  expect(dump.includes('hooks.example.com responded')).toBe(true);
  expect(dumps.map(leaksIn)).toEqual(receivers.map(() => []));
  expect(answers.filter((text) => leaksIn(text).length > 0)).toEqual([]);
  expect(answers.join('\n')).toContain('hooks.example.com…abcd');
  expect(logged.filter((line) => line.includes('D1_ERROR')).length).toBeGreaterThan(5);
  expect(logged.filter((line) => leaksIn(line).length > 0)).toEqual([]);
});

test('a handler that fails throws an error without parameters, whatever the platform logs of it', async () => {
  await createMonitor();
  await post('/api/v1/channels', HOOK);
  // A statement of its own, whose error quotes it with its parameters.
  const env = { ...bindings, DB: failingD1(/^select .*"secrets".* from "monitors"/) };
  const ctx = { waitUntil: () => {}, passThroughOnException: () => {} } as unknown as ExecutionContext;
  const thrown = async (work: () => unknown): Promise<Error> => {
    try {
      await work();
    } catch (error) {
      return error as Error;
    }
    throw new Error('nothing was thrown');
  };
  const error = await thrown(() => worker.scheduled({} as ScheduledController, env));
  expect(error.message).toContain('Failed query');
  expect(error.message).toContain('D1_ERROR: D1 DB is overloaded.');
  expect(error.cause).toBeUndefined();
  expect(Object.keys(error)).not.toContain('params');
  expect(`${error.message} ${error.stack}`).not.toMatch(/params:|aws:us-east-1/);
  const unset = { ...env, ENCRYPTION_KEY: `short ${KEY}` };
  for (const failed of [
    await thrown(() => worker.scheduled({} as ScheduledController, unset)),
    await thrown(() => worker.queue({ messages: [] } as never, unset, ctx)),
  ]) {
    expect(failed.message).toContain('ENCRYPTION_KEY must be 32 bytes');
    expect(leaksIn(`${failed.message} ${failed.stack}`)).toEqual([]);
  }
  const response = await worker.fetch(new Request('https://status.test/api/v1/status') as never, unset, ctx);
  expect(response.status).toBe(503);
  expect(leaksIn(logged.join('\n'))).toEqual([]);
});

test('a tick whose D1 fails logs and throws nothing of the rows that it writes', async () => {
  await createMonitor({ name: `Name ${PARTS[0]}` });
  const failing = failingD1(/insert into "journal"|update "shards"|insert into "shards"/i);
  const tick = runTick({
    db: failing,
    publicUrl: 'https://status.test',
    encryptionKey: bindings.ENCRYPTION_KEY,
    locations: ['aws:eu-central-1'],
    fleet: { invoke: () => Promise.reject(new Error('unused')) },
    now: () => clock.now,
    sleep: async () => {},
    enqueueDeliveries: async () => {},
  });
  await expect(tick).rejects.toThrow();
  expect(leaksIn(logged.join('\n'))).toEqual([]);
});
