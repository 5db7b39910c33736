// Owns that no cache keeps what only some people may see: everything behind a sign-in or an API key, and the pages that
// sign people in. Does not decide how long public pages are kept: ui/page.ts and public-cache.ts do.
import type { MiddlewareHandler } from 'hono';
import { isAsset } from './access/authorize.ts';
import { endpointOf } from './access/endpoint.ts';
import { RULES } from './access/rules.ts';
import type { HttpEnv } from './context.ts';
import { PRIVATE_CACHE } from './ui/page.ts';

/** They are public, and their pages and redirects carry tokens, cookies or what a person typed. */
const SIGN_IN_PATHS =
  /^\/(sign-in|signed-out|sign-out|setup|invitation|dashboard|acknowledge|interactions)(\/|$)/;

/** Add before the authentication, so that refusals pass it too. It overrides the header of a route. */
export const privateCache: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const { path } = c.req;
  if (isAsset(path)) return;
  const endpoint = endpointOf(c);
  const isPublic = endpoint !== undefined && RULES[endpoint] === 'public';
  const isPersonal = c.var.authenticated != null && !isPublic;
  if (isPersonal || SIGN_IN_PATHS.test(path) || c.res.headers.has('set-cookie'))
    c.header('cache-control', PRIVATE_CACHE);
};
