// Spellings of a path, a method and a host that a router, a prefix check and a table of rules may read differently.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeKey } from '../../support/d1/access.ts';
import { emptyAccess, rowsOf } from '../../support/d1/access-tables.ts';
import { ask, empty } from '../../support/d1/http-mesh.ts';
import { type SignedIn, signIn } from '../../support/d1/signed-in.ts';

let viewerKey: string;
let admin: SignedIn;
beforeAll(async () => {
  await empty();
  await emptyAccess();
  viewerKey = (await makeKey('viewer')).key;
  admin = await signIn('admin');
});

const SPELLINGS = [
  ...['/api/v1/api-keys', '/API/v1/api-keys', '/Api/v1/api-keys', '//api/v1/api-keys', '/api//v1/api-keys'],
  ...[
    '/api/v1/api-keys/',
    '/api/v1//api-keys',
    '/api%2fv1/api-keys',
    '/%61pi/v1/api-keys',
    '/api/v1/%61pi-keys',
  ],
  ...[
    '/api/v1/api-keys%00',
    '/api/v1/api-keys%0d%0a',
    '/api/v1/api-keys;a=b',
    '/api/v1/api-keys%3f',
    '/api/v1/api-keys%20',
  ],
  ...['/assets/../api/v1/api-keys', '/assets/%2e%2e/api/v1/api-keys', '/assets/..%2fapi/v1/api-keys'],
  ...['/api/v1/status/../api-keys', '/api/v1/status/%2e%2e/api-keys', '/api/v1/status%2f..%2fapi-keys'],
  ...[
    '/\\api\\v1\\api-keys',
    '/%2561pi/v1/api-keys',
    '/api/v1/api%252dkeys',
    '/favicon.ico/../api/v1/api-keys',
  ],
  ...['/dashboard/keys', '//dashboard/keys', '/dashboard//keys', '/dashboard/keys/', '/DASHBOARD/keys'],
  ...[
    '/dashboard/%6beys',
    '/%64ashboard/keys',
    '/dashboard%2fkeys',
    '/sign-in/../dashboard/keys',
    '/robots.txt%2f..%2fdashboard/keys',
  ],
];

describe.each(SPELLINGS)('GET %s', (path) => {
  test.each<[string, Record<string, string>, string | null]>([
    ['a stranger', {}, null],
    [
      'a stranger who claims another method',
      { 'x-http-method-override': 'GET', 'x-original-url': '/' },
      null,
    ],
    ['a stranger who claims another host', { host: 'localhost', 'x-forwarded-host': 'localhost' }, null],
    ['a viewer', {}, 'viewer'],
  ])('shows no key to %s', async (_, headers, who) => {
    const token = who === null ? null : viewerKey;
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const answer = await ask(path, { method, token, headers });
      expect([401, 403, 404, 405, 303]).toContain(answer.status);
      if (answer.status === 303) expect(answer.headers.get('location')).toMatch(/^\/sign-in/);
      expect(answer.headers.get('cache-control')).toMatch(/no-store/);
      expect(answer.text).not.toContain('bootstrap');
    }
  });
});

test.each(SPELLINGS)('POST %s of another site makes no key in the browser of an admin', async (path) => {
  const body = JSON.stringify({ name: 'evil', role: 'admin', expiresAt: null });
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
    const headers = {
      ...{ cookie: admin.cookie, 'content-type': type },
      ...{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' },
    };
    const { status } = await ask(path, { method: 'POST', token: null, body, headers });
    expect([403, 404, 405]).toContain(status);
  }
  expect((await rowsOf('api_keys')).map(({ name }) => name)).not.toContain('evil');
});

test('a key in the query, in a cookie or under another scheme is not a key', async () => {
  for (const [path, headers] of [
    [`/api/v1/monitors?access_token=${viewerKey}`, {}],
    [`/api/v1/monitors?key=${viewerKey}`, {}],
    ['/api/v1/monitors', { cookie: `__Host-probemesh-session=${viewerKey}` }],
    ['/api/v1/monitors', { authorization: `Basic ${btoa(`x:${viewerKey}`)}` }],
    ['/api/v1/monitors', { authorization: `Bearer ${viewerKey}, Bearer x` }],
    ['/api/v1/monitors', { 'x-api-key': viewerKey }],
  ] as const) {
    const answer = await ask(path, { token: null, headers });
    expect([path, answer.status]).toEqual([path, 401]);
    expect(answer.text).not.toContain(viewerKey);
  }
});

test('a session in an Authorization header opens nothing, and a key does not open a page', async () => {
  expect((await ask('/api/v1/monitors', { token: admin.token })).status).toBe(401);
  expect((await ask('/dashboard/keys', { token: viewerKey })).status).toBe(303);
});

test('a cookie of the session without its prefix, or twice with a planted one first, opens nothing that it should not', async () => {
  const planted = await signIn('viewer');
  for (const cookie of [
    `probemesh-session=${admin.token}`,
    `__Secure-probemesh-session=${admin.token}`,
    `__host-probemesh-session=${admin.token}`,
    `${planted.cookie}; ${admin.cookie}x`,
  ]) {
    const { status } = await ask('/api/v1/api-keys', { token: null, headers: { cookie } });
    expect([401, 403]).toContain(status);
  }
});
