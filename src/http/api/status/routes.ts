// /api/v1/status for everybody, and /healthz for whoever watches the watcher.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { cors } from 'hono/cors';
import { lastCommitAt } from '../../../store/monitors.ts';
import type { HttpEnv } from '../../context.ts';
import { isStale } from '../../monitor-status.ts';
import { loadStatus, type StatusView } from '../../status-page/status-view.ts';
import { PUBLIC_CACHE } from '../../ui/page.ts';
import { iso, isoOrNull } from '../common.ts';
import { showPublicIncident } from '../incidents/schema.ts';
import { json } from '../responses.ts';
import { healthSchema, type StatusBody, statusSchema } from './schema.ts';

const about = { tags: ['Public'], security: [] };

const statusRoute = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/status',
  operationId: 'getStatus',
  summary: 'The public status',
  description: 'No token needed; any origin may read it; cached for ten seconds.',
  responses: { 200: json(statusSchema, 'What the status page says.') },
});

const healthRoute = createRoute({
  ...about,
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  summary: 'Is the coordinator alive?',
  responses: {
    200: json(healthSchema, 'Something was committed in the last three minutes.'),
    503: json(healthSchema, 'Nothing was, or nothing ever.'),
  },
});

export function addStatusRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.use('/api/v1/status', cors({ origin: '*', allowMethods: ['GET', 'HEAD'], maxAge: 86_400 }));

  app.openapi(statusRoute, async (c) => {
    const { config, now } = c.var;
    c.header('cache-control', PUBLIC_CACHE);
    return c.json(showStatus(await loadStatus(config.db, now), config.publicUrl), 200);
  });

  app.openapi(healthRoute, async (c) => {
    const { config, now } = c.var;
    const newest = await lastCommitAt(config.db);
    const ageSeconds = newest === null ? null : Math.max(0, Math.round((now - newest) / 1000));
    const body = { newestCommitAt: isoOrNull(newest), ageSeconds };
    c.header('cache-control', 'no-store');
    return isStale(newest, now)
      ? c.json({ status: 'stale' as const, ...body }, 503)
      : c.json({ status: 'ok' as const, ...body }, 200);
  });
}

function showStatus(view: StatusView, publicUrl: string): StatusBody {
  return {
    state: view.state,
    updatedAt: isoOrNull(view.updatedAt),
    monitors: view.monitors.map(
      ({ id, name, verdict, since, maintenance, flapping, warnings, ...counts }) => ({
        id,
        name,
        verdict,
        since: iso(since),
        maintenance,
        flapping,
        warnings: [...warnings],
        locations: { passing: counts.passing, failing: counts.failing, abstaining: counts.abstaining },
      }),
    ),
    maintenances: view.maintenances.map(({ startsAt, endsAt, ...rest }) => ({
      id: rest.id,
      name: rest.name,
      monitors: [...rest.monitors],
      startsAt: iso(startsAt),
      endsAt: iso(endsAt),
    })),
    incidents: view.incidents.map((row) => showPublicIncident(row, publicUrl, view.now)),
  };
}
