// Owns what is public of the API: /api/v1/status, and /healthz, which an external monitor of probemesh reads.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { cors } from 'hono/cors';
import { type ConfigError, logConfigError } from '../../../env.ts';
import { meshHealth } from '../../../services/health/mesh-health.ts';
import { readHealth } from '../../../services/health/read-health.ts';
import { VERSION } from '../../../version.ts';
import type { HttpEnv } from '../../context.ts';
import { loadStatus, type StatusView } from '../../status-page/status-view.ts';
import { PUBLIC_CACHE } from '../../ui/page.ts';
import { iso, isoOrNull } from '../common.ts';
import { type HealthzResponse, healthzSchema, toHealthzResponse } from '../health/schema.ts';
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

export const HEALTH_PATH = '/healthz';

const getHealthz = createRoute({
  ...about,
  method: 'get',
  path: HEALTH_PATH,
  operationId: 'getHealthz',
  summary: 'Check whether the mesh measures',
  description:
    'For an external monitor. The details of each reason are at `/api/v1/health` and in the log of the Worker.',
  responses: {
    200: json(healthzSchema, 'The mesh measures, or no monitor is active. `reasons` lists what is impaired.'),
    503: json(healthzSchema, 'Ticks or measurements have stopped.'),
  },
});

export function addStatusRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.use('/api/v1/status', cors({ origin: '*', allowMethods: ['GET', 'HEAD'], maxAge: 86_400 }));

  app.openapi(getStatus, async (c) => {
    const { config, now, comparedClock } = c.var;
    c.header('cache-control', PUBLIC_CACHE);
    const view = await loadStatus(config, now, comparedClock);
    return c.json(toStatusResponse(view, config.publicUrl), 200);
  });

  app.openapi(getHealthz, async (c) => {
    const { config, now, comparedClock } = c.var;
    const health = meshHealth(await readHealth(config, now, comparedClock), now);
    c.header('cache-control', 'no-store');
    return c.json(toHealthzResponse(health), health.status === 'stopped' ? 503 : 200);
  });
}

/** The configuration cannot be read, so nothing can be checked. The log has the reason. */
export function unconfigured(c: Context<HttpEnv>, error: ConfigError): Response {
  logConfigError(error);
  const body: HealthzResponse = {
    ...{ status: 'stopped', reasons: ['configuration_invalid'], version: VERSION },
    ...{ lastMeasuredAt: null, ageSeconds: null },
  };
  return c.json(body, 503, { 'cache-control': 'no-store' });
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
