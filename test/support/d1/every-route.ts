// Owns the requests of the generated tests of access: every route of the app, and all callers who can ask for it.
// Does not decide what is right: the tests read the table of rules.
import { ROLES, type Role } from '../../../src/access/role.ts';
import { isApiPath } from '../../../src/http/access/api-path.ts';
import { isAsset } from '../../../src/http/access/authorize.ts';
import type { Rule } from '../../../src/http/access/rule.ts';
import { RULES } from '../../../src/http/access/rules.ts';
import { createApp } from '../../../src/http/app.ts';
import { type MadeKey, makeKey } from './access.ts';
import { type Answered, ask, clock, post } from './http-mesh.ts';
import { newSession, type SignedIn, signIn } from './signed-in.ts';

export interface Route {
  /** As the table writes it: `GET /api/v1/monitors/:id`. */
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly rule: Rule | undefined;
  readonly isApi: boolean;
}

const app = createApp(() => clock.now);

/** Middleware has every method. */
const endpoints = [
  ...new Set(
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && !isAsset(path))
      .map(({ method, path }) => `${method} ${path}`),
  ),
];

export const routes: readonly Route[] = endpoints.map((endpoint) => {
  const [method = '', path = ''] = endpoint.split(' ');
  const rule = Object.hasOwn(RULES, endpoint) ? RULES[endpoint] : undefined;
  return { endpoint, method, path, rule, isApi: isApiPath(path) };
});

/** Every parameter of the path becomes `id`. */
export const pathOf = ({ path }: Pick<Route, 'path'>, id = 'none'): string =>
  path.replaceAll(/:[a-zA-Z]+/g, id);

/** Needs no credentials of this mesh: each status page has its own access, which status-pages.worker.test.ts covers. */
export const isOpen = ({ rule }: Pick<Route, 'rule'>): boolean => rule === 'public' || rule === 'page';

/** The least role that may use a route. Null: none is needed. */
export const neededRole = (rule: Rule): Role | null => {
  if (rule === 'public' || rule === 'page') return null;
  if (rule === 'signed_in') return 'viewer';
  return typeof rule === 'string' ? rule : rule.role;
};

export const rolesBelow = (role: Role): readonly Role[] => ROLES.slice(0, ROLES.indexOf(role));

/** How a route closes its door: nothing of the route has run. */
export const isRefusal = ({ status, headers }: Answered): boolean =>
  status === 401 ||
  status === 403 ||
  (status === 303 && (headers.get('location') ?? '').startsWith('/sign-in'));

/** Keys that a client can have. Those of `wrong` never open anything. */
export interface Keys {
  readonly valid: Readonly<Record<Role, string>>;
  readonly restricted: Readonly<Record<Exclude<Role, 'admin'>, string>>;
  readonly wrong: Readonly<Record<'unknown' | 'expired' | 'revoked' | 'rotated', string>>;
}

export async function makeKeys(): Promise<Keys> {
  const keyOf = async (made: Promise<MadeKey>): Promise<string> => (await made).key;
  const expired = await makeKey('admin', null, new Date(clock.now + 1000).toISOString());
  const revoked = await makeKey('admin');
  const rotated = await makeKey('admin');
  await post(`/api/v1/api-keys/${revoked.id}/revoke`, {});
  await post(`/api/v1/api-keys/${rotated.id}/rotate`, { overlapMinutes: 0 });
  clock.now += 1000;
  const tags = ['team:shop'];
  return {
    valid: {
      viewer: await keyOf(makeKey('viewer')),
      responder: await keyOf(makeKey('responder')),
      editor: await keyOf(makeKey('editor')),
      admin: await keyOf(makeKey('admin')),
    },
    restricted: {
      viewer: await keyOf(makeKey('viewer', tags)),
      responder: await keyOf(makeKey('responder', tags)),
      editor: await keyOf(makeKey('editor', tags)),
    },
    wrong: {
      unknown: `pm_${'x'.repeat(43)}`,
      expired: expired.key,
      revoked: revoked.key,
      rotated: rotated.key,
    },
  };
}

const BODY = { POST: {}, PUT: {}, PATCH: {} } as const;

/** One request of a program. `token` null sends no key. */
export const requestWithKey = (route: Route, token: string | null): Promise<Answered> => {
  const body = BODY[route.method as keyof typeof BODY];
  return ask(pathOf(route), { app, method: route.method, token, ...(body ? { body } : {}) });
};

/** People of every role. Each request has a session of its own: some routes end theirs. */
export async function signInEveryRole(): Promise<Readonly<Record<Role, SignedIn>>> {
  const [viewer, responder, editor, admin] = [
    await signIn('viewer'),
    await signIn('responder'),
    await signIn('editor'),
    await signIn('admin', { passwordHash: 'x' }),
  ];
  return { viewer, responder, editor, admin };
}

/** One request of a browser on our own page. Without `csrf`, the form lacks its token. */
export async function requestInBrowser(route: Route, { id }: SignedIn, csrf = true): Promise<Answered> {
  const session = await newSession(id);
  const isUnsafe = route.method !== 'GET';
  const form = new URLSearchParams(csrf ? { csrf: session.csrf } : {}).toString();
  const type = route.isApi ? 'application/json' : 'application/x-www-form-urlencoded';
  return ask(pathOf(route), {
    app,
    method: route.method,
    token: null,
    headers: {
      cookie: session.cookie,
      'sec-fetch-site': 'same-origin',
      ...(isUnsafe ? { origin: 'https://status.test', 'content-type': type } : {}),
      ...(isUnsafe && route.isApi && csrf ? { 'x-csrf-token': session.csrf } : {}),
    },
    ...(isUnsafe && route.method !== 'DELETE' ? { body: route.isApi ? '{}' : form } : {}),
  });
}
