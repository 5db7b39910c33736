// Owns authentication of /api/v1: which paths need a token, and what a token may do. Does not know any route.
import type { Context, MiddlewareHandler } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { timingSafeEqual } from 'hono/utils/buffer';
import { sha256 } from 'hono/utils/crypto';
import type { Config } from '../env.ts';
import type { HttpEnv, Role } from './context.ts';
import { AUTH_PERIOD_SECONDS, isThrottled } from './failed-tokens.ts';
import { problem } from './problems.ts';

/** The only paths of the API that need no token. Compared whole: a path that is not listed is closed. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/api/v1/status', '/api/v1/openapi.json', '/api/v1/docs']);

const CHALLENGE = 'Bearer realm="probemesh"';
const FIX = 'Send the admin token in a header: Authorization: Bearer <token>.';

/** RFC 6750, section 3.1: a request without a token gets no error code. */
const missingToken = () =>
  problem('unauthorized', `The request has no token. ${FIX}`, [], { 'www-authenticate': CHALLENGE });

const invalidToken = (detail: string) => async (c: Context<HttpEnv>) =>
  (await isThrottled(c))
    ? problem(
        'rate-limited',
        `Too many requests with a wrong token. Wait ${AUTH_PERIOD_SECONDS} seconds, then send the right one.`,
        [],
        { 'retry-after': String(AUTH_PERIOD_SECONDS) },
      )
    : problem('unauthorized', `${detail} ${FIX}`, [], {
        'www-authenticate': `${CHALLENGE}, error="invalid_token"`,
      });

const requireToken = bearerAuth<HttpEnv>({
  noAuthenticationHeader: { message: missingToken },
  // RFC 6750, section 2.1: no other character is allowed in a token.
  invalidAuthenticationHeader: {
    message: invalidToken(
      'The header is malformed, or the token has characters other than A-Z a-z 0-9 - . _ ~ + / =.',
    ),
  },
  invalidToken: { message: invalidToken('The token is unknown.') },
  async verifyToken(token, c) {
    const role = await roleOf(token, c.var.config.adminTokenSha256);
    if (role !== null) c.set('role', role);
    return role !== null;
  },
});

/** The configuration holds the SHA-256 of the token, not the token. */
async function roleOf(token: string, adminTokenSha256: string): Promise<Role | null> {
  return (await timingSafeEqual(`${await sha256(token)}`, adminTokenSha256)) ? 'admin' : null;
}

/** Whether the platform, or the start of this local mesh, began the tick: its cron expression is the token. */
export const isOwnTick = async (cron: string, { cronToken }: Pick<Config, 'cronToken'>): Promise<boolean> =>
  cronToken === null || timingSafeEqual(cron, cronToken);

/** Lets a request with a known token pass and records the token's role. */
export const authenticate: MiddlewareHandler<HttpEnv> = (c, next) =>
  OPEN_PATHS.has(c.req.path) ? next() : requireToken(c, next);
