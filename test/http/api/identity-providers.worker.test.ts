import { beforeEach, describe, expect, test } from 'vitest';
import { emptyAccess, entries, rowsOf } from '../../support/d1/access-tables.ts';
import { ask, bindings, clock, patch, post } from '../../support/d1/http-mesh.ts';

const PATH = '/api/v1/identity-providers';
const OKTA = {
  id: 'okta',
  type: 'oidc',
  name: 'Okta',
  issuer: 'https://idp.acme.dev/oauth2',
  audience: 'probemesh',
  secret: 'hush-hush-secret',
  rules: [
    { group: 'sre', role: 'admin' },
    { group: 'shop', role: 'editor', tags: ['team:shop'] },
  ],
};
const ACCESS = {
  id: 'access',
  type: 'cloudflare_access',
  name: 'Access',
  issuer: 'https://acme.cloudflareaccess.com/',
  audience: 'a'.repeat(64),
  rules: [],
};

beforeEach(emptyAccess);

/** A person who signed in through the provider. */
async function startedSession(): Promise<void> {
  const person = `INSERT INTO people (id, issuer, subject, name, role, created_at, updated_at) VALUES ('per_a', 'i', 's', 'Ann', 'viewer', 1, 1)`;
  const session = `INSERT INTO sessions (hash, id, person_id, method, created_at, last_used_at, expires_at) VALUES ('h', 'ses_a', 'per_a', 'okta', ${clock.now}, ${clock.now}, ${clock.now + 1e6})`;
  await bindings.DB.batch([bindings.DB.prepare(person), bindings.DB.prepare(session)]);
}

describe('an identity provider that is written wrongly', () => {
  test.each<[string, object]>([
    ['issuer', { issuer: 'http://idp.acme.dev' }],
    ['issuer', { issuer: 'http://127.0.0.1:9000' }],
    ['issuer', { issuer: 'https://10.0.0.1' }],
    ['issuer', { issuer: 'https://idp.acme.dev/?a=b' }],
    ['issuer', { issuer: 'https://idp.acme.dev/#a' }],
    ['issuer', { issuer: 'https://user:pass@idp.acme.dev' }],
    ['issuer', { issuer: 'idp.acme.dev' }],
    ['id', { id: 'passkey' }],
    ['id', { id: 'Ökta' }],
    ['type', { type: 'saml' }],
    ['scopes', { scopes: ['profile'] }],
    ['scopes[0]', { scopes: ['openid profile'] }],
    [
      'rules',
      {
        rules: [
          { group: 'a', role: 'viewer' },
          { group: 'a', role: 'admin' },
        ],
      },
    ],
    ['rules[0].role', { rules: [{ group: 'a', role: 'owner' }] }],
    ['rules[0].tags', { rules: [{ group: 'a', role: 'viewer', tags: [] }] }],
    ['rules[0].tags', { rules: [{ group: 'a', role: 'admin', tags: ['team:a'] }] }],
    ['rules[0].tags[0]', { rules: [{ group: 'a', role: 'viewer', tags: [':a'] }] }],
    ['secret', { ...ACCESS, secret: 'x' }],
    ['scopes', { ...ACCESS, scopes: ['openid'] }],
    ['clientId', { clientId: 'x' }],
  ])('%s of %j is refused with 422, and nothing is written', async (path, changes) => {
    const refused = await post(PATH, { ...OKTA, ...changes });
    expect([refused.status, refused.json.errors[0].path]).toEqual([422, path]);
    expect(await rowsOf('identity_providers')).toEqual([]);
    expect(await entries()).toEqual([]);
  });

  test('a taken id and a taken issuer are conflicts', async () => {
    await post(PATH, OKTA);
    const id = await post(PATH, { ...OKTA, issuer: 'https://other.acme.dev' });
    expect([id.status, id.json.errors[0].path]).toEqual([409, 'id']);
    const issuer = await post(PATH, { ...OKTA, id: 'other', issuer: `${OKTA.issuer}/` });
    expect([issuer.status, issuer.json.errors[0].path]).toEqual([409, 'issuer']);
    expect(await entries()).toHaveLength(1);
  });

  test('an unknown provider is not found', async () => {
    for (const method of ['GET', 'PATCH', 'DELETE'])
      expect(
        (await ask(`${PATH}/none`, { method, ...(method === 'PATCH' ? { body: {} } : {}) })).status,
      ).toBe(404);
  });
});

