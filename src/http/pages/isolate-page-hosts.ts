// Owns what the host of a status page serves: its page and assets, and nothing else of this Worker. It has no dashboard, no
// API and no sign-in. Does not find the page.
import type { MiddlewareHandler } from 'hono';
import { isAsset } from '../access/authorize.ts';
import { isPageRoute } from '../access/endpoint.ts';
import type { HttpEnv } from '../context.ts';
import { notFoundPage } from './not-found-page.tsx';
import { pageHostOf } from './page-host.ts';

/**
 * Add before caches, authentication and everything that answers. `/pages/<id>` does not exist on the host of a page: it would
 * lead to another page.
 */
export const isolatePageHosts: MiddlewareHandler<HttpEnv> = async (c, next) => {
  if (pageHostOf(c) === null || isAsset(c.req.path)) return next();
  const isOwn = isPageRoute(c) && !/^\/pages(\/|$)/.test(c.req.path);
  return isOwn ? next() : notFoundPage(c);
};
