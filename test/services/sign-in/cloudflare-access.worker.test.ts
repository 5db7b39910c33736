import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { emptyAccess, entries, rowsOf } from '../../support/d1/access-tables.ts';
import { countD1 } from '../../support/d1/counted-d1.ts';
import { ask, bindings, clock, patch, post } from '../../support/d1/http-mesh.ts';

const AUDIENCE = 'a'.repeat(64);
let team = 0;
/** Keys are kept for each team, so each test has its own. */
let issuer = '';

const newKey = async (kid: string) => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  return {
    kid,
    sign: pair.privateKey,
    jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: 'RS256', use: 'sig' },
  };
};
const first = await newKey('first');
const second = await newKey('second');
let published = [first.jwk];
let certs: () => Response | Promise<Response> = () => Response.json({ keys: published });
const requested: string[] = [];

const iat = () => Math.floor(clock.now / 1000) - 10;

/** An assertion as Access signs it. */
function assertion(changes: Record<string, unknown> = {}, key = first, kid = key.kid): Promise<string> {
  const claims = {
    ...{ aud: [AUDIENCE], iss: issuer, sub: 'user-1', email: 'ann@acme.dev', type: 'app' },
    ...{ iat: iat(), exp: iat() + 3600, custom: { groups: ['shop'] } },
  };
  return new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'RS256', kid }).sign(key.sign);
}

const askInPlaceOf = (DB: D1Database, token: string) =>
  ask('/api/v1/monitors', { token: null, headers: { 'cf-access-jwt-assertion': token }, env: { DB } });
const open = async (token: string | Promise<string>, path = '/api/v1/monitors') =>
  ask(path, { token: null, headers: { 'cf-access-jwt-assertion': await token } });

beforeEach(async () => {
  await emptyAccess();
  clock.now = 1_800_000_000_000;
  team += 1;
  issuer = `https://team-${team}.cloudflareaccess.com`;
  published = [first.jwk];
  certs = () => Response.json({ keys: published });
  requested.length = 0;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
    requested.push(String(url));
    return certs();
  });
  const created = await post('/api/v1/identity-providers', {
    ...{ id: 'access', type: 'cloudflare_access', name: 'Access', issuer, audience: AUDIENCE },
    rules: [
      { group: 'sre', role: 'admin' },
      { group: 'shop', role: 'viewer', tags: ['team:shop'] },
    ],
  });
  expect(created.status).toBe(201);
});
afterEach(() => vi.restoreAllMocks());

describe('an assertion that proves nothing', () => {
  test.each<[string, () => Promise<string>]>([
    ['is not a JWT', async () => 'x.y.z'],
    ['is empty', async () => ''],
    ['is for another application', () => assertion({ aud: ['b'.repeat(64)] })],
    ['has no audience', () => assertion({ aud: [] })],
    ['is of another team', () => assertion({ iss: 'https://evil.cloudflareaccess.com' })],
    ['has expired', () => assertion({ exp: iat() - 120 })],
    ['has no end', () => assertion({ exp: undefined })],
    ['is valid later', () => assertion({ nbf: iat() + 600 })],
    ['has no subject', () => assertion({ sub: undefined })],
    ['is of a service token', () => assertion({ sub: '', common_name: 'token.access' })],
    ['is signed with a key that is not published', () => assertion({}, second)],
    ['is signed with another key under the id of a published one', () => assertion({}, second, first.kid)],
    ['gives no group a role', () => assertion({ custom: { groups: ['visitors'] } })],
    ['has no groups', () => assertion({ custom: undefined })],
  ])('a request is unauthorized if its assertion %s, and no person is stored', async (_, make) => {
    expect((await open(make())).status).toBe(401);
    expect(await rowsOf('people')).toEqual([]);
  });

  test('an assertion that nothing signs, or the public key as a secret, is refused', async () => {
    const [, payload] = (await assertion()).split('.');
    const header = (value: object) => btoa(JSON.stringify(value)).replaceAll('=', '');
    expect((await open(`${header({ alg: 'none' })}.${payload}.`)).status).toBe(401);
    const secret = new TextEncoder().encode(JSON.stringify(first.jwk));
    const forged = await new SignJWT({ aud: AUDIENCE, iss: issuer, sub: 'x', iat: iat(), exp: iat() + 60 })
      .setProtectedHeader({ alg: 'HS256', kid: first.kid })
      .sign(secret);
    expect((await open(forged)).status).toBe(401);
  });

  test('a disabled provider, and a disabled person, open nothing', async () => {
    expect((await open(assertion())).status).toBe(200);
    await bindings.DB.prepare('UPDATE people SET disabled = 1').run();
    expect((await open(assertion())).status).toBe(401);
    await bindings.DB.prepare('UPDATE people SET disabled = 0').run();
    await patch('/api/v1/identity-providers/access', { enabled: false });
    expect((await open(assertion())).status).toBe(401);
  });

  test('while the keys of Access cannot be read, the request is unauthorized and the log says why', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    certs = () => new Response('down', { status: 503 });
    expect((await open(assertion())).status).toBe(401);
    expect(warn.mock.calls.join()).toMatch(/sign_in\.access_refused.*responded 503/);
    certs = () => Response.json({ keys: published });
    expect((await open(assertion())).status).toBe(200);
  });

  test('keys that are larger than half a megabyte are not read', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    certs = () => Response.json({ keys: published, padding: 'x'.repeat(600_000) });
    expect((await open(assertion())).status).toBe(401);
  });
});

