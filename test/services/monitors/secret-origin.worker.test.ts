// A stored secret is sent only where it was written for: every way to write or run a check asks for the value again.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Job } from '../../../probes/contract/index.ts';
import { loadResolvedChecks } from '../../../src/scheduler/invoke.ts';
import { ask, bindings, createMonitor, empty, patch, post, SHOP } from '../../support/d1/http-mesh.ts';

beforeEach(empty);
afterEach(() => vi.restoreAllMocks());

const VALUE = 'canary-7f3e9a';
const CHECK = {
  type: 'http',
  url: 'https://shop.example.com/health',
  headers: { authorization: 'Bearer {{token}}' },
  secrets: { token: VALUE },
};
const KEPT = { ...CHECK, secrets: { token: null } };
const EVIL = 'https://evil.example.com/health';
const KEYS = { encryptionKey: bindings.ENCRYPTION_KEY };
const put = (body: unknown) => ask('/api/v1/configuration', { method: 'PUT', body });

const limitless = { limit: async () => ({ success: true }) } as RateLimit;
const run = (body: unknown) =>
  ask('/api/v1/check', { method: 'POST', body, env: { CHECK_LIMIT: limitless } });

/** What the next tick would send. */
async function sent(): Promise<{ url?: string; secrets?: unknown }> {
  return ((await loadResolvedChecks(bindings.DB, KEYS)).get(1) ?? {}) as object;
}

type Answer = Awaited<ReturnType<typeof ask>>;
function expectRefused(answer: Answer, path = 'check.secrets.token'): void {
  expect([answer.status, answer.json.errors?.[0]?.path]).toEqual([422, path]);
  expect(answer.json.errors[0].message).toMatch(/^Send the value of secret `token` again: /);
  expect(answer.text).not.toContain(VALUE);
}

describe('a stored value is not sent elsewhere', () => {
  const changes: [string, object][] = [
    ['the URL alone', { url: EVIL }],
    ['the URL, with a null', { url: EVIL, secrets: { token: null } }],
    ['plain http', { url: 'http://shop.example.com/health' }],
    ['another port', { url: 'https://shop.example.com:8443/health' }],
    ['another virtual host', { headers: { ...CHECK.headers, host: 'evil.example.com' } }],
    ['any certificate', { trust: 'any' }],
    [
      'another type of check',
      {
        type: 'script',
        host: 'evil.example.com',
        port: 443,
        steps: [{ send: '{{token}}' }, { expect: 'x' }],
        secrets: { token: null },
      },
    ],
  ];

  test.each(changes)('by an update of %s', async (_, change) => {
    await createMonitor({ check: CHECK });
    expectRefused(await patch('/api/v1/monitors/shop', { check: change }));
    expect(await sent()).toMatchObject({ url: CHECK.url, secrets: { token: VALUE } });
  });

  test.each(changes)('by a configuration with %s', async (_, change) => {
    await createMonitor({ check: CHECK });
    const check = 'type' in change ? change : { ...KEPT, ...change };
    expectRefused(
      await put({
        monitors: [
          { ...SHOP, id: 'first', check: { ...CHECK } },
          { ...SHOP, check },
        ],
      }),
      'monitors[1].check.secrets.token',
    );
    expect(await sent()).toMatchObject({ url: CHECK.url });
  });

  test.each(changes)('by a check by hand with %s', async (_, change) => {
    const fetch = vi.spyOn(globalThis, 'fetch');
    await createMonitor({ check: CHECK });
    const check = 'type' in change ? change : { ...KEPT, ...change };
    expectRefused(await run({ check, monitor: 'shop' }));
    expect(fetch).not.toHaveBeenCalled();
  });

  test('by a change that is made while the key is missing', async () => {
    await createMonitor({ check: CHECK });
    const env = { ENCRYPTION_KEY: btoa('x'.repeat(32)) };
    const change = (body: object) => ask('/api/v1/monitors/shop', { method: 'PATCH', body, env });
    expectRefused(await change({ check: { url: EVIL } }));
    expect((await change({ name: 'Renamed', check: { timeoutMs: 900 } })).status).toBe(200);
    expect(await sent()).toMatchObject({ url: CHECK.url, secrets: { token: VALUE } });
  });

  test('in two steps: a value that is not used is not kept, and another value replaces it', async () => {
    await createMonitor({ check: CHECK });
    const without = await patch('/api/v1/monitors/shop', { check: { url: EVIL, headers: null } });
    expect(without.status).toBe(200);
    const back = await patch('/api/v1/monitors/shop', {
      check: { headers: CHECK.headers, secrets: { token: null } },
    });
    expect([back.status, back.json.errors[0].path]).toEqual([422, 'check.secrets.token']);
    expect(back.text).toContain('No value is stored');
    await patch('/api/v1/monitors/shop', { check: { headers: CHECK.headers, secrets: { token: 'other' } } });
    expect(await sent()).toMatchObject({ url: EVIL, secrets: { token: 'other' } });
  });

  test('by deleting the monitor and creating another with its id', async () => {
    await createMonitor({ check: CHECK });
    await ask('/api/v1/monitors/shop', { method: 'DELETE' });
    const created = await post('/api/v1/monitors', { ...SHOP, check: { ...KEPT, url: EVIL } });
    expect([created.status, created.json.errors[0].path]).toEqual([422, 'check.secrets.token']);
  });

  test('by a copy of the encrypted text in the row of another monitor', async () => {
    await createMonitor({ check: CHECK });
    await createMonitor({ id: 'evil', check: { ...CHECK, url: EVIL, secrets: { token: 'mine' } } });
    // The warm isolate has decrypted the text for its own row.
    expect((await loadResolvedChecks(bindings.DB, KEYS)).get(1)).toMatchObject({
      secrets: { token: VALUE },
    });
    await bindings.DB.prepare(
      'UPDATE monitors SET secrets = (SELECT secrets FROM monitors WHERE number = 1) WHERE number = 2',
    ).run();
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const checks = await loadResolvedChecks(bindings.DB, KEYS);
    expect(checks.get(2)).toBeNull();
    expect(checks.get(1)).toMatchObject({ secrets: { token: VALUE } });
    const answer = await run({ check: { ...KEPT, url: EVIL }, monitor: 'evil' });
    expect(answer.json.errors[0].message).toContain('cannot be decrypted');
  });
});

