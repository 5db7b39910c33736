// Owns /api/v1/status, which is public.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { cors } from 'hono/cors';
import type { HttpEnv } from '../../context.ts';
import { loadStatus, type StatusView } from '../../status-page/status-view.ts';
import { PUBLIC_CACHE } from '../../ui/page.ts';
import { iso, isoOrNull } from '../common.ts';
import { toPublicIncidentResponse } from '../incidents/schema.ts';
import { json } from '../responses.ts';
import { type StatusResponse, statusSchema } from './schema.ts';

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

export function addStatusRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.use('/api/v1/status', cors({ origin: '*', allowMethods: ['GET', 'HEAD'], maxAge: 86_400 }));

  app.openapi(getStatus, async (c) => {
    const { config, now, comparedClock } = c.var;
    c.header('cache-control', PUBLIC_CACHE);
    const view = await loadStatus(config, now, comparedClock);
    return c.json(toStatusResponse(view, config.publicUrl), 200);
  });
}

function toStatusResponse(view: StatusView, publicUrl: string): StatusResponse {
  return {
    state: view.state,
    updatedAt: isoOrNull(view.updatedAt),
    monitoring: {
      status: view.monitoring.status,
      reasons: view.monitoring.reasons.map(({ code, words }) => ({ code, words })),
    },
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
