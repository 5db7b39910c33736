// The key in a ping address is a secret: who sees it, what shows it, and what the address accepts.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resealSecrets } from '../../../src/scheduler/reseal.ts';
import { asKey, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { HeartbeatMesh } from '../../support/d1/heartbeat-mesh.ts';
import { ask, bindings, clock, createMonitor, empty, post, RECEIVER } from '../../support/d1/http-mesh.ts';
import { HOSTED, PAGE_HOST } from '../../support/d1/private-pages.ts';

const MINUTE = 60_000;
let mesh: HeartbeatMesh;
let path = '';
let key = '';
const logged: string[] = [];

beforeEach(async () => {
  await empty();
  await emptyAccess();
  mesh = new HeartbeatMesh();
  logged.length = 0;
  for (const method of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((line: string) => void logged.push(line));
  path = await mesh.create('backup', { everySeconds: 300, graceSeconds: 30 }, { tags: { team: 'pay' } });
  key = path.slice('/ping/'.length);
});
afterEach(() => vi.restoreAllMocks());

test('editors who see the monitor see its address, and nobody else does', async () => {
  const shown = async (role: string, tags: readonly string[] | null = null) => {
    const { status, json } = await asKey(await makeKey(role, tags))('/api/v1/monitors/backup/heartbeat');
    return status === 200 ? json.pingUrl?.endsWith(path) === true : status;
  };
  expect(await shown('viewer')).toBe(false);
  expect(await shown('responder')).toBe(false);
  expect(await shown('editor')).toBe(true);
  expect(await shown('admin')).toBe(true);
  expect(await shown('editor', ['team:pay'])).toBe(true);
  expect(await shown('viewer', ['team:pay'])).toBe(false);
  expect(await shown('editor', ['team:shop'])).toBe(404);
});

test('no other answer, log line, row, notification or export shows the key, not even in what a job sends', async () => {
  await post('/api/v1/channels', RECEIVER);
  const body = `curl https://status.example.com${path}/start\n`;
  await mesh.ping(`${path}/1`, { method: 'POST', body });
  await mesh.ping(path, { method: 'POST', body: `other https://x.example.com/ping/${'k'.repeat(24)}` });
  await mesh.pass(7 * MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('down');
  await mesh.ping(path, {}, { DB: { prepare: () => raise() } as never });
  const day = 86_400_000;
  const iso = (ms: number) => new Date(ms).toISOString();
  const span = `from=${iso(clock.now - day)}&to=${iso(clock.now + day)}`;
  for (const one of [
    '/api/v1/monitors',
    '/api/v1/monitors/backup',
    '/api/v1/monitors/backup/explain',
    '/api/v1/monitors/backup/pings',
    '/api/v1/incidents',
    '/api/v1/audit-entries',
    '/api/v1/audit-entries/export',
    '/api/v1/configuration',
    '/api/v1/deliveries',
    `/api/v1/exports/observations?${span}`,
    `/api/v1/exports/incidents?${span}`,
    '/metrics',
  ]) {
    const { status, text } = await ask(one);
    expect(status, one).toBe(200);
    expect(text.includes(key), one).toBe(false);
    expect(text.includes('k'.repeat(24)), one).toBe(false);
  }
  const tables = await bindings.DB.prepare("select name from sqlite_master where type = 'table'").all<{
    name: string;
  }>();
  for (const { name } of tables.results.filter((table) => !/^(sqlite|_cf)/.test(table.name)))
    expect(
      JSON.stringify((await bindings.DB.prepare(`select * from "${name}"`).all()).results),
      name,
    ).not.toContain(key);
  expect(logged.join('\n')).toContain('ping.store_failed');
  expect(logged.join('\n')).not.toContain(key);
});

const raise = (): never => {
  throw new Error('D1_ERROR: no answer');
};

test('the key is stored sealed, and moves to a new encryption key with the others', async () => {
  const NEW = btoa('x'.repeat(32));
  const env = { ENCRYPTION_KEY: NEW, ENCRYPTION_KEY_PREVIOUS: bindings.ENCRYPTION_KEY };
  const shown = async (with_: object) =>
    (await ask('/api/v1/monitors/backup/heartbeat', { env: with_ })).json.pingUrl;
  expect(await shown(env)).toContain(path);
  await resealSecrets(bindings.DB, { encryptionKey: NEW, previousEncryptionKey: bindings.ENCRYPTION_KEY });
  expect(await shown({ ENCRYPTION_KEY: NEW })).toContain(path);
  expect(await shown({})).toBeNull();
  expect((await mesh.ping(path)).status).toBe(200);
});

test('unknown keys are throttled by client, whatever they look like, and a right one never is', async () => {
  let asked = 0;
  const limit = async () => {
    asked += 1;
    return { success: asked <= 2 };
  };
  const AUTH_LIMIT = { limit } as never;
  const statuses: number[] = [];
  for (const one of ['/ping/x', `/ping/${'A'.repeat(24)}`, `/ping/${'B'.repeat(24)}`, path])
    statuses.push((await mesh.ping(one, {}, { AUTH_LIMIT })).status);
  expect(statuses).toEqual([404, 404, 429, 200]);
});

test('the host of a page serves no ping', async () => {
  const { status } = await ask(`https://${PAGE_HOST}${path}`, { env: HOSTED, token: null });
  expect(status).toBe(404);
  const { json } = await ask('/api/v1/monitors/backup/pings');
  expect(json.pings).toEqual([]);
});

test('GET, HEAD and POST work, from any page, without cookies and caches, and other methods are refused', async () => {
  for (const method of ['GET', 'HEAD', 'POST']) {
    const answer = await mesh.ping(path, { method, headers: { origin: 'https://ci.example.com' } });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.has('set-cookie')).toBe(false);
    expect(await answer.text()).toBe(method === 'HEAD' ? '' : 'OK\n');
  }
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    const answer = await mesh.ping(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect(await answer.text()).not.toContain(key);
  }
  expect((await ask('/api/v1/monitors/backup/pings')).json.pings).toHaveLength(3);
});

test.each([
  ['/256', 404],
  ['/-1', 404],
  ['/0x1', 404],
  ['/stop', 404],
  ['/start/now', 404],
  ['?rid=', 400],
  [`?rid=${'a'.repeat(65)}`, 400],
  ['?rid=a%20b', 400],
  [`?rid=${'a'.repeat(64)}`, 200],
  ['?utm=1', 200],
  ['/255', 200],
  ['/000', 200],
])('a ping with %s answers %i, in plain text, without the key', async (more, status) => {
  const answer = await mesh.ping(`${path}${more}`);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  expect(await answer.text()).not.toContain(key);
});

test('a run must not be named by the key, which everybody who reads the pings would see', async () => {
  expect((await mesh.ping(`${path}?rid=${key}`)).status).toBe(400);
  expect((await mesh.ping(`${path}?rid=run-${key}`)).status).toBe(400);
});

test('a ping needs no session, no token and no JSON, also while other monitors exist', async () => {
  await createMonitor();
  const answer = await mesh.ping(path, {
    method: 'POST',
    body: '\u0000\uD800 not JSON',
    headers: { cookie: 'a=b' },
  });
  expect(answer.status).toBe(200);
});
