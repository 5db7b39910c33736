// Owns the cache of the public pages in each data center: a crowd of readers costs D1 one read a page and period, and a reader
// who has the page already gets no body. Keeps only what `cache-control` calls public: no page with an access rule, no error.
// Does not decide which addresses it knows: cached-addresses.ts does.
// Cloudflare stores nothing in this cache on workers.dev, only on a custom domain
// (developers.cloudflare.com/workers/runtime-apis/cache).

import type { MiddlewareHandler } from 'hono';
import { log } from '../log.ts';
import { cacheKeyOf } from './cached-addresses.ts';
import type { HttpEnv } from './context.ts';

/** Pages may be this old. The same as `max-age` of PUBLIC_CACHE. */
const MAX_AGE_MS = 10_000;
/** Readers that arrive while a page is rendered wait this long for it, then render it themselves. */
const WAIT_MS = 1_000;
const POLL_MS = 25;
/** When the cached response was rendered, ms since the epoch. Never sent to a reader. */
const RENDERED_AT = 'x-rendered-at';

/** When the rendering of a page began, by key. Times only: Workers cannot share a response between requests. */
const rendering = new Map<string, number>();

/** Keys whose newest response was not public: their readers do not wait for each other. */
const unshared = new Set<string>();
const MAX_UNSHARED = 1_000;

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
  const key = cacheKeyOf(request);
  if (key === null) return render();
  const cached = await findCached(cache, key, now);
  if (cached) return unlessKnown(request, cached);
  if (isRendering(key, now()) && !unshared.has(key)) {
    const rendered = await waitForOther(cache, key, now);
    if (rendered) return unlessKnown(request, rendered);
  }
  rendering.set(key, now());
  try {
    const response = await render();
    if (!isShared(response)) {
      if (unshared.size >= MAX_UNSHARED) unshared.clear();
      unshared.add(key);
      return response;
    }
    unshared.delete(key);
    const tagged = await withEtag(response);
    await store(cache, key, tagged.clone(), now(), waitUntil);
    return unlessKnown(request, tagged);
  } finally {
    rendering.delete(key);
  }
}

const isShared = ({ status, headers }: Response): boolean =>
  status === 200 && (headers.get('cache-control') ?? '').startsWith('public') && !headers.has('set-cookie');

/** Weak, because Cloudflare compresses the body (RFC 9110, 8.8.1). */
async function withEtag(response: Response): Promise<Response> {
  const body = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body)).slice(0, 12);
  const tagged = new Response(body, response);
  tagged.headers.set('etag', `W/"${btoa(String.fromCharCode(...digest))}"`);
  return tagged;
}

/** 304 for a reader who has this response already (RFC 9110, 13.1.2: a weak comparison). */
function unlessKnown(request: Request, response: Response): Response {
  const etag = response.headers.get('etag');
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((one) => one.trim());
  const isKnown = etag !== null && known.some((one) => one === '*' || weak(one) === weak(etag));
  if (!isKnown) return response;
  void response.body?.cancel();
  const headers = new Headers(response.headers);
  for (const name of ['content-type', 'content-length', 'content-encoding']) headers.delete(name);
  return new Response(null, { status: 304, headers });
}

const weak = (etag: string): string => etag.replace(/^W\//, '');

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
