// ONE rule of access over every route of status pages: HTML, feeds, badges, API, embed and Markdown. The routes come from the
// app, so a new one is tried without a change here. closed-pages.worker.test.ts is the quick part of this.
import { beforeAll, describe, expect, test } from 'vitest';
import { isForPrograms, pathOnPage } from '../../../src/http/pages/page-paths.ts';
import { withPublicCache } from '../../../src/http/public-cache.ts';
import {
  type Answered,
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
} from '../../support/d1/http-mesh.ts';
import { expectClosed, guardedRoutes, requestPage, SECRET_MONITOR } from '../../support/d1/page-routes.ts';
import {
  ACCESS,
  grantCookie,
  idOf,
  makePages,
  must,
  PRIVATE_TYPES,
  read,
  titleOf,
} from '../../support/d1/private-pages.ts';
import { signIn } from '../../support/d1/signed-in.ts';

const belowPages = guardedRoutes.filter(({ path }) => path.startsWith('/pages/:page'));

let key = '';
beforeAll(async () => {
  await empty();
  await createMonitor({ id: 'halibut', name: SECRET_MONITOR, public: false });
  key = await makePages();
});

describe.each(PRIVATE_TYPES)('a page with access by %s', (type) => {
  const id = idOf(type);

  test('is closed to a grant that is forged, expired, of another page, or from before access changed', async () => {
    const good = await grantCookie(id);
    const wrong = {
      forged: good.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      'for longer': good.replace(/=([0-9a-z])/, '=z$1'),
      expired: await grantCookie(id, { expiresAt: clock.now }),
      'of another page': await grantCookie(id, {
        of: 'page-password' === id ? 'page-email' : 'page-password',
      }),
      'of the default page': await grantCookie(id, { of: 'default' }),
      'from before': await grantCookie(id, { accessVersion: 1 }),
      nonsense: `__Secure-probemesh-page-${id}=%00'--`,
    };
    for (const [index, route] of belowPages.entries()) {
      const [why, cookie] = Object.entries(wrong)[index % Object.keys(wrong).length]!;
      expectClosed(route, type, await requestPage(route, id, { cookie }), why);
    }
    for (const [why, cookie] of Object.entries(wrong))
      expectClosed(belowPages[0]!, type, await requestPage(belowPages[0]!, id, { cookie }), why);
  });

  test('is open to its own readers on every route, and no cache or search engine keeps anything', async () => {
    const cookie = type === 'sign_in' ? (await signIn('viewer')).cookie : await grantCookie(id);
    for (const route of belowPages.filter(({ method }) => method === 'GET')) {
      const answer = await requestPage(route, id, { cookie });
      expect([route.endpoint, answer.status < 400 || answer.status === 404]).toEqual([route.endpoint, true]);
      expect([
        route.endpoint,
        answer.headers.get('cache-control'),
        answer.headers.get('x-robots-tag'),
      ]).toEqual([route.endpoint, 'private, no-store', 'noindex']);
    }
    expect((await read(`/pages/${id}`, { cookie })).status).toBe(200);
  });

  test('is closed to a wrong key, and to an API key of an admin', async () => {
    for (const route of belowPages.filter(({ method }) => method === 'GET')) {
      expectClosed(route, type, await requestPage(route, id, {}, '?key=wrong'), 'a wrong key');
      const headers = { authorization: `Bearer test-token` };
      expectClosed(route, type, await requestPage(route, id, headers), 'an API key');
    }
  });

  test('answers HEAD like GET without a body, and names no more with OPTIONS than for a page that does not exist', async () => {
    for (const path of [`/pages/${id}`, `/pages/${id}/incidents/none`]) {
      const [head, get] = [await asked('HEAD', path), await asked('GET', path)];
      expect([head.status, head.text]).toEqual([get.status, '']);
      const [own, none] = [await asked('OPTIONS', path), await asked('OPTIONS', path.replace(id, 'nowhere'))];
      expect([own.status, own.headers.get('allow')]).toEqual([none.status, none.headers.get('allow')]);
    }
  });
});

const asked = (method: string, path: string): Promise<Answered> => ask(path, { method, token: null });

test('the key of a page opens what programs read and no page for people', async () => {
  const id = idOf('password');
  for (const route of belowPages.filter(({ method }) => method === 'GET')) {
    const answers = [
      await requestPage(route, id, {}, `?key=${key}`),
      await requestPage(route, id, { authorization: `Bearer ${key}` }),
      await requestPage(route, id, { authorization: `Basic ${btoa(`reader:${key}`)}` }),
    ];
    for (const answer of answers)
      if (isForPrograms(pathOnPage(route.path)))
        expect([route.endpoint, [401, 403].includes(answer.status)]).toEqual([route.endpoint, false]);
      else expectClosed(route, 'password', answer, 'the key on a page for people');
  }
});

test('the default page is closed on every route at the root too', async () => {
  await must(patch('/api/v1/status-pages/default', { title: titleOf('password'), access: ACCESS.password }));
  const atRoot = guardedRoutes.filter(({ path }) => !path.startsWith('/pages/'));
  for (const route of atRoot) {
    expectClosed(route, 'password', await requestPage(route, 'default'), 'no grant');
    if (route.method === 'GET') {
      const answer = await requestPage(route, 'default', { cookie: await grantCookie('default') });
      expect([route.endpoint, answer.status < 400 || answer.status === 404]).toEqual([route.endpoint, true]);
    }
  }
});

test('an access of an unknown type, which a newer version wrote, is closed', async () => {
  const id = idOf('email');
  await bindings.DB.prepare(`update status_pages set access = '{"type":"retina"}' where id = ?`)
    .bind(id)
    .run();
  for (const route of belowPages)
    expect([route.endpoint, (await requestPage(route, id)).status]).toEqual([route.endpoint, 403]);
});

/** How many answers the cache got for one request. */
async function storedOf(headers: Record<string, string>): Promise<number> {
  let stored = 0;
  const cache = {
    match: async () => undefined,
    put: async () => {
      stored += 1;
    },
  };
  const context = { cache, now: () => clock.now, waitUntil: () => undefined };
  await withPublicCache(
    new Request('https://status.shop.test/'),
    context,
    () => new Response('page', { headers }),
  );
  return stored;
}

test('only the answer of a public page is stored, although the path is the same', async () => {
  expect(await storedOf({ 'cache-control': 'public, max-age=10' })).toBe(1);
  expect(await storedOf({ 'cache-control': 'private, no-store' })).toBe(0);
  expect(await storedOf({ 'cache-control': 'no-store' })).toBe(0);
  expect(await storedOf({ 'cache-control': 'public, max-age=10', 'set-cookie': 'a=b' })).toBe(0);
});
