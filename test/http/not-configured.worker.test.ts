// A Worker without its secrets: what a reader sees, and what its log names. Also the default of `public`.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Bindings } from '../../src/env.ts';
import worker from '../../src/worker.ts';
import { ask, bindings, empty, patch, post, SHOP } from '../support/d1/http-mesh.ts';

beforeEach(empty);
afterEach(() => vi.restoreAllMocks());

const SECRETS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'ADMIN_TOKEN_SHA256', 'ENCRYPTION_KEY'];
const without = {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  ADMIN_TOKEN_SHA256: '',
  ENCRYPTION_KEY: '',
};

const logged = () => vi.spyOn(console, 'error').mockImplementation(() => {});
const linesOf = (log: ReturnType<typeof logged>) => log.mock.calls.map(([line]) => JSON.parse(String(line)));

describe('a Worker without its secrets', () => {
  test.each(['/', '/incidents/inc_1', '/nothing', '/?utm_source=mail'])(
    'the page %s says that it is not configured yet, with 503, and names no secret',
    async (path) => {
      const log = logged();
      const page = await ask(path, { token: null, env: without });
      expect([page.status, page.headers.get('cache-control')]).toEqual([503, 'no-store']);
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(page.text).toContain('<h1>This status page is not configured yet</h1>');
      for (const name of SECRETS) expect(page.text).not.toContain(name);
      expect(linesOf(log)).toMatchObject([{ event: 'config.invalid', names: SECRETS }]);
    },
  );

  test('the page has its style and its icon', async () => {
    logged();
    const page = await ask('/', { token: null, env: without });
    const paths = [...page.text.matchAll(/<link [^>]*href="([^"]+)"/g)].map((match) => match[1]!);
    expect(paths.length).toBeGreaterThan(1);
    for (const path of paths) expect((await ask(path, { token: null, env: without })).status).toBe(200);
  });

  test('the API and /healthz answer 503 in their own form', async () => {
    logged();
    const api = await ask('/api/v1/monitors', { env: without });
    expect([api.status, api.json.type]).toEqual([503, '/api/v1/docs#problem-misconfigured']);
    const health = await ask('/healthz', { token: null, env: without });
    expect([health.status, health.json.reasons]).toEqual([503, ['configuration_invalid']]);
  });

  test('a tick and a queue message log everything that is missing, and no value', async () => {
    const log = logged();
    const env = {
      ...bindings,
      ...without,
      ENCRYPTION_KEY: 'change-me-7c31f0',
      LOCATIONS: 'moon',
    } as Bindings;
    const controller = { cron: '* * * * *', scheduledTime: 0, noRetry() {} } as ScheduledController;
    await expect(worker.scheduled(controller, env)).rejects.toThrow('ENCRYPTION_KEY');
    const batch = { queue: 'q', messages: [] } as unknown as Parameters<typeof worker.queue>[0];
    await expect(worker.queue(batch, env, {} as ExecutionContext)).rejects.toThrow('ENCRYPTION_KEY');
    const lines = linesOf(log);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line.names).toEqual(['LOCATIONS', ...SECRETS]);
      expect(JSON.stringify(line)).not.toContain('7c31f0');
    }
  });

  test('a message of the queue of ticks logs everything that is missing, and runs no tick', async () => {
    const log = logged();
    const messages = [{ body: { tick: { source: 'second_clock', at: 0 } }, ack: vi.fn() }];
    const batch = { queue: 'probemesh-ticks', messages } as unknown as Parameters<typeof worker.queue>[0];
    const env = { ...bindings, ...without } as Bindings;
    await expect(worker.queue(batch, env, {} as ExecutionContext)).rejects.toThrow('ENCRYPTION_KEY');
    expect(linesOf(log)).toMatchObject([{ event: 'config.invalid', names: SECRETS }]);
    expect(messages[0]!.ack).not.toHaveBeenCalled();
  });

  test('a Worker without the second clock is configured: checks do not depend on it', async () => {
    const unbound = { SECOND_CLOCK: undefined } as unknown as Partial<Bindings>;
    expect((await ask('/healthz', { token: null, env: unbound })).status).toBe(200);
  });

  test('a missing binding is named like a missing secret', async () => {
    const log = logged();
    const env = { DB: undefined, TICKS: undefined, CHECK_LIMIT: undefined } as unknown as Partial<Bindings>;
    expect((await ask('/', { token: null, env })).status).toBe(503);
    expect(linesOf(log)).toMatchObject([{ names: ['DB', 'TICKS', 'CHECK_LIMIT'] }]);
  });
});

describe('a new monitor that does not say whether it is public', () => {
  const { public: _, ...monitor } = SHOP;
  const put = (env: object) =>
    ask('/api/v1/configuration', { method: 'PUT', body: { monitors: [monitor] }, env });

  test('it is private, and the pages do not show it', async () => {
    expect((await post('/api/v1/monitors', monitor)).json.public).toBe(false);
    expect((await ask('/', { token: null })).text).not.toContain(monitor.name);
    await put({});
    expect((await ask('/api/v1/monitors/shop')).json.public).toBe(false);
  });

  test('it is public if the default of the mesh says so', async () => {
    const env = { NEW_MONITORS_PUBLIC: 'true' };
    const created = await ask('/api/v1/monitors', { method: 'POST', body: monitor, env });
    expect(created.json.public).toBe(true);
    expect((await patch('/api/v1/monitors/shop', { public: null })).json.public).toBe(false);
    await put(env);
    expect((await ask('/api/v1/monitors/shop')).json.public).toBe(true);
    const own = { ...monitor, id: 'own', public: false };
    expect((await ask('/api/v1/monitors', { method: 'POST', body: own, env })).json.public).toBe(false);
  });

  test('a value that is neither true nor false is refused', async () => {
    logged();
    expect((await ask('/healthz', { token: null, env: { NEW_MONITORS_PUBLIC: 'yes' } })).status).toBe(503);
  });
});
