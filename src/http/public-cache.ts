// Owns the cache of the public pages in each data center: a crowd of readers costs D1 one read a page and period.
// Does not cache /healthz, errors, or a request with credentials. Does not decide what a page shows.
// Cloudflare stores nothing in this cache on workers.dev, only on a custom domain
// (developers.cloudflare.com/workers/runtime-apis/cache).

import type { MiddlewareHandler } from 'hono';
import { log } from '../log.ts';
import { textsFor } from '../status-pages/languages/index.ts';
import type { HttpEnv } from './context.ts';

/** Pages may be this old. The same as `max-age` of PUBLIC_CACHE. */
const MAX_AGE_MS = 10_000;
/** Readers that arrive while a page is rendered wait this long for it, then render it themselves. */
const WAIT_MS = 1_000;
const POLL_MS = 25;
/** When the cached response was rendered, ms since the epoch. Never sent to a reader. */
const RENDERED_AT = 'x-rendered-at';

const isPublic = (path: string): boolean =>
  path === '/' || path === '/api/v1/status' || /^\/incidents\/[^/]+$/.test(path);

/** When the rendering of a page began, by key. Times only: Workers cannot share a response between requests. */
const rendering = new Map<string, number>();

export interface CacheContext {
  readonly cache: Pick<Cache, 'match' | 'put'>;
  now(): number;
  waitUntil(work: Promise<unknown>): void;
}

/** Without a cache for the local mesh: it has one reader, who wants to see a change at once. */
export const publicCache =
  (cache: () => CacheContext['cache'], now: () => number): MiddlewareHandler<HttpEnv> =>
  async (c, next) => {
    if (c.var.config.allowLoopback) return next();
    const waitUntil = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
    c.res = await withPublicCache(c.req.raw, { cache: cache(), now, waitUntil }, async () => {
      await next();
      return c.res;
    });
  };

/** The cached response, or the one that `render` returns, which is then stored. */
export async function withPublicCache(
  request: Request,
  { cache, now, waitUntil }: CacheContext,
  render: () => Response | Promise<Response>,
): Promise<Response> {
  const key = keyOf(request);
  if (key === null) return render();
  const cached = await findCached(cache, key, now);
  if (cached) return cached;
  if (isRendering(key, now())) {
    const rendered = await waitForOther(cache, key, now);
    if (rendered) return rendered;
  }
  rendering.set(key, now());
  try {
    const response = await render();
    if (response.status === 200) await store(cache, key, response.clone(), now(), waitUntil);
    return response;
  } finally {
    rendering.delete(key);
  }
}

/** Null if the response is not public. A cookie, or a parameter that a page does not know, makes no other page. */
function keyOf(request: Request): string | null {
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== 'GET' || !isPublic(pathname)) return null;
  if (request.headers.has('authorization')) return null;
  // The API refuses parameters that it does not know.
  if (pathname.startsWith('/api/') && searchParams.size > 0) return null;
  // The cache of Cloudflare ignores `Vary` (developers.cloudflare.com/workers/runtime-apis/cache).
  const { tag } = textsFor('auto', request.headers.get('accept-language'));
  const parameters = [`language=${tag}`, ...(searchParams.has('noRefresh') ? ['noRefresh'] : [])];
  return `${origin}${pathname}?${parameters.join('&')}`;
}

async function findCached(
  cache: CacheContext['cache'],
  key: string,
  now: () => number,
): Promise<Response | null> {
  const cached = await cache.match(key);
  const ageMs = now() - Number(cached?.headers.get(RENDERED_AT));
  if (!cached || !(ageMs >= 0 && ageMs < MAX_AGE_MS)) return null;
  const response = new Response(cached.body, cached);
  response.headers.delete(RENDERED_AT);
  // RFC 9111, section 5.1: a browser subtracts it from max-age, so that no reader sees an older page.
  response.headers.set('age', String(Math.floor(ageMs / 1_000)));
  return response;
}

const isRendering = (key: string, now: number): boolean => {
  const since = rendering.get(key);
  return since !== undefined && now - since >= 0 && now - since < WAIT_MS;
};

async function waitForOther(
  cache: CacheContext['cache'],
  key: string,
  now: () => number,
): Promise<Response | null> {
  while (isRendering(key, now())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  return findCached(cache, key, now);
}

/** A page is served without a cache if it fails. */
async function store(
  cache: CacheContext['cache'],
  key: string,
  response: Response,
  now: number,
  waitUntil: CacheContext['waitUntil'],
): Promise<void> {
  const stored = new Response(response.body, response);
  stored.headers.set(RENDERED_AT, String(now));
  const put = cache.put(key, stored).catch((error: unknown) => {
    log.warn('cache.put_failed', { error });
  });
  waitUntil(put);
  await put;
}
