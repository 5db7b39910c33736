// People over the API: local accounts with invitations, what an identity provider decides, and the last admin.
import { beforeEach, describe, expect, test } from 'vitest';
import { hashToken } from '../../../src/services/tokens.ts';
import { asKey, auditTrail, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { everyTable } from '../../support/d1/every-table.ts';
import { ask, bindings, clock, patch, post } from '../../support/d1/http-mesh.ts';
import { get, newSession, signIn } from '../../support/d1/signed-in.ts';

beforeEach(emptyAccess);

const ADA = { name: 'Ada Lovelace', username: 'Ada', role: 'editor', tags: ['team:shop'] };
const remove = (id: string) => ask(`/api/v1/people/${id}`, { method: 'DELETE' });
const rowsOf = async (table: string): Promise<number> =>
  (await bindings.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>())!.n;

const PROVIDED = { issuer: 'https://id.acme.dev', name: 'Grace', email: 'grace@acme.test' };

async function addProvider(enabled: boolean): Promise<void> {
  await bindings.DB.prepare(
    `INSERT INTO identity_providers (id, type, name, issuer, audience, scopes, groups_claim, rules, enabled, created_at, updated_at)
     VALUES ('acme', 'oidc', 'Acme', 'https://id.acme.dev', 'client', '["openid"]', 'groups', '[]', ?, 0, 0)`,
  )
    .bind(enabled ? 1 : 0)
    .run();
}

describe('a new local person', () => {
  test('is invited with a link that no other response and no table contains', async () => {
    const created = await post('/api/v1/people', ADA);
    expect(created.status).toBe(201);
    const { id, invitation } = created.json;
    expect(created.json).toMatchObject({
      ...{ name: 'Ada Lovelace', username: 'ada', issuer: 'local', subject: id, email: null },
      ...{ role: 'editor', tags: ['team:shop'], disabled: false, state: 'invited', lastSignInAt: null },
      credentials: { passkeys: 0, password: false, authenticatorApp: false },
    });
    expect(invitation.url).toMatch(/^https:\/\/status\.test\/invitation\?token=pmi_[A-Za-z0-9]{43}$/);
    expect(Date.parse(invitation.expiresAt) - clock.now).toBe(72 * 3_600_000);
    const token = invitation.url.split('=')[1];
    const text = [(await ask(`/api/v1/people/${id}`)).text, (await ask('/api/v1/people')).text].join();
    expect(text).not.toContain(token);
    const tables = await everyTable(bindings.DB);
    expect(tables).not.toContain(token);
    expect(tables).toContain(await hashToken(token));
    expect(await auditTrail()).toEqual(['api_key.created by probemesh', 'person.created by bootstrap']);
  });

  test('has a username of its own, in any case', async () => {
    await post('/api/v1/people', ADA);
    const refused = await post('/api/v1/people', { ...ADA, username: ' ADA ' });
    expect([refused.status, refused.json.errors[0].path]).toEqual([409, 'username']);
    expect((await ask('/api/v1/people')).json.people).toHaveLength(1);
  });

  test('is refused with an invalid field, by its name', async () => {
    for (const [path, changes] of [
      ['username', { username: 'a b' }],
      ['username', { username: '' }],
      ['role', { role: null }],
      ['tags', { role: 'admin' }],
      ['name', { name: ' ' }],
      ['issuer', { issuer: 'https://id.acme.dev' }],
    ] as const) {
      const refused = await post('/api/v1/people', { ...ADA, ...changes });
      expect([refused.status, refused.json.errors[0].path]).toEqual([422, path]);
    }
    expect(await rowsOf('people')).toBe(0);
  });

  test('gets another link if the first is lost, and only the newest works', async () => {
    const { id } = (await post('/api/v1/people', ADA)).json;
    const again = await post(`/api/v1/people/${id}/invitation`, {});
    expect(again.status).toBe(201);
    const { results } = await bindings.DB.prepare('SELECT hash FROM invitations').all<{ hash: string }>();
    expect(results).toEqual([{ hash: await hashToken(again.json.url.split('=')[1]) }]);
    expect((await auditTrail()).at(-1)).toBe('invitation.created by bootstrap');
  });

  test('whose link has expired is shown as locked out', async () => {
    const { id } = (await post('/api/v1/people', ADA)).json;
    clock.now += 72 * 3_600_000;
    expect((await ask(`/api/v1/people/${id}`)).json).toMatchObject({
      state: 'locked_out',
      invitationExpiresAt: null,
    });
  });
});

describe('a change of a person', () => {
  test('of role, tags or disabled ends every session of that person and of no other', async () => {
    const other = await signIn('viewer');
    for (const changes of [{ role: 'responder' }, { tags: ['team:shop'] }, { disabled: true }]) {
      const person = await signIn('editor');
      const second = await newSession(person.id);
      expect((await patch(`/api/v1/people/${person.id}`, changes)).status).toBe(200);
      for (const { cookie } of [person, second])
        expect((await ask('/api/v1/me', { token: null, headers: { cookie } })).status).toBe(401);
    }
    expect((await get('/api/v1/me', other)).status).toBe(200);
  });

  test('of the name keeps the sessions, and a change to the same value leaves no entry', async () => {
    const person = await signIn('editor', { name: 'Ada' });
    expect((await patch(`/api/v1/people/${person.id}`, { name: 'Ada L.' })).json.name).toBe('Ada L.');
    expect((await get('/api/v1/me', person)).json.name).toBe('Ada L.');
    await patch(`/api/v1/people/${person.id}`, { name: 'Ada L.', role: 'editor', disabled: false });
    expect(await auditTrail()).toEqual(['api_key.created by probemesh', 'person.updated by bootstrap']);
  });

  test('that disables a person ends the invitation too, and none can be made until the person is enabled', async () => {
    const { id } = (await post('/api/v1/people', ADA)).json;
    await patch(`/api/v1/people/${id}`, { disabled: true });
    expect(await rowsOf('invitations')).toBe(0);
    const refused = await post(`/api/v1/people/${id}/invitation`, {});
    expect([refused.status, refused.json.detail]).toEqual([
      409,
      'Ada Lovelace is disabled. Enable the person first.',
    ]);
  });

  test('whom an identity provider manages is refused for name, role and tags, and allowed for disabled', async () => {
    const { id } = await signIn('editor', PROVIDED);
    for (const [path, changes] of [
      ['name', { name: 'Else' }],
      ['role', { role: 'admin' }],
      ['tags', { tags: ['team:shop'] }],
    ] as const) {
      const refused = await patch(`/api/v1/people/${id}`, changes);
      expect([refused.status, refused.json.errors[0].path]).toEqual([409, path]);
      expect(refused.json.detail).toMatch(/^The identity provider https:\/\/id\.acme\.dev decides the/);
    }
    expect((await post(`/api/v1/people/${id}/invitation`, {})).status).toBe(409);
    expect((await patch(`/api/v1/people/${id}`, { disabled: true })).json.state).toBe('disabled');
  });

  test('needs the current version if it says so', async () => {
    const { id } = await signIn('editor');
    const change = (name: string) =>
      ask(`/api/v1/people/${id}`, { method: 'PATCH', body: { name }, headers: { 'if-match': '"1"' } });
    expect([(await change('One')).status, (await change('Two')).status]).toEqual([200, 412]);
    expect((await ask('/api/v1/people/none', { method: 'DELETE' })).status).toBe(404);
  });
});

test('a deleted person leaves no session, no passkey, no code and no invitation', async () => {
  const { id } = (await post('/api/v1/people', ADA)).json;
  await newSession(id);
  await bindings.DB.batch([
    bindings.DB.prepare(
      "INSERT INTO passkeys (id, person_id, name, public_key, counter, transports, created_at) VALUES ('k', ?, 'Laptop', 'x', 0, '[]', 0)",
    ).bind(id),
    bindings.DB.prepare("INSERT INTO recovery_codes (hash, person_id, created_at) VALUES ('c', ?, 0)").bind(
      id,
    ),
  ]);
  expect((await ask(`/api/v1/people/${id}`)).json.credentials.passkeys).toBe(1);
  expect((await remove(id)).status).toBe(204);
  for (const table of ['people', 'sessions', 'passkeys', 'recovery_codes', 'invitations'])
    expect([table, await rowsOf(table)]).toEqual([table, 0]);
  expect((await remove(id)).status).toBe(404);
  expect((await auditTrail()).slice(1)).toEqual([
    'person.created by bootstrap',
    'person.deleted by bootstrap',
  ]);
});

describe('the last admin among people', () => {
  /** Without a key that lasts, so that people count alone. */
  async function onlyPeople(): Promise<ReturnType<typeof asKey>> {
    const helper = await makeKey('admin', null, new Date(clock.now + 3_600_000).toISOString());
    await bindings.DB.prepare("UPDATE api_keys SET revoked_at = created_at WHERE id = 'bootstrap'").run();
    return asKey(helper);
  }

  const makeKeyThatLasts = () =>
    bindings.DB.prepare("UPDATE api_keys SET revoked_at = NULL WHERE id = 'bootstrap'").run();

  test('cannot be demoted, disabled or deleted', async () => {
    const { id } = await signIn('admin', { passwordHash: 'x' });
    const admin = await onlyPeople();
    for (const [method, body] of [
      ['PATCH', { role: 'editor' }],
      ['PATCH', { disabled: true }],
      ['DELETE', undefined],
    ] as const) {
      const refused = await admin(`/api/v1/people/${id}`, method, body);
      expect([refused.status, refused.json.detail]).toEqual([
        409,
        expect.stringMatching(/^No admin would remain/),
      ]);
    }
  });

  test('remains if another person can sign in as admin, and an open invitation does not count', async () => {
    const { id } = await signIn('admin', { passwordHash: 'x' });
    const admin = await onlyPeople();
    await admin('/api/v1/people', 'POST', { name: 'Ada', username: 'ada', role: 'admin' });
    expect((await admin(`/api/v1/people/${id}`, 'DELETE')).status).toBe(409);
    await signIn('admin', { passwordHash: 'x' });
    expect((await admin(`/api/v1/people/${id}`, 'DELETE')).status).toBe(204);
  });

  test('can be one of an identity provider, as long as the provider is enabled', async () => {
    const { id } = await signIn('admin', { passwordHash: 'x' });
    const admin = await onlyPeople();
    await signIn('admin', PROVIDED);
    expect((await admin(`/api/v1/people/${id}`, 'DELETE')).status).toBe(409);
    await addProvider(true);
    expect((await admin(`/api/v1/people/${id}`, 'DELETE')).status).toBe(204);
  });

  test('keeps the identity provider with which alone it signs in, and its rule', async () => {
    await addProvider(true);
    await bindings.DB.prepare(
      `UPDATE identity_providers SET issuer = issuer || '/', rules = '[{"group":"sre","role":"admin","tags":null}]'`,
    ).run();
    await signIn('admin', PROVIDED);
    const admin = await onlyPeople();
    const path = '/api/v1/identity-providers/acme';
    for (const [method, body] of [
      ['PATCH', { enabled: false }],
      ['PATCH', { issuer: 'https://other.acme.dev' }],
      ['PATCH', { rules: [{ group: 'sre', role: 'editor' }] }],
      ['DELETE', undefined],
    ] as const) {
      const refused = await admin(path, method, body);
      expect([method, body, refused.status, refused.json.detail]).toEqual([
        method,
        body,
        409,
        expect.stringMatching(/^No admin would remain/),
      ]);
    }
    expect((await admin(path, 'PATCH', { name: 'Acme ID' })).status).toBe(200);
    await makeKeyThatLasts();
    expect((await admin(path, 'DELETE')).status).toBe(204);
  });

  test('a key of the role admin without an end is enough for the last person to go', async () => {
    const { id } = await signIn('admin', { passwordHash: 'x' });
    expect((await remove(id)).status).toBe(204);
  });
});

test('people are found by name, filtered by role, and the list says whether the setup token is open', async () => {
  await signIn('viewer', { name: 'Ada' });
  await signIn('editor', { ...PROVIDED, disabled: true });
  const list = async (query: string, env = {}) => (await ask(`/api/v1/people?${query}`, { env })).json;
  const names = async (query: string) => (await list(query)).people.map(({ name }: { name: string }) => name);
  expect(await names('role=viewer,admin')).toEqual(['Ada']);
  expect(await names('q=acme.test')).toEqual(['Grace']);
  expect(await names('disabled=true')).toEqual(['Grace']);
  const env = { SETUP_TOKEN_SHA256: await hashToken('setup') };
  expect([(await list('')).setupOpen, (await list('', env)).setupOpen]).toEqual([false, true]);
  await bindings.DB.prepare("INSERT INTO used_tokens (hash, kind, used_at) VALUES (?, 'setup', 0)")
    .bind(env.SETUP_TOKEN_SHA256)
    .run();
  expect((await list('', env)).setupOpen).toBe(false);
});
