// Every route has a rule, and lets in exactly whom the rule names. This file tries the roles next to each limit;
// every-role.worker.test.ts, which only test:full runs, tries all of them.
import { beforeAll, expect, test } from 'vitest';
import { RULES } from '../../../src/http/access/rules.ts';
import { createApp } from '../../../src/http/app.ts';
import { emptyAccess } from '../../support/d1/access.ts';
import {
  isOpen,
  isRefusal,
  type Keys,
  makeKeys,
  neededRole,
  requestInBrowser,
  requestWithKey,
  rolesBelow,
  routes,
  signInEveryRole,
} from '../../support/d1/every-route.ts';
import { ask, clock, empty } from '../../support/d1/http-mesh.ts';
import { signIn } from '../../support/d1/signed-in.ts';

let keys: Keys;
beforeAll(async () => {
  await empty();
  await emptyAccess();
  keys = await makeKeys();
});

const closed = routes.filter((route) => !isOpen(route));
const wrongKinds = ['unknown', 'expired', 'revoked', 'rotated'] as const;

test('every route has a rule, and every rule a route', () => {
  expect(routes.length).toBeGreaterThan(40);
  expect(routes.filter(({ rule }) => rule === undefined)).toEqual([]);
  const known = new Set(routes.map(({ endpoint }) => endpoint));
  expect(Object.keys(RULES).filter((endpoint) => !known.has(endpoint))).toEqual([]);
});

test('a route without a rule is closed to an admin', async () => {
  const app = createApp(() => clock.now);
  app.get('/api/v1/forgotten', (c) => c.text('open'));
  const answer = await ask('/api/v1/forgotten', { app });
  expect([answer.status, answer.json.detail]).toEqual([
    403,
    expect.stringContaining('has no rule of access'),
  ]);
  expect(answer.text).not.toContain('open');
});

test('without credentials, every route that is not public refuses: 401 in the API, the sign-in for pages', async () => {
  for (const route of closed) {
    const answer = await requestWithKey(route, null);
    const refused = route.isApi ? answer.status === 401 : answer.status === 303;
    expect([route.endpoint, refused, isRefusal(answer)]).toEqual([route.endpoint, true, true]);
    if (route.isApi) expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="probemesh"');
  }
});

test('a wrong, expired, revoked or rotated key opens no route, and does not become anonymous on a public one', async () => {
  for (const [index, route] of routes.entries()) {
    const kind = wrongKinds[index % wrongKinds.length]!;
    const answer = await requestWithKey(route, keys.wrong[kind]);
    if (route.isApi && route.rule !== 'page')
      expect([route.endpoint, kind, answer.status]).toEqual([route.endpoint, kind, 401]);
    else if (!isOpen(route)) expect([route.endpoint, isRefusal(answer)]).toEqual([route.endpoint, true]);
  }
});

test('a key of the role right below the limit is refused, one of the needed role is not, and nothing fails', async () => {
  for (const route of closed.filter(({ isApi }) => isApi)) {
    const needed = neededRole(route.rule!)!;
    const below = rolesBelow(needed).at(-1);
    if (below !== undefined)
      expect([route.endpoint, (await requestWithKey(route, keys.valid[below])).status]).toEqual([
        route.endpoint,
        403,
      ]);
    const allowed = await requestWithKey(route, keys.valid[needed]);
    expect([route.endpoint, isRefusal(allowed), allowed.status < 500]).toEqual([
      route.endpoint,
      route.rule === 'signed_in',
      true,
    ]);
  }
});

test('a person below the limit is refused by every page, one of the needed role is not, and nothing fails', async () => {
  const people = await signInEveryRole();
  for (const route of closed.filter(({ isApi }) => !isApi)) {
    const needed = neededRole(route.rule!)!;
    const below = rolesBelow(needed).at(-1);
    if (below !== undefined)
      expect([route.endpoint, (await requestInBrowser(route, people[below])).status]).toEqual([
        route.endpoint,
        403,
      ]);
    const allowed = await requestInBrowser(route, people[needed]);
    expect([route.endpoint, isRefusal(allowed), allowed.status < 500]).toEqual([route.endpoint, false, true]);
  }
});

test('no form and no request of a session changes anything without its CSRF token', async () => {
  const { admin } = await signInEveryRole();
  for (const route of closed.filter(({ method }) => method !== 'GET'))
    expect([route.endpoint, (await requestInBrowser(route, admin, false)).status]).toEqual([
      route.endpoint,
      403,
    ]);
});

test('a restricted key is refused where a route needs everything', async () => {
  for (const route of closed.filter(({ rule, isApi }) => isApi && typeof rule === 'object')) {
    const { restricted } = keys;
    const answer = await requestWithKey(route, restricted.editor);
    expect([route.endpoint, answer.status, answer.json.detail]).toEqual([
      route.endpoint,
      403,
      'This needs access to everything, and yours is restricted to team:shop.',
    ]);
  }
});

test('a person who is disabled or has no role is signed out for every route', async () => {
  const people = [await signIn('admin', { disabled: true }), await signIn(null)];
  for (const [index, route] of closed.filter(({ method }) => method === 'GET').entries()) {
    const person = people[index % 2]!;
    expect([route.endpoint, isRefusal(await requestInBrowser(route, person))]).toEqual([
      route.endpoint,
      true,
    ]);
  }
});
