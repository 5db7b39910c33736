// The dead man's switch: called while the mesh is healthy only, secret, and without an effect on the tick.
import { beforeEach, expect, test } from 'vitest';
import { callDeadMansSwitch } from '../../../src/services/dead-mans-switch/call-dead-mans-switch.ts';
import { unseal } from '../../../src/store/encryption.ts';
import { asKey, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { ask, bindings, clock, empty } from '../../support/d1/http-mesh.ts';

const PATH = '/api/v1/settings/dead-mans-switch';
const URL_ = 'https://hc.acme.dev/ping/secret-path';

let calls: string[] = [];
let answer: (signal: AbortSignal) => Promise<Response> = async () => new Response('OK');

const beat = (status: Parameters<typeof callDeadMansSwitch>[1], at = clock.now) =>
  callDeadMansSwitch(
    {
      db: bindings.DB,
      encryptionKey: bindings.ENCRYPTION_KEY,
      allowLoopback: false,
      now: () => at,
      timeoutMs: 100,
      fetch: (async (url: string, { signal }: { signal: AbortSignal }) => {
        calls.push(url);
        return answer(signal);
      }) as never,
    } as Parameters<typeof callDeadMansSwitch>[0],
    status,
  );

const set = (url: string) => ask(PATH, { method: 'PUT', body: { url } });

beforeEach(async () => {
  await empty();
  await emptyAccess();
  await bindings.DB.prepare("delete from settings where name like 'heartbeat%'").run();
  calls = [];
  answer = async () => new Response('OK');
});

test.each(['http://hc.acme.dev/ping', 'https://127.0.0.1/ping', 'https://hc.internal/ping', 'ping'])(
  'the address %s is refused',
  async (url) => {
    const { status, json } = await set(url);
    expect([status, json.errors[0].path]).toEqual([422, 'url']);
  },
);

test('it is called while the mesh is ok or idle, and not while it is impaired, stopped or unknown', async () => {
  await beat('ok');
  expect(calls).toEqual([]);
  await set(URL_);
  for (const [index, status] of (['ok', 'impaired', 'idle', 'stopped', null] as const).entries())
    await beat(status, clock.now + index * 60_000);
  expect(calls).toEqual([URL_, URL_]);
});

test('doubled ticks call it once', async () => {
  await set(URL_);
  await beat('ok');
  await beat('ok', clock.now + 1_000);
  expect(calls).toHaveLength(1);
});

test('a call that fails shows at the settings and the health, since when, and the next success ends it', async () => {
  await set(URL_);
  await beat('ok');
  answer = async () => new Response('', { status: 404 });
  await beat('ok', clock.now + 60_000);
  answer = async () => Promise.reject(new Error(`connect to ${URL_} failed`));
  await beat('ok', clock.now + 120_000);
  const shown = {
    host: 'hc.acme.dev',
    lastStatus: null,
    lastError: 'hc.acme.dev could not be reached',
    lastSuccessAt: new Date(clock.now).toISOString(),
    failingSince: new Date(clock.now + 60_000).toISOString(),
  };
  expect((await ask(PATH)).json).toMatchObject(shown);
  const health = (await ask('/api/v1/health')).json;
  expect([health.deadMansSwitch, health.heartbeat]).toMatchObject([shown, shown]);
  answer = async () => new Response('');
  await beat('ok', clock.now + 180_000);
  expect((await ask(PATH)).json).toMatchObject({ lastStatus: 200, lastError: null, failingSince: null });
});

test('a receiver that hangs is given up', async () => {
  await set(URL_);
  answer = (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  await beat('ok');
  expect((await ask(PATH)).json.lastError).toBe('hc.acme.dev did not respond within 0.1 s');
});

test('the address is stored encrypted, and no response, log entry or audit entry shows it', async () => {
  const { text } = await set(URL_);
  answer = async () => Promise.reject(new Error(URL_));
  await beat('ok');
  const rows = await bindings.DB.prepare('select * from settings').all();
  const audit = await ask('/api/v1/audit-entries');
  expect(audit.text).toContain('dead_mans_switch.updated');
  for (const one of [
    text,
    JSON.stringify(rows.results),
    audit.text,
    (await ask(PATH)).text,
    (await ask('/api/v1/health')).text,
  ])
    expect(one).not.toContain('secret-path');
  expect(JSON.stringify(rows.results)).toContain('v2.');
});

test('only admins set it, and after its removal it is not called', async () => {
  const editor = asKey(await makeKey('editor', null));
  expect((await editor(PATH, 'PUT', { url: URL_ })).status).toBe(403);
  await set(URL_);
  expect((await ask(PATH, { method: 'DELETE' })).status).toBe(204);
  await beat('ok');
  expect(calls).toEqual([]);
  expect((await ask(PATH)).json.host).toBeNull();
});

test('the path that it had before answers as the new one does, and is deprecated', async () => {
  const old = '/api/v1/settings/heartbeat';
  expect((await ask(old, { method: 'PUT', body: { url: URL_ } })).json.host).toBe('hc.acme.dev');
  expect((await ask(old)).json).toEqual((await ask(PATH)).json);
  const { paths } = (await ask('/api/v1/openapi.json')).json;
  for (const method of ['get', 'put', 'delete'])
    expect([paths[old][method].deprecated, paths[PATH][method].deprecated]).toEqual([true, undefined]);
  expect((await ask(old, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(PATH)).json.host).toBeNull();
});

test('an address that was stored under its earlier name is still called', async () => {
  await set(URL_);
  const { results } = await bindings.DB.prepare(
    "select name from settings where name like '%heart%' or name like '%dead%'",
  ).all();
  expect(results).toEqual([{ name: 'heartbeat' }]);
  const row = await bindings.DB.prepare("select sealed from settings where name = 'heartbeat'").first<{
    sealed: string;
  }>();
  const keys = { encryptionKey: bindings.ENCRYPTION_KEY } as Parameters<typeof unseal>[0];
  expect(await unseal(keys, 'settings/heartbeat/sealed', row!.sealed)).toBe(URL_);
  await beat('ok');
  expect(calls).toEqual([URL_]);
});
