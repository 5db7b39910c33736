// Texts that a client chooses must not make the audit log look forged: the hash covers them as D1 stores them.
import { beforeEach, expect, test } from 'vitest';
import { emptyAccess } from '../../support/d1/access-tables.ts';
import { ask, post } from '../../support/d1/http-mesh.ts';

beforeEach(emptyAccess);

const verification = async () => (await ask('/api/v1/audit-entries/verification')).json;
const key = { name: 'CI', role: 'viewer', expiresAt: null };

test.each([
  ['ends in half a character', encodeURIComponent(`${'a'.repeat(199)}😀`)],
  ['has a zero byte', 'mesh%00.yaml'],
  ['is not UTF-8', '%ff%fe'],
])('the audit log is valid after a change whose file name %s', async (_, file) => {
  const headers = { 'probemesh-file': file };
  const created = await ask('/api/v1/api-keys', { method: 'POST', body: key, headers });
  expect(created.status).toBe(201);
  expect(await verification()).toMatchObject({ valid: true });
});

test.each(['a\u0000b', '\ud83d', 'x\udc00', `${'a'.repeat(119)}😀`])(
  'the audit log is valid after a key with the name %j was refused, or made and used',
  async (name) => {
    const created = await post('/api/v1/api-keys', { ...key, name, role: 'admin' });
    if (created.status === 201)
      await ask('/api/v1/api-keys', { method: 'POST', body: key, token: created.json.key });
    expect(await verification()).toMatchObject({ valid: true });
  },
);
