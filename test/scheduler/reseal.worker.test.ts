// Rotation of the encryption key: old values stay readable, move to the new key, and then need the old one no more.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadResolvedChecks } from '../../src/scheduler/invoke.ts';
import { resealSecrets } from '../../src/scheduler/reseal.ts';
import { channelPlace, keyIds, sealedWith, unseal } from '../../src/store/encryption.ts';
import { countSealed } from '../../src/store/sealed-values.ts';
import { ask, bindings, createMonitor, empty, patch, post, RECEIVER } from '../support/d1/http-mesh.ts';

const OLD = bindings.ENCRYPTION_KEY;
const NEW = btoa('x'.repeat(32));
const old = { encryptionKey: OLD };
const rotated = { encryptionKey: NEW, previousEncryptionKey: OLD };
const after = { encryptionKey: NEW };
const env = { ENCRYPTION_KEY: NEW, ENCRYPTION_KEY_PREVIOUS: OLD };

const VALUE = 'canary-7f3e9a';
const CHECK = {
  type: 'http',
  url: 'https://shop.example.com/health',
  headers: { authorization: 'Bearer {{token}}' },
  secrets: { token: VALUE },
};
const { DB } = bindings;

const logged: string[] = [];
beforeEach(async () => {
  await empty();
  // Signatures of the audit log that another test made with its key.
  await DB.batch(
    ['audit_entries', 'audit_chain', 'api_keys', 'used_tokens'].map((table) =>
      DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  logged.length = 0;
  for (const method of ['log', 'warn'] as const)
    vi.spyOn(console, method).mockImplementation((line: string) => void logged.push(line));
});
afterEach(() => vi.restoreAllMocks());

const counts = async (keys: Parameters<typeof keyIds>[0]) => countSealed(DB, await keyIds(keys));
const secretOf = async (keys: Parameters<typeof keyIds>[0], number = 1) =>
  (await loadResolvedChecks(DB, keys)).get(number)?.secrets;
const rows = async () =>
  JSON.stringify([
    (await DB.prepare('SELECT * FROM monitors ORDER BY number').all()).results,
    (await DB.prepare('SELECT * FROM channels ORDER BY id').all()).results,
  ]);

test('with a previous key, every value is read, and some a tick are encrypted with the current one', async () => {
  await createMonitor({ check: CHECK });
  await createMonitor({ id: 'plain', name: 'Without secrets' });
  await post('/api/v1/channels', RECEIVER);
  expect(await counts(rotated)).toEqual({ current: 0, previous: 2, unknown: 0 });
  expect(await secretOf(rotated)).toEqual({ token: VALUE });

  await resealSecrets(DB, rotated);
  expect(await counts(rotated)).toEqual({ current: 2, previous: 0, unknown: 0 });
  expect(JSON.parse(logged.at(-1)!)).toEqual({
    event: 'secrets.resealed',
    level: 'info',
    resealed: 2,
    damaged: 0,
    remaining: 0,
    unknown: 0,
  });
  // The old key is not needed any more, and not enough.
  expect(await secretOf(after)).toEqual({ token: VALUE });
  const sealed = await DB.prepare('SELECT sealed_config FROM channels').first<string>('sealed_config');
  expect(await unseal(after, channelPlace('on-call'), sealed!)).toEqual(RECEIVER.config);
  expect(await secretOf(old)).toBeUndefined();
  // The next tick has nothing to do.
  logged.length = 0;
  await resealSecrets(DB, rotated);
  expect(logged).toEqual([]);
});

test('the version and the times of a row stay, so that nothing has changed for who reads it', async () => {
  await createMonitor({ check: CHECK });
  await post('/api/v1/channels', RECEIVER);
  const tags = async () => [
    (await ask('/api/v1/monitors/shop')).headers.get('etag'),
    (await ask('/api/v1/channels/on-call')).headers.get('etag'),
    (await ask('/api/v1/channels/on-call')).text,
  ];
  const before = await tags();
  await resealSecrets(DB, rotated);
  expect(await tags()).toEqual(before);
});

test('without a previous key, and with one that encrypted nothing, no row changes', async () => {
  await createMonitor({ check: CHECK });
  const before = await rows();
  await resealSecrets(DB, old);
  await resealSecrets(DB, { ...old, previousEncryptionKey: OLD });
  await resealSecrets(DB, { ...old, previousEncryptionKey: NEW });
  expect(await rows()).toBe(before);
  expect(logged).toEqual([]);
});

test('a value of a lost key is counted and stays as it is', async () => {
  await createMonitor({ check: CHECK });
  const before = await rows();
  expect(await counts(after)).toEqual({ current: 0, previous: 0, unknown: 1 });
  await resealSecrets(DB, { ...after, previousEncryptionKey: btoa('y'.repeat(32)) });
  expect(await rows()).toBe(before);
});

test('a damaged or copied value does not keep the others from being encrypted again', async () => {
  const [{ sealed }] = await createMany(120);
  // More damaged values than a tick takes.
  await DB.prepare('UPDATE monitors SET secrets = ? WHERE number <= 60').bind(sealed).run();
  for (let tick = 0; tick < 12; tick += 1) await resealSecrets(DB, rotated);
  expect(await counts(rotated)).toEqual({ current: 61, previous: 59, unknown: 0 });
  expect(await secretOf(after, 100)).toEqual({ token: VALUE });
  expect(logged.join('\n')).not.toContain(VALUE);
});

test('a change that is made at the same time wins', async () => {
  await createMonitor({ check: CHECK });
  const racing = new Proxy(DB, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name).bind(target) as unknown;
      return (query: string) => {
        const statement = target.prepare(query);
        if (!/update "monitors"/i.test(query)) return statement;
        const bind = (...values: unknown[]) => {
          const bound = statement.bind(...values);
          return {
            run: async () => {
              await ask('/api/v1/monitors/shop', {
                method: 'PATCH',
                body: { check: { secrets: { token: 'a new value' } } },
                env,
              });
              return bound.run();
            },
          };
        };
        return { bind };
      };
    },
  });
  await resealSecrets(racing, rotated);
  expect(await secretOf(after)).toEqual({ token: 'a new value' });
});