test('a local mesh may use an issuer on this machine, and a deployed Worker may not', async () => {
  const body = { ...OKTA, issuer: 'http://localhost:9000' };
  expect((await ask(PATH, { method: 'POST', body })).status).toBe(422);
  expect((await ask(PATH, { method: 'POST', body, env: { ALLOW_LOOPBACK: 'true' } })).status).toBe(201);
});

test('a local mesh returns the addresses under the name that the request has, as a sign-in there uses it', async () => {
  await post(PATH, OKTA);
  const env = { ALLOW_LOOPBACK: 'true', PUBLIC_URL: 'http://127.0.0.1:8787' };
  for (const origin of ['http://localhost:8787', 'http://127.0.0.1:8787'])
    expect((await ask(`${origin}${PATH}/okta`, { env })).json).toMatchObject({
      redirectUri: `${origin}/sign-in/oidc/okta/callback`,
      signedOutUri: `${origin}/signed-out`,
    });
});

test('a provider is created with the defaults of its type, and the addresses to register', async () => {
  const created = await post(PATH, OKTA);
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe(`${PATH}/okta`);
  expect(created.json).toMatchObject({
    secret: null,
    hasSecret: true,
    scopes: ['openid', 'profile', 'email'],
    groupsClaim: 'groups',
    rules: [
      { group: 'sre', role: 'admin', tags: null },
      { group: 'shop', role: 'editor', tags: ['team:shop'] },
    ],
    enabled: true,
    redirectUri: 'https://status.test/sign-in/oidc/okta/callback',
    signedOutUri: 'https://status.test/signed-out',
  });
  const access = await post(PATH, ACCESS);
  expect(access.json).toMatchObject({
    issuer: 'https://acme.cloudflareaccess.com',
    hasSecret: false,
    scopes: [],
    groupsClaim: 'custom.groups',
    redirectUri: null,
    signedOutUri: null,
  });
  const list = await ask(PATH);
  expect(list.json.identityProviders).toEqual([access.json, created.json]);
  expect((await ask(`${PATH}/okta`)).json).toEqual(created.json);
});

test('without an id, it is derived from the name', async () => {
  const { id: _, ...body } = OKTA;
  expect((await post(PATH, { ...body, name: 'Acme Größe' })).json.id).toBe('acme-groesse');
  expect((await post(PATH, { ...body, name: 'Password', issuer: 'https://b.acme.dev' })).json.id).toBe(
    'password-2',
  );
});

test('a client secret is stored encrypted, and is in no response and in no entry of the audit log', async () => {
  const responses = [
    await post(PATH, OKTA),
    await ask(PATH),
    await ask(`${PATH}/okta`),
    await patch(`${PATH}/okta`, { name: 'Okta 2', secret: 'another-hush-secret' }),
    await ask(`${PATH}/okta`, { method: 'DELETE' }),
  ];
  expect(responses.map(({ status }) => status)).toEqual([201, 200, 200, 200, 204]);
  const shown = responses.map(({ text }) => text).join('\n') + JSON.stringify(await rowsOf('audit_entries'));
  expect(shown).not.toContain('hush');
  expect((await entries()).map(({ action }) => action)).toEqual([
    'identity_provider.created',
    'identity_provider.updated',
    'identity_provider.deleted',
  ]);
  expect((await entries())[1]).toMatchObject({
    actor: 'key bootstrap',
    target: 'okta',
    before: { name: 'Okta' },
    after: { name: 'Okta 2', secret: '(replaced)' },
  });
});

