// Owns /api/v1/status, which is public, and /healthz, which an external monitor of probemesh reads.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { cors } from 'hono/cors';
import { compareClocks, readDatabaseTime } from '../../../store/clock.ts';
import { lastCommitAt } from '../../../store/monitors.ts';
import { VERSION } from '../../../version.ts';
import type { HttpEnv } from '../../context.ts';
import { isStale } from '../../monitor-status.ts';
import { loadStatus, type StatusView } from '../../status-page/status-view.ts';
import { PUBLIC_CACHE } from '../../ui/page.ts';
import { iso, isoOrNull } from '../common.ts';
import { toPublicIncidentResponse } from '../incidents/schema.ts';
import { json } from '../responses.ts';
import { healthSchema, type StatusResponse, statusSchema } from './schema.ts';

const about = { tags: ['Public'], security: [] };

const getStatus = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/status',
  operationId: 'getStatus',
  summary: 'Get the public status',
  description:
    'Returns the content of the status page. Any origin may read it. Responses are cached for 10 seconds.',
  responses: { 200: json(statusSchema, 'The status.') },
});

const getHealth = createRoute({
  ...about,
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  summary: 'Check the health of the coordinator',
  responses: {
    200: json(healthSchema, 'Healthy: the coordinator committed within the last 3 minutes.'),
    503: json(
      healthSchema,
      'Stale: the coordinator has not committed for 3 minutes, or never. Or its clock is wrong, so it starts no check runs.',
    ),
  },
});

export function addStatusRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.use('/api/v1/status', cors({ origin: '*', allowMethods: ['GET', 'HEAD'], maxAge: 86_400 }));

  app.openapi(getStatus, async (c) => {
    const { config, now } = c.var;
    c.header('cache-control', PUBLIC_CACHE);
    return c.json(toStatusResponse(await loadStatus(config.db, now), config.publicUrl), 200);
  });

  app.openapi(getHealth, async (c) => {
    const { config, now } = c.var;
    const [newest, time] = await Promise.all([lastCommitAt(config.db), readDatabaseTime(config.db)]);
    const ageSeconds = newest === null ? null : Math.max(0, Math.round((now - newest) / 1000));
    const body = { version: VERSION, lastCommitAt: isoOrNull(newest), ageSeconds };
    c.header('cache-control', 'no-store');
    if (compareClocks(now, time, now).apart) return c.json({ status: 'clocks_apart' as const, ...body }, 503);
    return isStale(newest, now)
      ? c.json({ status: 'stale' as const, ...body }, 503)
      : c.json({ status: 'ok' as const, ...body }, 200);
  });
}

function toStatusResponse(view: StatusView, publicUrl: string): StatusResponse {
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
    incidents: view.incidents.map((row) => toPublicIncidentResponse(row, publicUrl, view.now)),
  };
}
