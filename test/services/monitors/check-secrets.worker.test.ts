// Secrets of checks: written, kept, sent in the job, and never seen anywhere else.
import { beforeEach, describe, expect, test } from 'vitest';
import { unseal } from '../../../src/store/encryption.ts';
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
  return text === null ? null : unseal(bindings.ENCRYPTION_KEY, text);
};
const errorOf = (answer: { status: number; json: { errors: { path: string; message: string }[] } }) => {
  expect(answer.status).toBe(422);
  return answer.json.errors[0]!;
};

describe('a null', () => {
  test('where nothing is stored is refused by its path, whoever writes it', async () => {
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

  test('whose name sits on Object.prototype stands for nothing either', async () => {
    await createMonitor({ check: CHECK });
    const headers = { a: '{{token}}{{constructor}}' };
    const changed = await patch('/api/v1/monitors/shop', {
      check: { headers, secrets: { constructor: null } },
    });
    expect(errorOf(changed).path).toBe('check.secrets.constructor');
  });

  test('keeps what is stored, so that what was read can be written back', async () => {
    const { json } = await createMonitor({ check: CHECK });
    expect(json.check.secrets).toEqual({ token: null });
    const before = await sealed();
    expect((await patch('/api/v1/monitors/shop', { check: json.check })).status).toBe(200);
    const { id, name, check, intervalSeconds } = json;
    expect((await put({ monitors: [{ id, name, check, intervalSeconds }] })).json).toEqual({
      created: 0,
      updated: 0,
      deleted: 0,
    });
    expect(await sealed()).toBe(before);
  });

  test('that cannot be opened any more stays as long as no value is written; a new one needs all of them', async () => {
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
      message: expect.stringMatching(/ENCRYPTION_KEY: write it anew/),
    });
    expect((await change({ check: { secrets: { token: OTHER } } })).status).toBe(200);
    expect(await unseal(env.ENCRYPTION_KEY, (await sealed())!)).toEqual({ token: OTHER });
  });
});

test('a configuration that is written whole mends what a lost key has closed, channels included', async () => {
  const document = { monitors: [{ ...SHOP, check: CHECK }], channels: [RECEIVER] };
  expect((await put(document)).json).toEqual({ created: 2, updated: 0, deleted: 0 });
  const env = { ENCRYPTION_KEY: btoa('x'.repeat(32)) };
  const mended = await ask('/api/v1/configuration', { method: 'PUT', body: document, env });
  expect([mended.status, mended.json]).toEqual([200, { created: 0, updated: 2, deleted: 0 }]);
  const { sealed: channel } = (await bindings.DB.prepare(
    'SELECT sealed_config AS sealed FROM channels',
  ).first()) as {
    sealed: string;
  };
  expect(await unseal(env.ENCRYPTION_KEY, channel)).toEqual(RECEIVER.config);
  expect(await unseal(env.ENCRYPTION_KEY, (await sealed())!)).toEqual({ token: VALUE });
});

describe('a change', () => {
  test('of one secret leaves the others, and one that nothing uses any more is forgotten', async () => {
    await createMonitor({ check: TWO });
    await patch('/api/v1/monitors/shop', { check: { secrets: { token: 'another one' } } });
    expect(await stored()).toEqual({ token: 'another one', key: OTHER });
    await patch('/api/v1/monitors/shop', { check: { headers: { 'x-key': '{{key}}' } } });
    expect(await stored()).toEqual({ key: OTHER });
    await patch('/api/v1/monitors/shop', { check: { headers: {} } });
    expect(await stored()).toBeNull();
    expect((await ask('/api/v1/monitors/shop')).json.check.secrets).toEqual({});
  });

  test('that names a secret which nothing uses, or secrets that are none, is refused', async () => {
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

  test('that uses a stored value where it cannot stand is refused, although it is not written again', async () => {
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

  test('of a secret alone is no change of the target: what was seen still counts', async () => {
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
    await patch('/api/v1/monitors/shop', { check: { url: 'https://other.example.com/' } });
    const after = await bindings.DB.prepare('SELECT detail FROM journal ORDER BY id').all<{
      detail: string;
    }>();
    expect(after.results.at(-1)!.detail).toContain('monitor.target_changed');
    expect(await stored()).toEqual({ token: OTHER });
  });

  test('of the whole configuration is one only where a value differs, in whatever order it is written', async () => {
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