describe('an assertion that Access signed', () => {
  test('a person is created at the first request, with the role of the group and one entry', async () => {
    expect((await open(assertion())).status).toBe(200);
    expect((await open(assertion())).status).toBe(200);
    expect(await rowsOf('people')).toMatchObject([
      { issuer, subject: 'user-1', name: 'ann@acme.dev', role: 'viewer', tags: '["team:shop"]' },
    ]);
    expect(await entries()).toMatchObject([
      { action: 'identity_provider.created' },
      {
        action: 'person.created',
        actor: 'person ann@acme.dev',
        after: { role: 'viewer', tags: ['team:shop'] },
      },
    ]);
    expect(await rowsOf('sessions')).toEqual([]);
  });

  test('parallel requests of the first page make one person and one entry', async () => {
    const token = await assertion();
    const answers = await Promise.all(Array.from({ length: 5 }, () => open(token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await rowsOf('people')).toHaveLength(1);
    expect(await entries()).toHaveLength(2);
  });

  test('a newer assertion with other groups changes the role, and an older one does not change it back', async () => {
    const older = await assertion();
    expect((await open(older, '/api/v1/identity-providers')).status).toBe(403);
    const newer = assertion({ iat: iat() + 5, custom: { groups: ['sre'] } });
    expect((await open(newer, '/api/v1/identity-providers')).status).toBe(200);
    expect((await open(older, '/api/v1/identity-providers')).status).toBe(200);
    const last = await assertion({ iat: iat() + 8, custom: { groups: ['visitors'] } });
    expect((await open(last)).status).toBe(401);
    expect((await open(older)).status).toBe(401);
    expect((await open(newer)).status).toBe(401);
    expect((await entries()).map(({ action }) => action)).toEqual([
      'identity_provider.created',
      'person.created',
      'person.updated',
      'person.updated',
    ]);
  });

  test('new rules count for the next request of each person', async () => {
    const token = await assertion();
    expect((await open(token)).status).toBe(200);
    await patch('/api/v1/identity-providers/access', { rules: [{ group: 'shop', role: 'admin' }] });
    expect((await open(token, '/api/v1/identity-providers')).status).toBe(200);
    await patch('/api/v1/identity-providers/access', { rules: [] });
    expect((await open(token)).status).toBe(401);
  });

  test('new rules count for an older assertion as well: it never gives what the rules of before gave', async () => {
    const older = await assertion();
    expect((await open(older)).status).toBe(200);
    const groups = { custom: { groups: ['sre', 'shop'] } };
    expect((await open(assertion({ iat: iat() + 5, ...groups }))).status).toBe(200);
    expect((await open(older, '/api/v1/identity-providers')).status).toBe(200);
    clock.now += 60_000;
    await patch('/api/v1/identity-providers/access', { rules: [{ group: 'shop', role: 'viewer' }] });
    expect((await open(older, '/api/v1/identity-providers')).status).toBe(403);
    expect((await open(older, '/api/v1/health')).status).toBe(200);
    await patch('/api/v1/identity-providers/access', {
      rules: [{ group: 'shop', role: 'viewer', tags: ['team:shop'] }],
    });
    expect((await open(older, '/api/v1/health')).status).toBe(403);
    await patch('/api/v1/identity-providers/access', { rules: [{ group: 'sre', role: 'viewer' }] });
    expect((await open(older)).status).toBe(401);
  });

  test('requests of a person who lost every group write once', async () => {
    expect((await open(assertion())).status).toBe(200);
    const token = await assertion({ iat: iat() + 5, custom: { groups: ['visitors'] } });
    const { db, take } = countD1(bindings.DB);
    for (let times = 0; times < 3; times += 1) expect((await askInPlaceOf(db, token)).status).toBe(401);
    const writes = take().filter(({ sql }) => /^update "people"/i.test(sql));
    expect(writes).toHaveLength(2);
  });

  test('the e-mail address can be the group', async () => {
    await patch('/api/v1/identity-providers/access', {
      groupsClaim: 'email',
      rules: [{ group: 'Ann@acme.dev', role: 'viewer' }],
    });
    expect((await open(assertion())).status).toBe(200);
  });

  test('keys are read once, and again for an unknown key after 30 seconds', async () => {
    const start = Date.now();
    vi.useFakeTimers({ now: start, toFake: ['Date'] });
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      expect((await open(assertion())).status).toBe(200);
      expect((await open(assertion())).status).toBe(200);
      expect(requested).toEqual([`${issuer}/cdn-cgi/access/certs`]);
      published = [second.jwk];
      for (let times = 0; times < 3; times += 1) expect((await open(assertion({}, second))).status).toBe(401);
      expect(requested).toHaveLength(1);
      vi.setSystemTime(start + 31_000);
      expect((await open(assertion({}, second))).status).toBe(200);
      expect(requested).toHaveLength(2);
      expect((await open(assertion())).status).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a request with an API key is the one of the key, also with an assertion', async () => {
    const headers = { 'cf-access-jwt-assertion': await assertion() };
    expect((await ask('/api/v1/identity-providers', { headers })).status).toBe(200);
    expect(await rowsOf('people')).toEqual([]);
    expect((await ask('/api/v1/monitors', { token: 'wrong', headers })).status).toBe(401);
  });

  test('a change through Access needs the token of the forms, because a browser sends its cookie by itself', async () => {
    const headers = {
      'cf-access-jwt-assertion': await assertion({ custom: { groups: ['sre'] } }),
      'sec-fetch-site': 'cross-site',
      origin: 'https://evil.test',
    };
    const deleted = await ask('/api/v1/identity-providers/access', {
      method: 'DELETE',
      token: null,
      headers,
    });
    expect(deleted.status).toBe(403);
    expect(await rowsOf('identity_providers')).toHaveLength(1);
  });
});