test('a monitor that is written without its secrets keeps the newest encrypted text', async () => {
  await createMonitor({ check: CHECK });
  const text = () => DB.prepare('SELECT secrets FROM monitors').first<string>('secrets');
  const before = await text();
  await patch('/api/v1/monitors/shop', { name: 'New' });
  expect(await text()).toBe(before);
  await resealSecrets(DB, rotated);
  const moved = await text();
  await ask('/api/v1/monitors/shop', { method: 'PATCH', body: { name: 'Newer' }, env });
  expect(await text()).toBe(moved);
  // A document without changes changes nothing, before and after the rotation.
  const body = { monitors: [{ id: 'shop', name: 'Newer', check: CHECK, intervalSeconds: 60, public: true }] };
  const applied = await ask('/api/v1/configuration', { method: 'PUT', body, env });
  expect(applied.json).toEqual({ created: 0, updated: 0, deleted: 0 });
  expect(await text()).toBe(moved);
});

test('while D1 fails, no error is thrown, and the log contains no value', async () => {
  await createMonitor({ check: CHECK });
  const broken = new Proxy(DB, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name).bind(target) as unknown;
      return (query: string) => {
        if (/^\s*update/i.test(query)) throw new Error('D1_ERROR: disk I/O error');
        return target.prepare(query);
      };
    },
  });
  await resealSecrets(broken, rotated);
  expect(logged.join('\n')).toContain('secrets.reseal_failed');
  const sealed = await DB.prepare('SELECT secrets FROM monitors').first<string>('secrets');
  expect(logged.join('\n')).not.toContain(sealed);
  expect(sealedWith(sealed!)).toBe((await keyIds(rotated)).previous);
});

test('a rotation of a thousand values takes few statements and rows a tick', async () => {
  await createMany(300);
  let statements = 0;
  const counted = new Proxy(DB, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (name === 'prepare') statements += 1;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  let ticks = 0;
  while ((await counts(rotated)).previous > 0) {
    await resealSecrets(counted, rotated);
    ticks += 1;
  }
  expect(ticks).toBe(6);
  // Two for each of the five encrypted columns, and a few for the audit log.
  expect(statements / ticks).toBeLessThanOrEqual(13);
});

/** Monitors with secrets of the old key, written as the API would. Returns what is stored of the first. */
async function createMany(count: number): Promise<[{ sealed: string }]> {
  const monitors = Array.from({ length: count }, (_, index) => ({
    ...{ id: `m-${index}`, name: `M ${index}`, check: CHECK, intervalSeconds: 3600, paused: true },
  }));
  expect((await ask('/api/v1/configuration', { method: 'PUT', body: { monitors } })).status).toBe(200);
  const sealed = await DB.prepare('SELECT secrets FROM monitors WHERE number = 1').first<string>('secrets');
  return [{ sealed: sealed! }];
}
