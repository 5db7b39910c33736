// Owns the routes of the public pages and of their assets. Does not own the content of the pages.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { notFoundPage } from '../pages/not-found-page.tsx';
import { addPageRoute, type RequestedPage } from '../pages/page-routes.ts';
import { FAVICON, FAVICON_PATH } from '../ui/icons.tsx';
import { CSS, STYLE_PATH } from '../ui/style.ts';
import { ACCENT_PATH, pageStyle, pageStylePath } from './accent.ts';
import { ArchivePage } from './archive-page.tsx';
import { IncidentPage } from './incident-page.tsx';
import { loadArchive } from './load-archive.ts';
import { loadIncidentPage } from './load-incident.ts';
import { loadMonitorPage } from './load-monitor.ts';
import { loadPage } from './load-page.ts';
import { MonitorPage } from './monitor-page.tsx';
import { RANGES, type Range } from './monitor-page-view.ts';
import { type Rendering, renderingOf } from './rendering.tsx';
import { showPage } from './show-page.ts';
import { StatusPage } from './status-page.tsx';

export function addPages(app: OpenAPIHono<HttpEnv>): void {
  addPageRoute(app, 'get', '/', async (c, requested) => {
    const { config, now, comparedClock } = c.var;
    const view = await loadPage(config, requested, now, comparedClock);
    const of = rendering(c, requested, view);
    return showPage(c, of, <StatusPage view={view} of={of} publicUrl={config.publicUrl} />);
  });

  addPageRoute(app, 'get', '/incidents/:id', async (c, requested) => {
    const { config, now, comparedClock } = c.var;
    const found = await loadIncidentPage(config, requested, c.req.param('id')!, now, comparedClock);
    if (found === null) return notFoundPage(c);
    const of = rendering(c, requested, found.head);
    const { incident, unknownSince } = found;
    return showPage(c, of, <IncidentPage incident={incident} unknownSince={unknownSince} of={of} />);
  });

  addPageRoute(app, 'get', '/monitors/:id', async (c, requested) => {
    const { config, now, comparedClock } = c.var;
    const wanted = { id: c.req.param('id')!, range: rangeOf(c.req.query('range')) };
    const view = await loadMonitorPage(config, requested, wanted, now, comparedClock);
    if (view === null) return notFoundPage(c);
    const of = rendering(c, requested, view.head);
    return showPage(c, of, <MonitorPage view={view} of={of} />);
  });

  for (const path of ['/history', '/history/:month'])
    addPageRoute(app, 'get', path, async (c, requested) => {
      const { config, now, comparedClock } = c.var;
      const view = await loadArchive(config, requested, c.req.param('month') ?? null, now, comparedClock);
      if (view === null) return notFoundPage(c);
      const of = rendering(c, requested, view.head);
      return showPage(c, of, <ArchivePage view={view} unknownSince={view.unknownSince} of={of} />);
    });
}

const rangeOf = (given: string | undefined): Range => RANGES.find((range) => range === given) ?? '24h';

export function addAssets(app: OpenAPIHono<HttpEnv>): void {
  app.get(STYLE_PATH, (c) => stylesheet(c, CSS));
  app.get(pageStylePath(null), (c) => stylesheet(c, pageStyle(c.req.path)));
  app.get(ACCENT_PATH, (c) => stylesheet(c, pageStyle(c.req.path)));
  app.get(FAVICON_PATH, (c) => asset(c, FAVICON, 'image/svg+xml', 'public, max-age=86400'));
  app.get('/favicon.ico', (c) => c.redirect(FAVICON_PATH, 301));
  app.get('/robots.txt', (c) => asset(c, 'User-agent: *\nAllow: /\n', 'text/plain', 'public, max-age=86400'));
}

const rendering = (
  c: Context<HttpEnv>,
  { feedKey }: RequestedPage,
  head: Parameters<typeof renderingOf>[0],
): Rendering =>
  renderingOf(head, {
    feedKey,
    pageCopyUrl: c.var.config.pageCopyUrl,
    acceptLanguage: c.req.header('accept-language'),
    noRefresh: c.req.query('noRefresh') !== undefined,
  });

const stylesheet = (c: Context, css: string) =>
  asset(c, css, 'text/css; charset=utf-8', 'public, max-age=31536000, immutable');

const asset = (c: Context, content: string, type: string, cache: string) =>
  c.body(content, 200, { 'content-type': type, 'cache-control': cache });
