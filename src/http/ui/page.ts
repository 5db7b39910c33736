// Owns how long caches may keep a page, and its status. The app sets security headers.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';

/** Long enough to absorb the traffic of an outage, short enough to show a new outage within one slot. */
export const PUBLIC_CACHE = 'public, max-age=10';

/** No cache keeps what only some people may see. `private` is for caches that do not know `no-store` (RFC 9111, 5.2.2.7). */
export const PRIVATE_CACHE = 'private, no-store';

export type PageStatus = 200 | 201 | 400 | 403 | 404 | 409 | 410 | 422 | 429 | 503;

type Page = Parameters<Context['html']>[0];

export function page(c: Context<HttpEnv>, content: Page, status: PageStatus = 200, cache = PUBLIC_CACHE) {
  c.header('cache-control', cache);
  return c.html(content, status);
}
