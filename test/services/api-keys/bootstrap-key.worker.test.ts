// The secret ADMIN_TOKEN_SHA256 as the first API key: stored once, replaced by another value, and never revived.
import { beforeEach, expect, test } from 'vitest';
import { hashToken } from '../../../src/services/tokens.ts';
import { auditTrail, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { ask, post } from '../../support/d1/http-mesh.ts';

beforeEach(emptyAccess);

/** As a Worker whose secret is the hash of `secret`. */
const as = async (token: string, secret: string) =>
  (await ask('/api/v1/me', { token, env: { ADMIN_TOKEN_SHA256: await hashToken(secret) } })).status;

test('the token of ADMIN_TOKEN_SHA256 works as the key `bootstrap`, and requests at the same time store it once', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask('/api/v1/me')));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(answers[0]!.json).toMatchObject({ type: 'key', id: 'bootstrap', role: 'admin', tags: null });
  expect(await auditTrail()).toEqual(['api_key.created by probemesh']);
});

test('a wrong token never becomes a key, whatever the database contains', async () => {
  expect(await as('guess', 'first')).toBe(401);
  expect(await auditTrail()).toEqual([]);
});

test('another value of the secret replaces the key, and the earlier value stops working', async () => {
  expect(await as('first', 'first')).toBe(200);
  expect(await as('second', 'second')).toBe(200);
  expect(await as('first', 'second')).toBe(401);
  expect(await auditTrail()).toEqual(['api_key.created by probemesh', 'api_key.replaced by probemesh']);
});

test('the earlier value works again if the secret gets it back and it was never revoked', async () => {
  for (const secret of ['first', 'second', 'first']) expect(await as(secret, secret)).toBe(200);
});

test('a revoked value stays revoked, also after the secret had another value in between', async () => {
  const spare = await makeKey('admin');
  await post('/api/v1/api-keys/bootstrap/revoke', {});
  expect((await ask('/api/v1/me')).json.detail).toMatch(/^The API key was revoked/);
  expect(await as('second', 'second')).toBe(200);
  expect((await ask('/api/v1/me')).status).toBe(401);
  expect((await ask('/api/v1/me', { token: spare.key })).status).toBe(200);
});

test('a rotated value stays replaced when its overlap is over', async () => {
  const rotated = await post('/api/v1/api-keys/bootstrap/rotate', { overlapMinutes: 0 });
  await ask('/api/v1/api-keys/bootstrap/rotate', {
    method: 'POST',
    token: rotated.json.key,
    body: { overlapMinutes: 0 },
  });
  expect((await ask('/api/v1/me')).json.detail).toMatch(/^The API key is unknown/);
});

test('without the secret, its key in the database is a key like any other', async () => {
  expect((await ask('/api/v1/me')).status).toBe(200);
  const env = { ADMIN_TOKEN_SHA256: '', SETUP_TOKEN_SHA256: await hashToken('setup') };
  expect((await ask('/api/v1/me', { env })).status).toBe(200);
});

test('a secret that has not been used yet counts as an admin that remains', async () => {
  const only = await makeKey('admin');
  await post('/api/v1/api-keys/bootstrap/rotate', { overlapMinutes: 0 });
  const env = { ADMIN_TOKEN_SHA256: await hashToken('new-secret') };
  const revoked = await ask('/api/v1/api-keys/bootstrap/revoke', {
    method: 'POST',
    token: only.key,
    body: {},
    env,
  });
  expect(revoked.status).toBe(200);
  const last = await ask(`/api/v1/api-keys/${only.id}/revoke`, {
    method: 'POST',
    token: only.key,
    body: {},
    env,
  });
  expect(last.status).toBe(200);
  expect((await ask('/api/v1/me', { token: 'new-secret', env })).status).toBe(200);
});
