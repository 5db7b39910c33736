// Every route with every role: as a key, as a restricted key and as a person, and with every key that does not work.
// every-route.worker.test.ts is the quick part of this.
import { beforeAll, expect, test } from 'vitest';
import { isAtLeast, ROLES } from '../../../src/access/role.ts';
import { emptyAccess } from '../../support/d1/access.ts';
import {
  isOpen,
  isRefusal,
  type Keys,
  makeKeys,
  neededRole,
  type Route,
  requestInBrowser,
  requestWithKey,
  routes,
  signInEveryRole,
} from '../../support/d1/every-route.ts';
import { empty } from '../../support/d1/http-mesh.ts';

let keys: Keys;
beforeAll(async () => {
  await empty();
  await emptyAccess();
  keys = await makeKeys();
});

const closed = routes.filter((route) => !isOpen(route));

/** Whether the table lets this role in. */
function isAllowed(
  { rule }: Route,
  role: (typeof ROLES)[number],
  by: 'key' | 'restricted' | 'person',
): boolean {
  if (rule === 'signed_in') return by === 'person';
  if (by === 'restricted' && typeof rule === 'object') return false;
  return isAtLeast(role, neededRole(rule!)!);
}

test.each(Object.keys({ unknown: 0, expired: 0, revoked: 0, rotated: 0 }) as (keyof Keys['wrong'])[])(
  'a key that is %s opens no route',
  async (kind) => {
    for (const route of closed) {
      const answer = await requestWithKey(route, keys.wrong[kind]);
      expect([route.endpoint, isRefusal(answer)]).toEqual([route.endpoint, true]);
    }
  },
);

test.each(ROLES)(
  'a key of the role %s opens exactly the routes of the table, and nothing fails',
  async (role) => {
    for (const route of closed.filter(({ isApi }) => isApi)) {
      const answer = await requestWithKey(route, keys.valid[role]);
      const allowed = isAllowed(route, role, 'key');
      expect([route.endpoint, !isRefusal(answer), answer.status < 500]).toEqual([
        route.endpoint,
        allowed,
        true,
      ]);
    }
  },
);

test.each(['viewer', 'responder', 'editor'] as const)(
  'a restricted key of the role %s opens exactly the routes of the table, and nothing fails',
  async (role) => {
    for (const route of closed.filter(({ isApi }) => isApi)) {
      const answer = await requestWithKey(route, keys.restricted[role]);
      const allowed = isAllowed(route, role, 'restricted');
      expect([route.endpoint, !isRefusal(answer), answer.status < 500]).toEqual([
        route.endpoint,
        allowed,
        true,
      ]);
    }
  },
);

test.each(ROLES)(
  'a person of the role %s opens exactly the routes of the table, and nothing fails',
  async (role) => {
    const people = await signInEveryRole();
    for (const route of closed) {
      const answer = await requestInBrowser(route, people[role]);
      const allowed = isAllowed(route, role, 'person');
      expect([route.endpoint, !isRefusal(answer), answer.status < 500]).toEqual([
        route.endpoint,
        allowed,
        true,
      ]);
    }
  },
);

test('a page ignores keys: a program cannot act as a person', async () => {
  for (const route of closed.filter(({ isApi }) => !isApi)) {
    const answer = await requestWithKey(route, keys.valid.admin);
    expect([route.endpoint, isRefusal(answer)]).toEqual([route.endpoint, true]);
  }
});
