// Owns what is public of the API: /api/v1/status, and /healthz, which an external monitor of probemesh reads.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { cors } from 'hono/cors';
import { type ConfigError, logConfigError } from '../../../env.ts';
import { meshHealth } from '../../../services/health/mesh-health.ts';
import { readHealth } from '../../../services/health/read-health.ts';
import { VERSION } from '../../../version.ts';
import type { HttpEnv } from '../../context.ts';
import { problem } from '../../problems.ts';
import { type LoadedStatus, loadStatus } from '../../status-page/status-view.ts';
import { PUBLIC_CACHE } from '../../ui/page.ts';
import { iso, isoOrNull } from '../common.ts';
import { encodeCursor } from '../cursor.ts';
import { type HealthzResponse, healthzSchema, toHealthzResponse } from '../health/schema.ts';
import { toPublicIncidentResponse } from '../incidents/schema.ts';
import { invalidInput, json, problemJson } from '../responses.ts';
import { type StatusQuery, type StatusResponse, statusQuerySchema, statusSchema } from './schema.ts';

const STATUS_PATH = '/api/v1/status';
const about = { tags: ['Public'], security: [] };

const getStatus = createRoute({
  ...about,
  method: 'get',
  path: STATUS_PATH,
  operationId: 'getStatus',
  summary: 'Get the public status',
  description:
    'Returns what probes measure of the public monitors, in pages. Any origin may read it, unless the default status page has an access rule. Responses are cached for 10 seconds.',
  request: { query: statusQuerySchema },
  responses: {
    200: json(statusSchema, 'The status.'),
    403: problemJson('The default status page is not public.'),
    ...invalidInput,
  },
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
  app.use(STATUS_PATH, cors({ origin: '*', allowMethods: ['GET', 'HEAD'], maxAge: 86_400 }));

  app.openapi(getStatus, async (c) => {
    const { config, now, comparedClock } = c.var;
    const view = await loadStatus(config, now, comparedClock);
    if (!view.isPublic)
      return problem(
        'forbidden',
        'The default status page is not public. Use GET /api/v1/monitors with an API key.',
      );
    c.header('cache-control', PUBLIC_CACHE);
    return c.json(toStatusResponse(view, c.req.valid('query'), config.publicUrl), 200);
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
    ...{ lastMeasuredAt: null, ageSeconds: null, tickAgeSeconds: null },
  };
  return c.json(body, 503, { 'cache-control': 'no-store' });
}

/** Incidents in a response: the Statuspage API and the archive have all. */
const MAX_INCIDENTS = 20;

function toStatusResponse(view: LoadedStatus, query: StatusQuery, publicUrl: string): StatusResponse {
  const matching = view.monitors.filter(
    ({ id, verdict }) =>
      (query.verdict === undefined || verdict === query.verdict) &&
      (query.group === undefined || view.groups.get(id) === query.group),
  );
  const from = query.cursor ?? 0;
  const to = from + Number(query.limit);
  const monitors = matching.slice(from, to);
  const listed = new Set(monitors.map(({ id }) => id));
  return {
    state: view.state,
    updatedAt: isoOrNull(view.updatedAt),
    monitoring: {
      status: view.monitoring.status,
      reasons: view.monitoring.reasons.map(({ code, words }) => ({ code, words })),
    },
    monitors: monitors.map(
      ({ id, name, verdict, since, lastGap, maintenance, flapping, warnings, ...counts }) => ({
        id,
        name,
        verdict,
        since: iso(since),
        lastGap: lastGap && { from: iso(lastGap.from), to: iso(lastGap.to) },
        maintenance,
        flapping,
        warnings: [...warnings],
        locations: { passing: counts.passing, failing: counts.failing, abstaining: counts.abstaining },
      }),
    ),
    monitorCount: matching.length,
    nextCursor: to < matching.length ? encodeCursor(String(to)) : null,
    maintenances: view.maintenances.map(({ startsAt, endsAt, ...rest }) => ({
      id: rest.id,
      name: rest.name,
      monitors: rest.monitors.filter((id) => listed.has(id)),
      startsAt: iso(startsAt),
      endsAt: iso(endsAt),
    })),
    incidents: view.incidents
      .slice(0, MAX_INCIDENTS)
      .map((row) => toPublicIncidentResponse(row, publicUrl, view.now)),
  };
}
