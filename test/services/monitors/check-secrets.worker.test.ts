// Secrets of checks: how they are written, kept, replaced and deleted.
import { beforeEach, describe, expect, test } from 'vitest';
import { channelPlace, monitorPlace, unseal } from '../../../src/store/encryption.ts';
import {
  ask,
  bindings,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  SHOP,
} from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const VALUE = 'canary-7f3e9a';
const OTHER = 'canary-0b52cd';
const CHECK = {
  type: 'http',
  url: 'https://shop.example.com/health',
  headers: { authorization: 'Bearer {{token}}' },
  secrets: { token: VALUE },
};
const TWO = {
  ...CHECK,
  headers: { authorization: 'Bearer {{token}}', 'x-key': '{{key}}' },
  secrets: { token: VALUE, key: OTHER },
};

const put = (body: unknown) => ask('/api/v1/configuration', { method: 'PUT', body });
const sealed = async (): Promise<string | null> =>
  bindings.DB.prepare('SELECT secrets FROM monitors').first('secrets');
const stored = async (): Promise<unknown> => {
  const text = await sealed();
  return text === null ? null : unseal({ encryptionKey: bindings.ENCRYPTION_KEY }, monitorPlace(1), text);
};
const errorOf = (response: { status: number; json: { errors: { path: string; message: string }[] } }) => {
  expect(response.status).toBe(422);
  return response.json.errors[0]!;
};

describe('a null in place of a secret', () => {
  test('a null without a stored value is rejected with its path, in every request that writes a check', async () => {
    const check = { ...CHECK, secrets: { token: null } };
    const error = errorOf(await post('/api/v1/monitors', { ...SHOP, check }));
    expect(error).toMatchObject({
      path: 'check.secrets.token',
      message: expect.stringMatching(/write the value/),
    });
    expect(errorOf(await put({ monitors: [{ ...SHOP, check }] })).path).toBe(
      'monitors[0].check.secrets.token',
    );
    await createMonitor({ check: CHECK });
    const changed = patch('/api/v1/monitors/shop', {
      check: { headers: TWO.headers, secrets: { key: null } },
    });
    expect(errorOf(await changed).path).toBe('check.secrets.key');
    expect(await stored()).toEqual({ token: VALUE });
  });

  test('a null whose name is a property of Object.prototype is rejected', async () => {
    await createMonitor({ check: CHECK });
    const headers = { a: '{{token}}{{constructor}}' };
    const changed = await patch('/api/v1/monitors/shop', {
      check: { headers, secrets: { constructor: null } },
    });
    expect(errorOf(changed).path).toBe('check.secrets.constructor');
  });

  test('a null keeps the stored value, so that a monitor can be written back as it was read', async () => {
    const { json } = await createMonitor({ check: CHECK });
    expect(json.check.secrets).toEqual({ token: null });
    const before = await sealed();
    expect((await patch('/api/v1/monitors/shop', { check: json.check })).status).toBe(200);
    const { id, name, check, intervalSeconds, public: shown } = json;
    expect((await put({ monitors: [{ id, name, check, intervalSeconds, public: shown }] })).json).toEqual({
      created: 0,
      updated: 0,
      deleted: 0,
    });
    expect(await sealed()).toBe(before);
  });

  test('a value that cannot be decrypted is kept until a value is written, which then needs all values', async () => {
    await createMonitor({ check: CHECK });
    const env = { ENCRYPTION_KEY: btoa('x'.repeat(32)) };
    const change = (body: object) => ask('/api/v1/monitors/shop', { method: 'PATCH', body, env });
    const before = await sealed();
    expect((await change({ paused: true, check: { timeoutMs: 900 } })).status).toBe(200);
    expect(await sealed()).toBe(before);
    const { headers, secrets } = TWO;
    const one = await change({ check: { headers, secrets: { ...secrets, token: null } } });
    expect(errorOf(one)).toMatchObject({
      path: 'check.secrets.token',
      message: expect.stringMatching(/ENCRYPTION_KEY: write it again/),
    });
    expect((await change({ check: { secrets: { token: OTHER } } })).status).toBe(200);
    expect(await unseal({ encryptionKey: env.ENCRYPTION_KEY }, monitorPlace(1), (await sealed())!)).toEqual({
      token: OTHER,
    });
  });
});

