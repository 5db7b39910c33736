// Owns the route of the form `copy`, which the watchdog reads as any reader does, without credentials. A page with a rule of
// access has no copy, whoever asks.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../context.ts';
import { notFoundPage } from '../pages/not-found-page.tsx';
import { addPageRoute } from '../pages/page-routes.ts';
import { loadPage } from '../status-page/load-page.ts';
import { PUBLIC_CACHE } from '../ui/page.ts';
import { pageCopy } from './page-copy.ts';

export function addPageCopyRoute(app: OpenAPIHono<HttpEnv>): void {
  addPageRoute(app, 'get', '/copy.json', async (c, requested) => {
    if (!requested.isPublic) return notFoundPage(c);
    const { config, now, comparedClock } = c.var;
    const view = await loadPage(config, requested, now, comparedClock);
    c.header('cache-control', PUBLIC_CACHE);
    return c.json(pageCopy(view, config.publicUrl, crypto.randomUUID()));
  });
}