describe('an update', () => {
  beforeEach(async () => {
    await post(PATH, OKTA);
  });
  const sealed = async () => (await rowsOf('identity_providers'))[0]!.sealed_secret;

  test('null keeps the secret, a text replaces it, and an empty text removes it', async () => {
    const first = await sealed();
    await patch(`${PATH}/okta`, { name: 'A', secret: null });
    expect(await sealed()).toBe(first);
    await patch(`${PATH}/okta`, { secret: 'new' });
    expect(await sealed()).not.toBe(first);
    expect((await patch(`${PATH}/okta`, { secret: '' })).json.hasSecret).toBe(false);
    expect(await sealed()).toBeNull();
  });

  test('a stored secret does not follow the provider to another host', async () => {
    const issuer = 'https://evil.acme.dev';
    const refused = await patch(`${PATH}/okta`, { issuer });
    expect([refused.status, refused.json.errors[0].path]).toEqual([422, 'secret']);
    expect((await patch(`${PATH}/okta`, { issuer, secret: 'for-the-new-host' })).status).toBe(200);
  });

  test('an update that changes nothing leaves no entry, no new version, and every session', async () => {
    await startedSession();
    const same = await patch(`${PATH}/okta`, { name: 'Okta', rules: OKTA.rules });
    expect([same.status, same.headers.get('etag')]).toEqual([200, '"1"']);
    expect(await entries()).toHaveLength(1);
    expect(await rowsOf('sessions')).toHaveLength(1);
  });

  test('a new name keeps the sessions, and new rules, disabling and deleting end them', async () => {
    const left: number[] = [];
    const step = async (work: () => Promise<unknown>) => {
      await bindings.DB.batch(
        ['people', 'sessions'].map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)),
      );
      await startedSession();
      await work();
      left.push((await rowsOf('sessions')).length);
    };
    await step(() => patch(`${PATH}/okta`, { name: 'Other' }));
    await step(() => patch(`${PATH}/okta`, { rules: [] }));
    await step(() => patch(`${PATH}/okta`, { enabled: false }));
    await step(() => ask(`${PATH}/okta`, { method: 'DELETE' }));
    expect(left).toEqual([1, 0, 0, 0]);
  });

  test('null restores the default of a field', async () => {
    await patch(`${PATH}/okta`, { groupsClaim: 'roles', scopes: ['openid', 'roles'], enabled: false });
    expect(
      (await patch(`${PATH}/okta`, { groupsClaim: null, scopes: null, enabled: null })).json,
    ).toMatchObject({
      groupsClaim: 'groups',
      scopes: ['openid', 'profile', 'email'],
      enabled: true,
    });
  });

  test('another version than the expected one changes nothing', async () => {
    const headers = { 'if-match': '"7"' };
    const body = { name: 'B' };
    expect((await ask(`${PATH}/okta`, { method: 'PATCH', headers, body })).status).toBe(412);
    expect((await ask(`${PATH}/okta`, { method: 'DELETE', headers })).status).toBe(412);
    expect(await entries()).toHaveLength(1);
  });

  test('of two updates at the same time, each is complete, and the log has both in order', async () => {
    const names = ['A', 'B', 'C', 'D'];
    const answers = await Promise.all(names.map((name) => patch(`${PATH}/okta`, { name })));
    const done = answers.filter(({ status }) => status === 200).length;
    expect(done).toBeGreaterThan(0);
    const written = (await entries()).slice(1);
    expect(written).toHaveLength(done);
    expect(written.at(-1)!.after.name).toBe((await ask(`${PATH}/okta`)).json.name);
    for (const [index, { before }] of written.entries())
      expect(before.name).toBe(index === 0 ? 'Okta' : written[index - 1]!.after.name);
  });
});
