// Every route of a private status page is closed without a grant. every-page-route.worker.test.ts, which only test:full runs,
// tries every wrong grant and every way to read a page.
import { beforeAll, expect, test } from 'vitest';
import { createMonitor, empty } from '../../support/d1/http-mesh.ts';
import {
  expectClosed,
  guardedRoutes,
  pageRoutes,
  requestPage,
  SECRET_MONITOR,
} from '../../support/d1/page-routes.ts';
import { grantCookie, idOf, makePages, PRIVATE_TYPES, read } from '../../support/d1/private-pages.ts';

beforeAll(async () => {
  await empty();
  await createMonitor({ id: 'halibut', name: SECRET_MONITOR, public: false });
  await makePages();
});

test('the routes of a page exist at the root and below /pages, and the app has all of them', () => {
  const atRoot = pageRoutes.filter(({ path }) => !path.startsWith('/pages/'));
  expect(atRoot.length).toBeGreaterThan(4);
  expect(pageRoutes.length).toBe(2 * atRoot.length);
});

test.each(PRIVATE_TYPES)(
  'a page with access by %s is closed on every route without a grant',
  async (type) => {
    for (const route of guardedRoutes.filter(({ path }) => path.startsWith('/pages/:page')))
      expectClosed(route, type, await requestPage(route, idOf(type)), 'no grant');
  },
);

test('a grant opens its page, and no other one', async () => {
  const id = idOf('password');
  expect((await read(`/pages/${id}`, { cookie: await grantCookie(id) })).status).toBe(200);
  const other = idOf('email');
  expect((await read(`/pages/${other}`, { cookie: await grantCookie(other, { of: id }) })).status).toBe(403);
});
