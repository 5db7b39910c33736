// What a stranger can make D1 write: nothing, but for failed passwords, which are limited before they are counted.
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { readEnv } from '../../../src/env.ts';
import { sealFlow } from '../../../src/services/sign-in/flow.ts';
import { emptyAccess, rowsOf } from '../../support/d1/access-tables.ts';
import { BrowserSession } from '../../support/d1/browser-session.ts';
import { countD1 } from '../../support/d1/counted-d1.ts';
import { pathOf, routes } from '../../support/d1/every-route.ts';
import { ask, bindings, clock, empty, post } from '../../support/d1/http-mesh.ts';
import { derivations } from '../../support/worker/limited-node-crypto.ts';

const ISSUER = 'https://idp.acme.dev';

beforeAll(async () => {
  derivations.quick = true;
  await empty();
  await emptyAccess();
  const provider = { id: 'okta', type: 'oidc', name: 'Okta', issuer: ISSUER, audience: 'probemesh' };
  const rules = [{ group: 'sre', role: 'admin' }];
  expect((await post('/api/v1/identity-providers', { ...provider, rules })).status).toBe(201);
});
afterEach(() => vi.restoreAllMocks());

const OWN = { 'sec-fetch-site': 'same-origin', origin: bindings.PUBLIC_URL };
const FORM = { ...OWN, 'content-type': 'application/x-www-form-urlencoded' };
const COOKIES = ['session', 'flow', 'device'].map((name) => `__Host-probemesh-${name}=pms_${'x'.repeat(43)}`);
const STRANGERS: readonly (readonly [string, Record<string, string>])[] = [
  ['without anything', {}],
  ['with invented cookies', { cookie: COOKIES.join('; ') }],
  ['with an invented assertion of Access', { 'cf-access-jwt-assertion': 'eyJhbGciOiJub25lIn0.e30.' }],
  ['with an invented key', { authorization: `Bearer pm_${'x'.repeat(43)}` }],
];

/** Every public route, and one closed route of each kind: every-route.worker.test.ts closes the others. */
const CLOSED = ['GET /api/v1/monitors', 'POST /api/v1/monitors', 'GET /dashboard/keys', 'POST /sign-out'];
const ASKED = routes.filter(
  ({ endpoint, rule }) =>
    (rule === 'public' && endpoint !== 'POST /sign-in/password') || CLOSED.includes(endpoint),
);

/** Rows that D1 wrote for a request, and the status. */
async function written(path: string, options: Parameters<typeof ask>[1]) {
  const { db, take } = countD1(bindings.DB);
  const { status } = await ask(path, { token: null, ...options, env: { DB: db } });
  return { status, rows: take().reduce((sum, { rowsWritten }) => sum + rowsWritten, 0) };
}

describe.each(STRANGERS)('a stranger %s', (_, headers) => {
  test('writes no row with a request to a public route or a closed one, and gets no error of the server', async () => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('no', { status: 404 }));
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const wrote: string[] = [];
    for (const route of ASKED) {
      const { method } = route;
      const own = method === 'GET' ? headers : { ...FORM, ...headers };
      const body = method === 'GET' ? {} : { body: 'token=x&username=ann&password=wrong&code=123456' };
      const path = pathOf(route, 'okta');
      for (const query of ['', '?token=x', '?state=x&code=x'])
        if (query === '' || !route.isApi) {
          const { status, rows } = await written(path + query, { method, headers: own, ...body });
          // The page of a provider that does not answer is the only one of these.
          if (rows > 0 || (status >= 500 && status !== 503))
            wrote.push(`${method} ${path} ${status} ${rows}`);
        }
    }
    expect(wrote).toEqual([]);
  });
});

test('a stranger who completes sign-ins at an issuer with invented codes writes no row', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url) =>
    String(url).includes('openid-configuration')
      ? Response.json({
          ...{ issuer: ISSUER, authorization_endpoint: `${ISSUER}/a`, token_endpoint: `${ISSUER}/t` },
          ...{ jwks_uri: `${ISSUER}/k` },
        })
      : Response.json({ error: 'invalid_grant' }, { status: 400 }),
  );
  const before = await rowsOf('used_tokens');
  const redirectUri = `${bindings.PUBLIC_URL}/sign-in/oidc/okta/callback`;
  const flow = {
    provider: 'okta',
    state: 's',
    nonce: 'n',
    verifier: 'v'.repeat(43),
    redirectUri,
    returnPath: '/',
  };
  for (let times = 0; times < 3; times += 1) {
    const cookie = `__Host-probemesh-flow=${await sealFlow(readEnv(bindings), 'oidc', flow, clock.now)}`;
    const path = '/sign-in/oidc/okta/callback?state=s&code=invented';
    expect(await written(path, { headers: { cookie } })).toEqual({ status: 400, rows: 0 });
  }
  expect(await rowsOf('used_tokens')).toEqual(before);
  const calls = vi.mocked(fetch).mock.calls.map(([url]) => String(url));
  expect(calls.filter((url) => url.endsWith('/t'))).toHaveLength(3);
  expect(calls.filter((url) => url.includes('openid-configuration'))).toHaveLength(1);
});

test('failed passwords of one network write a row for each of twenty usernames a minute at most', async () => {
  const browser = new BrowserSession('198.18.9.9');
  for (let index = 0; index < 30; index += 1)
    await browser.submit('/sign-in/password', { username: `u${index}`, password: 'wrong wrong wrong' });
  expect((await rowsOf('sign_in_failures')).length).toBeLessThanOrEqual(20);
});
