// Owns that no cache keeps what only some people may see: everything behind a sign-in or an API key, and the pages that
// sign people in. Does not decide how long public pages are kept: ui/page.ts and public-cache.ts do.
import type { MiddlewareHandler } from 'hono';
import { isAsset } from './access/authorize.ts';
import { endpointOf } from './access/endpoint.ts';
import { RULES } from './access/rules.ts';
import type { HttpEnv } from './context.ts';
import { pathOnPage } from './pages/page-paths.ts';
import { PRIVATE_CACHE } from './ui/page.ts';

/** They are public, and their pages and redirects carry tokens, cookies or what a person typed. */
const SIGN_IN_PATHS =
  /^\/(access|sign-in|signed-out|sign-out|setup|invitation|dashboard|acknowledge|interactions)(\/|$)/;

/** Add before the authentication, so that refusals pass it too. It overrides the header of a route. */
export const privateCache: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const { path } = c.req;
  if (isAsset(path)) return;
  const endpoint = endpointOf(c);
  const rule = endpoint !== undefined && RULES[endpoint];
  // A status page says itself whether it is public: pages/page-routes.ts.
  const isPublic = rule === 'public' || rule === 'page';
  const isPersonal = c.var.authenticated != null && !isPublic;
  if (isPersonal || SIGN_IN_PATHS.test(pathOnPage(path)) || c.res.headers.has('set-cookie'))
    c.header('cache-control', PRIVATE_CACHE);
};
