// The host of a status page: it serves that page and nothing else, however the host or the path is written.
import { beforeAll, expect, test } from 'vitest';
import { routes } from '../../support/d1/every-route.ts';
import { type Answered, ask, empty, patch, post } from '../../support/d1/http-mesh.ts';
import {
  ACCESS,
  grantCookie,
  HOSTED,
  must,
  PAGE_HOST,
  PASSWORD,
  read,
  sendForm,
} from '../../support/d1/private-pages.ts';
import { signIn } from '../../support/d1/signed-in.ts';

const ORIGIN = `https://${PAGE_HOST}`;
const at = (path: string, headers = {}): Promise<Answered> => read(`${ORIGIN}${path}`, headers, HOSTED);

beforeAll(async () => {
  await empty();
  const page = { id: 'shop', title: 'The shop', host: PAGE_HOST };
  await must(ask('/api/v1/status-pages', { method: 'POST', body: page, env: HOSTED }));
  await must(post('/api/v1/status-pages', { id: 'bank', title: 'The bank' }));
});

test('every route of this Worker that is not of a page is 404 there, also with a key, a session and every method', async () => {
  const admin = await signIn('admin');
  const others = routes.filter(({ rule, path }) => rule !== 'page' || path.startsWith('/pages/'));
  expect(others.length).toBeGreaterThan(100);
  for (const { endpoint, method, path } of others) {
    const url = `${ORIGIN}${path.replaceAll(/:[a-zA-Z]+/g, 'shop')}`;
    const headers = { cookie: admin.cookie, 'sec-fetch-site': 'same-origin', origin: ORIGIN };
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' };
    const answer = await ask(url, { method, headers, env: HOSTED, ...body });
    expect([endpoint, answer.status, answer.headers.get('allow')]).toEqual([endpoint, 404, null]);
    expect(answer.text).not.toMatch(/api\/v1|dashboard/);
  }
});

test.each([
  '/dashboard',
  '/api/v1/status',
  '/api/v1/docs',
  '/sign-in',
  '/setup',
  '/healthz',
  '/pages/shop',
  '/pages/bank',
])('%s is 404 however it is written', async (path) => {
  const letters = [...path].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  const forms = [
    ...[path, `${path}/`, `/${path}`, `/.${path}`, `/x/..${path}`, `/${letters.slice(3)}`],
    ...[
      `/${path.slice(1).replaceAll('/', '%2f')}`,
      path.replaceAll('/', '\\'),
      `${path}?page=shop`,
      `${path};x`,
    ],
    ...[
      `${path}%00`,
      path.toUpperCase(),
      `/${path.slice(1).replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`)}`,
    ],
  ];
  for (const form of forms)
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST'])
      expect([form, method, (await ask(`${ORIGIN}${form}`, { method, env: HOSTED })).status]).toEqual([
        form,
        method,
        404,
      ]);
});

test('the host counts in any case, with any port and with a dot at the end', async () => {
  for (const host of [PAGE_HOST.toUpperCase(), `${PAGE_HOST}.`, `${PAGE_HOST}:8443`, `${PAGE_HOST}.:8443`]) {
    const [dashboard, page] = [
      await read(`https://${host}/dashboard`, {}, HOSTED),
      await read(`https://${host}/`, {}, HOSTED),
    ];
    expect([host, dashboard.status, page.status]).toEqual([host, 404, 200]);
  }
});

test('a header cannot turn another host into the host of a page, or back', async () => {
  const headers = {
    'x-forwarded-host': PAGE_HOST,
    forwarded: `host=${PAGE_HOST}`,
    'x-original-host': PAGE_HOST,
  };
  expect((await read('/sign-in', headers, HOSTED)).status).toBe(200);
  const main = { 'x-forwarded-host': 'status.test', forwarded: 'host=status.test', host: 'status.test' };
  expect((await at('/sign-in', main)).status).toBe(404);
});

test('a host that only resembles one of the list, and an address, are not the host of a page', async () => {
  for (const host of [`x.${PAGE_HOST}`, `${PAGE_HOST}.evil.test`, '[2001:db8::1]', '192.0.2.1'])
    expect([host, (await read(`https://${host}/sign-in`, {}, HOSTED)).status]).toEqual([host, 200]);
});

test('a host of the list without a page serves nothing but 404', async () => {
  for (const path of ['/', '/incidents/none', '/dashboard', '/access'])
    expect([path, (await read(`https://status.bank.test${path}`, {}, HOSTED)).status]).toEqual([path, 404]);
});

test('the page, its stylesheet and robots.txt are served, and the page is the one of the host', async () => {
  const { status, text, headers } = await at('/');
  expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=10']);
  for (const path of [...text.matchAll(/href="(\/assets\/[^"]+)"/g)].map(([, found]) => found!))
    expect([path, (await at(path)).status]).toEqual([path, 200]);
  expect((await at('/robots.txt')).status).toBe(200);
});

test('a form on the host is of the same origin, and one of PUBLIC_URL or another host is not', async () => {
  await must(patch('/api/v1/status-pages/shop', { access: ACCESS.password }));
  const open = (origin: string) =>
    sendForm(`${ORIGIN}/access`, { password: PASSWORD }, { env: HOSTED, origin });
  for (const origin of ['https://status.test', 'https://status.bank.test', 'https://evil.test'])
    expect([origin, (await open(origin)).status]).toEqual([origin, 403]);
  const opened = await open(ORIGIN);
  expect([opened.status, opened.headers.get('location')]).toEqual([303, '/']);
  const cookie = opened.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(
    /^__Secure-probemesh-page-shop=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  expect((await at('/', { cookie: cookie.split(';')[0]! })).status).toBe(200);
  // The same page below PUBLIC_URL: a browser would not send it there, and the grant is for the page, not for the address.
  expect((await read('/pages/shop', { cookie: await grantCookie('shop') })).status).toBe(200);
});

test('the logo of a page is the only image that the page may load from elsewhere, and no reader sees how', async () => {
  const logoUrl = 'https://cdn.shop.test:8443/a/logo.svg?v=1';
  await must(patch('/api/v1/status-pages/bank', { logoUrl }));
  const { headers } = await read('/pages/bank');
  expect(headers.get('content-security-policy')).toMatch(/img-src 'self' https:\/\/cdn\.shop\.test:8443;/);
  expect(headers.get('x-image-origin')).toBeNull();
  expect((await read('/')).headers.get('content-security-policy')).toMatch(/img-src 'self';/);
});

test('a page that search engines must not list is still kept by caches', async () => {
  await must(patch('/api/v1/status-pages/bank', { noindex: true }));
  const { headers } = await read('/pages/bank');
  expect([headers.get('x-robots-tag'), headers.get('cache-control')]).toEqual([
    'noindex',
    'public, max-age=10',
  ]);
});