describe('a stored value is kept', () => {
  test('for another path of the same origin, in every request', async () => {
    await createMonitor({ check: CHECK });
    const url = 'https://shop.example.com/other?a=b';
    expect((await patch('/api/v1/monitors/shop', { check: { url } })).status).toBe(200);
    expect(await sent()).toMatchObject({ url, secrets: { token: VALUE } });
    expect((await put({ monitors: [{ ...SHOP, check: KEPT }] })).status).toBe(200);
    expect(await sent()).toMatchObject({ url: CHECK.url, secrets: { token: VALUE } });
    const jobs: Job[] = [];
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const bytes = await new Request(input, init).arrayBuffer();
      jobs.push(JSON.parse(new TextDecoder().decode(bytes)) as Job);
      return new Response('');
    });
    const locations = ['aws:eu-central-1'];
    expect((await run({ check: { ...KEPT, url }, monitor: 'shop', locations })).status).toBe(200);
    expect(jobs[0]!.runs[0]!.check).toMatchObject({ url, secrets: { token: VALUE } });
  });

  test('with the value in the request, any origin is allowed', async () => {
    await createMonitor({ check: CHECK });
    const moved = await patch('/api/v1/monitors/shop', {
      check: { url: EVIL, secrets: { token: VALUE } },
    });
    expect(moved.status).toBe(200);
    expect(await sent()).toMatchObject({ url: EVIL, secrets: { token: VALUE } });
  });

  test('of two secrets, only the one that is not written is asked for', async () => {
    const headers = { authorization: 'Bearer {{token}}', 'x-key': '{{key}}' };
    await createMonitor({ check: { ...CHECK, headers, secrets: { token: VALUE, key: 'key-1' } } });
    const check = { url: EVIL, secrets: { key: 'key-2' } };
    expectRefused(await patch('/api/v1/monitors/shop', { check }));
  });
});