test('a whole configuration replaces everything that cannot be decrypted, channels included', async () => {
  const document = { monitors: [{ ...SHOP, check: CHECK }], channels: [RECEIVER] };
  expect((await put(document)).json).toEqual({ created: 2, updated: 0, deleted: 0 });
  const env = { ENCRYPTION_KEY: btoa('x'.repeat(32)) };
  const repaired = await ask('/api/v1/configuration', { method: 'PUT', body: document, env });
  expect([repaired.status, repaired.json]).toEqual([200, { created: 0, updated: 2, deleted: 0 }]);
  const { sealed: channel } = (await bindings.DB.prepare(
    'SELECT sealed_config AS sealed FROM channels',
  ).first()) as {
    sealed: string;
  };
  expect(await unseal({ encryptionKey: env.ENCRYPTION_KEY }, channelPlace('on-call'), channel)).toEqual(
    RECEIVER.config,
  );
  expect(await unseal({ encryptionKey: env.ENCRYPTION_KEY }, monitorPlace(1), (await sealed())!)).toEqual({
    token: VALUE,
  });
});

describe('an update of secrets', () => {
  test('an update of one secret keeps the others, and an unused secret is deleted', async () => {
    await createMonitor({ check: TWO });
    await patch('/api/v1/monitors/shop', { check: { secrets: { token: 'another one' } } });
    expect(await stored()).toEqual({ token: 'another one', key: OTHER });
    await patch('/api/v1/monitors/shop', { check: { headers: { authorization: null } } });
    expect(await stored()).toEqual({ key: OTHER });
    await patch('/api/v1/monitors/shop', { check: { headers: null } });
    expect(await stored()).toBeNull();
    expect((await ask('/api/v1/monitors/shop')).json.check.secrets).toEqual({});
  });

  test('an update with an unused or malformed secret is rejected', async () => {
    await createMonitor({ check: CHECK });
    for (const [secrets, path] of [
      [{ key: OTHER }, 'check.secrets.key'],
      [{ token: 'abc' }, 'check.secrets.token'],
      [{ 'no name': OTHER }, 'check.secrets.no name'],
      ['all', 'check.secrets'],
      [[OTHER], 'check.secrets'],
    ] as const) {
      const changed = await patch('/api/v1/monitors/shop', { check: { secrets } });
      expect([errorOf(changed).path, changed.text.includes(OTHER)]).toEqual([path, false]);
    }
    expect(await stored()).toEqual({ token: VALUE });
  });

  test('an update that uses a stored value where a rule forbids it is rejected', async () => {
    const lines = `${VALUE}\n${OTHER}`;
    const body = { method: 'POST', headers: {}, body: '{{token}}', secrets: { token: lines } };
    await createMonitor({ check: { ...CHECK, ...body } });
    const changed = await patch('/api/v1/monitors/shop', { check: { headers: { 'x-token': '{{token}}' } } });
    expect(errorOf(changed)).toMatchObject({
      path: 'check.secrets.token',
      message: expect.stringMatching(/one line/),
    });
    expect(changed.text).not.toMatch(/canary/);
    expect(await stored()).toEqual({ token: lines });
  });

  test('an update of a secret alone does not change the target', async () => {
    await createMonitor({ check: CHECK });
    const kinds = async () =>
      (await bindings.DB.prepare("SELECT detail FROM journal WHERE kind = 'change'").all()).results.length;
    const before = await kinds();
    await patch('/api/v1/monitors/shop', { check: { secrets: { token: OTHER } } });
    const { results } = await bindings.DB.prepare('SELECT detail FROM journal ORDER BY id').all<{
      detail: string;
    }>();
    expect(await kinds()).toBe(before + 1);
    expect(JSON.parse(results.at(-1)!.detail)).toEqual({ changes: [] });
    await patch('/api/v1/monitors/shop', {
      check: { url: 'https://other.example.com/', secrets: { token: OTHER } },
    });
    const after = await bindings.DB.prepare('SELECT detail FROM journal ORDER BY id').all<{
      detail: string;
    }>();
    expect(after.results.at(-1)!.detail).toContain('monitor.target_changed');
    expect(await stored()).toEqual({ token: OTHER });
  });

  test('a whole configuration updates a monitor only if a value differs, in any order of names', async () => {
    const monitor = { ...SHOP, check: TWO };
    expect((await put({ monitors: [monitor] })).json).toEqual({ created: 1, updated: 0, deleted: 0 });
    const turned = { ...TWO, secrets: { key: OTHER, token: VALUE } };
    for (const check of [TWO, turned])
      expect((await put({ monitors: [{ ...monitor, check }] })).json).toEqual({
        created: 0,
        updated: 0,
        deleted: 0,
      });
    const changed = { ...TWO, secrets: { token: VALUE, key: 'a new key' } };
    expect((await put({ monitors: [{ ...monitor, check: changed }] })).json.updated).toBe(1);
    expect(await stored()).toEqual({ token: VALUE, key: 'a new key' });
  });
});
