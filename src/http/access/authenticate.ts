// Owns who makes a request: an API key, a session, or Cloudflare Access. Does not know routes, or what a role may do.
import type { Context, MiddlewareHandler } from 'hono';
import type { Origin } from '../../access/caller.ts';
import { type FoundKey, findKey, type KeyProblem } from '../../services/api-keys/find-key.ts';
import { type ActiveSession, findActiveSession } from '../../services/sessions/find-session.ts';
import { ACCESS_HEADER, findAccessPerson } from '../../services/sign-in/cloudflare-access.ts';
import { recordUse } from '../../store/api-keys.ts';
import { recordSessionUse } from '../../store/sessions.ts';
import type { Authenticated, HttpEnv } from '../context.ts';
import { problem } from '../problems.ts';
import { isApiPath } from './api-path.ts';
import { readCookie } from './cookies.ts';
import { isPageRoute } from './endpoint.ts';
import { AUTH_PERIOD_SECONDS, isThrottled } from './failed-tokens.ts';
import { inBackground } from './in-background.ts';

const CHALLENGE = 'Bearer realm="probemesh"';
const FIX = 'Send an API key in a header: Authorization: Bearer <key>.';

/** RFC 6750, section 2.1: no other character is allowed in a token. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/** RFC 6750, section 3.1: a request without a token gets no error code. */
export const missingCredentials = (): Response =>
  problem('unauthorized', `The request has no API key. ${FIX}`, [], { 'www-authenticate': CHALLENGE });

const PROBLEM_TEXTS: Record<KeyProblem, string> = {
  unknown: 'The API key is unknown.',
  expired: 'The API key has expired. An admin can extend it.',
  replaced: 'The API key was rotated, and this is the key before that.',
  revoked: 'The API key was revoked.',
};

/** Requests that a page of ours makes for the person who sent its form. No request of a client can be one of these objects. */
const ownRequests = new WeakMap<Request, Authenticated>();

/** The request of a page for the person of `authenticated`. The form's own token was verified, so it needs none. */
export function asPerson(request: Request, authenticated: Authenticated | null): Request {
  if (authenticated !== null) ownRequests.set(request, { ...authenticated, csrfKey: null });
  return request;
}

/** Sets who makes the request, or null. Refuses a request with a wrong key: it does not become anonymous. */
export const authenticate: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const own = ownRequests.get(c.req.raw);
  if (own !== undefined) {
    c.set('authenticated', own);
    return next();
  }
  const header = c.req.header('authorization');
  // On a status page, the header has the key of the page.
  if (header !== undefined && isApiPath(c.req.path) && !isPageRoute(c)) {
    const token = BEARER.exec(header)?.[1];
    if (token === undefined)
      return invalidKey(
        c,
        'The header is malformed, or the key has characters other than A-Z a-z 0-9 - . _ ~ + / =.',
      );
    const found = await findKey(c.var.config, token, c.var.now);
    if ('problem' in found) return invalidKey(c, PROBLEM_TEXTS[found.problem]);
    c.set('authenticated', byKey(c, found.key));
    inBackground(c, recordUse(c.var.config.db, found.key, c.var.now));
    return next();
  }
  c.set('authenticated', (await bySession(c)) ?? (await byAccess(c)));
  return next();
};

async function invalidKey(c: Context<HttpEnv>, detail: string): Promise<Response> {
  if (await isThrottled(c))
    return problem(
      'rate-limited',
      `Too many requests with a wrong API key. Wait ${AUTH_PERIOD_SECONDS} seconds, then send the right one.`,
      [],
      { 'retry-after': String(AUTH_PERIOD_SECONDS) },
    );
  return problem('unauthorized', `${detail} ${FIX}`, [], {
    'www-authenticate': `${CHALLENGE}, error="invalid_token"`,
  });
}

function byKey(c: Context<HttpEnv>, key: Extract<FoundKey, { key: unknown }>['key']): Authenticated {
  const { id, name, role, tags } = key;
  return {
    caller: {
      actor: { type: 'key', id, name },
      role,
      restriction: role === 'admin' ? null : tags,
      origin: originOf(c),
      now: c.var.now,
    },
    person: null,
    session: null,
    csrfKey: null,
  };
}

async function bySession(c: Context<HttpEnv>): Promise<Authenticated | null> {
  const token = readCookie(c, 'session');
  if (token === null) return null;
  const { config, now } = c.var;
  const found = await findActiveSession(config.db, token, now);
  if (found === null) return null;
  inBackground(c, recordSessionUse(config.db, found.session, now));
  return { ...byPerson(c, found.person), session: found.session, csrfKey: found.session.hash };
}

async function byAccess(c: Context<HttpEnv>): Promise<Authenticated | null> {
  const assertion = c.req.header(ACCESS_HEADER);
  if (assertion === undefined) return null;
  const { config, now } = c.var;
  const person = await findAccessPerson(config, assertion, originOf(c), now);
  return person && { ...byPerson(c, person), session: null, csrfKey: `access ${person.id}` };
}

const byPerson = (
  c: Context<HttpEnv>,
  person: ActiveSession['person'],
): Pick<Authenticated, 'caller' | 'person'> => ({
  caller: {
    actor: { type: 'person', id: person.id, name: person.name },
    role: person.role,
    restriction: person.role === 'admin' ? null : person.tags,
    origin: originOf(c),
    now: c.var.now,
  },
  person,
});

const MAX_USER_AGENT = 300;
const MAX_FILE = 200;

/** Cloudflare sets the address, and clients cannot (developers.cloudflare.com/fundamentals/reference/http-headers). */
export const originOf = (c: Context<HttpEnv>): Origin => ({
  address: c.req.header('cf-connecting-ip') ?? null,
  userAgent: c.req.header('user-agent')?.slice(0, MAX_USER_AGENT) ?? null,
  file: fileOf(c.req.header('probemesh-file')),
});

/** The name is percent-encoded, because a header takes ASCII only. */
function fileOf(header: string | undefined): string | null {
  if (header === undefined) return null;
  try {
    return decodeURIComponent(header).slice(0, MAX_FILE);
  } catch {
    return header.slice(0, MAX_FILE);
  }
}
