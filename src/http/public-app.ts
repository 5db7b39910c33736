// Owns the app for what readers and programs without an account ask for: status pages in all their forms, and health. It loads half
// of what the whole app does. Does not decide who gets it: public-paths.ts does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { addStatusRoutes } from './api/status/routes.ts';
import { addBadgeRoutes } from './badges/routes.ts';
import { type AppOptions, appWith } from './base-app.ts';
import type { HttpEnv } from './context.ts';
import { addEmbedRoute } from './embed/routes.tsx';
import { addPageCopyRoute } from './page-copy/routes.ts';
import { addPageTextRoutes } from './page-text/routes.ts';
import { addPageAccessRoutes } from './pages/access-routes.ts';
import { addFeeds } from './pages/feeds/feed-routes.ts';
import { addSubscriberPages } from './pages/subscribe/subscribe-routes.tsx';
import { addPages } from './status-page/routes.tsx';
import { addStatuspageRoutes } from './statuspage-api/routes.ts';
import { addWatchdogPages } from './watchdog/pages.ts';

export function addPublicRoutes(app: OpenAPIHono<HttpEnv>): void {
  addStatusRoutes(app);
  addPages(app);
  addPageAccessRoutes(app);
  addFeeds(app);
  addSubscriberPages(app);
  addStatuspageRoutes(app);
  addBadgeRoutes(app);
  addEmbedRoute(app);
  addPageTextRoutes(app);
  addPageCopyRoute(app);
  addWatchdogPages(app);
}

/** Readers, monitors of the mesh, and jobs need no other routes. */
export const createPublicApp = (options: AppOptions = {}): OpenAPIHono<HttpEnv> =>
  appWith(addPublicRoutes, options);
