// Owns the routes of the public pages and of their assets. Does not own the content of the pages.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Config } from '../../env.ts';
import { findPublicIncident, type IncidentRow } from '../../store/incidents.ts';
import { findMonitors } from '../../store/monitors.ts';
import type { HttpEnv } from '../context.ts';
import { loadMesh, monitorStatus } from '../monitor-status.ts';
import { notFoundPage } from '../pages/not-found-page.tsx';
import { addPageRoute, type RequestedPage } from '../pages/page-routes.ts';
import { FAVICON, FAVICON_PATH } from '../ui/icons.tsx';
import { page } from '../ui/page.ts';
import { CSS, STYLE_PATH } from '../ui/style.ts';
import { ACCENT_PATH, pageStyle, pageStylePath } from './accent.ts';
import { IncidentPage } from './incident-page.tsx';
import { loadPage } from './load-page.ts';
import { measuredIncident as toPageIncident } from './page-incidents.ts';
import { type Rendering, renderingOf } from './rendering.tsx';
import { StatusPage } from './status-page.tsx';
import { withCurrentName } from './status-view.ts';

export function addPages(app: OpenAPIHono<HttpEnv>): void {
  addPageRoute(app, 'get', '/', async (c, requested) => {
    const { config, now, comparedClock } = c.var;
    const view = await loadPage(config, requested, now, comparedClock);
    return page(c, <StatusPage view={view} of={rendering(c, requested)} publicUrl={config.publicUrl} />);
  });

  addPageRoute(app, 'get', '/incidents/:id', async (c, requested) => {
    const { config, now } = c.var;
    const { db } = config;
    const row = await findPublicIncident(db, c.req.param('id')!);
    if (!row) return notFoundPage(c);
    const monitors = await findMonitors(db, new Set([row.monitorNumber]));
    const unknown = await unknownSince(config, row, now);
    return page(
      c,
      <IncidentPage
        incident={toPageIncident(withCurrentName(row, monitors))}
        unknownSince={() => unknown}
        of={rendering(c, requested)}
      />,
    );
  });
}

export function addAssets(app: OpenAPIHono<HttpEnv>): void {
  app.get(STYLE_PATH, (c) => stylesheet(c, CSS));
  app.get(pageStylePath(null), (c) => stylesheet(c, pageStyle(c.req.path)));
  app.get(ACCENT_PATH, (c) => stylesheet(c, pageStyle(c.req.path)));
  app.get(FAVICON_PATH, (c) => asset(c, FAVICON, 'image/svg+xml', 'public, max-age=86400'));
  app.get('/favicon.ico', (c) => c.redirect(FAVICON_PATH, 301));
  app.get('/robots.txt', (c) => asset(c, 'User-agent: *\nAllow: /\n', 'text/plain', 'public, max-age=86400'));
}

/** The result of an incident that has ended does not change. */
async function unknownSince({ db }: Config, row: IncidentRow, now: number): Promise<number | null> {
  if (row.resolvedAt !== null) return null;
  const mesh = await loadMesh(db, now);
  const { verdict, since } = monitorStatus(mesh, { number: row.monitorNumber, updatedAt: now }, mesh.now);
  return verdict === 'down' || verdict === 'partial' ? null : since;
}

const rendering = (c: Context<HttpEnv>, { page: shown, base }: RequestedPage): Rendering =>
  renderingOf({
    ...{ page: shown, base, now: c.var.now },
    acceptLanguage: c.req.header('accept-language'),
    noRefresh: c.req.query('noRefresh') !== undefined,
    place: (id) => id,
  });

const stylesheet = (c: Context, css: string) =>
  asset(c, css, 'text/css; charset=utf-8', 'public, max-age=31536000, immutable');

const asset = (c: Context, content: string, type: string, cache: string) =>
  c.body(content, 200, { 'content-type': type, 'cache-control': cache });
