// Owns the routes of the public pages and of their assets. Does not own the content of the pages.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Config } from '../../env.ts';
import { findPublicIncident, type IncidentRow } from '../../store/incidents.ts';
import { findMonitors } from '../../store/monitors.ts';
import type { HttpEnv } from '../context.ts';
import { loadMesh, monitorStatus } from '../monitor-status.ts';
import { notFoundPage } from '../pages/not-found-page.tsx';
import { addPageRoute } from '../pages/page-routes.ts';
import { FAVICON, FAVICON_PATH } from '../ui/icons.tsx';
import { page } from '../ui/page.ts';
import { CSS, STYLE_PATH } from '../ui/style.ts';
import { IncidentPage } from './incident-page.tsx';
import { StatusPage } from './status-page.tsx';
import { loadStatus, withCurrentName } from './status-view.ts';

export function addPages(app: OpenAPIHono<HttpEnv>): void {
  addPageRoute(app, 'get', '/', async (c) => {
    const { config, now, comparedClock } = c.var;
    const view = await loadStatus(config, now, comparedClock);
    return page(c, <StatusPage view={view} publicUrl={config.publicUrl} noRefresh={isNoRefresh(c)} />);
  });

  addPageRoute(app, 'get', '/incidents/:id', async (c) => {
    const { config, now } = c.var;
    const { db } = config;
    const row = await findPublicIncident(db, c.req.param('id')!);
    if (!row) return notFoundPage(c);
    const monitors = await findMonitors(db, new Set([row.monitorNumber]));
    return page(
      c,
      <IncidentPage
        row={withCurrentName(row, monitors)}
        now={now}
        unknownSince={await unknownSince(config, row, now)}
        noRefresh={isNoRefresh(c)}
      />,
    );
  });
}

export function addAssets(app: OpenAPIHono<HttpEnv>): void {
  app.get(STYLE_PATH, (c) => asset(c, CSS, 'text/css; charset=utf-8', 'public, max-age=31536000, immutable'));
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

const isNoRefresh = (c: Context<HttpEnv>): boolean => c.req.query('noRefresh') !== undefined;

const asset = (c: Context, content: string, type: string, cache: string) =>
  c.body(content, 200, { 'content-type': type, 'cache-control': cache });
