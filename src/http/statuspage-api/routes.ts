// Owns the routes of the Statuspage API of a page, version 2. They only read. Does not decide who may: page-routes.ts does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../context.ts';
import { addPageRoute } from '../pages/page-routes.ts';
import { loadPage } from '../status-page/load-page.ts';
import { PUBLIC_CACHE } from '../ui/page.ts';
import { DOCUMENTS, NEEDS_ALL_PAST } from './to-statuspage.ts';

export function addStatuspageRoutes(app: OpenAPIHono<HttpEnv>): void {
  for (const [path, documentOf] of Object.entries(DOCUMENTS)) {
    addPageRoute(app, 'get', `/api/v2/${path}`, async (c, requested) => {
      const { config, now, comparedClock } = c.var;
      const past = NEEDS_ALL_PAST.has(path) ? 'all' : 'recent';
      const view = await loadPage(config, requested, now, comparedClock, past);
      // Scripts of any site read a public page, as at Statuspage.
      if (requested.isPublic) c.header('access-control-allow-origin', '*');
      c.header('cache-control', PUBLIC_CACHE);
      return c.json(documentOf(view));
    });
  }
}
