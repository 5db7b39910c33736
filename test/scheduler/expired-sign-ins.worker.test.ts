// What sign-ins leave behind: sessions that are over and tokens that have expired are deleted, and their secrets re-sealed.
import { beforeEach, expect, test } from 'vitest';
import { prune } from '../../src/scheduler/prune.ts';
import { resealSecrets } from '../../src/scheduler/reseal.ts';
import { providerPlace, seal, sessionPlace, unseal } from '../../src/store/encryption.ts';
import { emptyAccess, rowsOf } from '../support/d1/access-tables.ts';
import { bindings, empty, post } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const HOUR_MS = 3_600_000;
const now = Date.now();

beforeEach(async () => {
  await empty();
  await emptyAccess();
  await DB.prepare('INSERT INTO shards (number, tick, tick_at) VALUES (0, 1, ?1)').bind(now).run();
});

const insertSession = (hash: string, lastUsedAt: number, expiresAt: number, idToken: string | null = null) =>
  DB.prepare(
    'INSERT INTO sessions (hash, id, person_id, method, id_token, created_at, last_used_at, expires_at) VALUES (?1, ?1, ?1, ?1, ?2, 1, ?3, ?4)',
  )
    .bind(hash, idToken, lastUsedAt, expiresAt)
    .run();

const insertToken = (hash: string, kind: string, expiresAt: number | null) =>
  DB.prepare('INSERT INTO used_tokens (hash, kind, used_at, expires_at) VALUES (?1, ?2, 1, ?3)')
    .bind(hash, kind, expiresAt)
    .run();

const names = async (table: string) => (await rowsOf(table)).map(({ hash }) => hash).toSorted();

test('ticks delete sessions that are over and sign-ins that have expired, and keep everything else', async () => {
  await insertSession('active', now - HOUR_MS, now + HOUR_MS);
  await insertSession('idle', now - 3 * HOUR_MS, now + HOUR_MS);
  await insertSession('over', now - HOUR_MS, now - 1);
  await insertToken('sign-in', 'sign_in', now + 1000);
  await insertToken('old sign-in', 'sign_in', now - 1);
  await insertToken('setup', 'setup', null);
  await prune({ db: DB }, now);
  expect(await names('sessions')).toEqual(['active']);
  expect(await names('used_tokens')).toEqual(['setup', 'sign-in']);
});

test('after a rotation of the key, ticks encrypt client secrets and ID tokens again', async () => {
  const old = { encryptionKey: bindings.ENCRYPTION_KEY };
  const after = { encryptionKey: btoa('y'.repeat(32)) };
  await post('/api/v1/identity-providers', {
    ...{
      id: 'okta',
      type: 'oidc',
      name: 'Okta',
      issuer: 'https://idp.acme.dev',
      audience: 'a',
      secret: 'hush',
    },
    rules: [],
  });
  await insertSession('active', now, now + HOUR_MS, await seal(old, sessionPlace('active'), 'a.b.c'));
  await resealSecrets(DB, { ...after, previousEncryptionKey: old.encryptionKey });
  const [provider] = await rowsOf('identity_providers');
  const [session] = await rowsOf('sessions');
  expect(await unseal(after, providerPlace('okta'), String(provider!.sealed_secret))).toBe('hush');
  expect(await unseal(after, sessionPlace('active'), String(session!.id_token))).toBe('a.b.c');
});
