// Owns /api/v1/monitors/{id}/history, /uptime and /incidents: what happened to one monitor, also after it was deleted.
// Does not compute a figure.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { readSpans } from '../../../history/read-history.ts';
import { findReadableMonitor } from '../../../services/history/history-access.ts';
import { RESOLUTIONS, readMonitorBuckets, resolutionFor } from '../../../services/history/monitor-buckets.ts';
import { readRunFigures } from '../../../services/history/read-range.ts';
import { listIncidents } from '../../../store/incidents.ts';
import { NO_TIME, totalsOf } from '../../../uptime/moments.ts';
import { LATENCY_ERROR } from '../../../uptime/rules.ts';
import type { HttpEnv } from '../../context.ts';
import { problem } from '../../problems.ts';
import { limitSchema, nextCursorSchema } from '../cursor.ts';
import { incidentCursor, incidentCursorSchema } from '../incidents/position.ts';
import { incidentSchema, toIncidentResponse } from '../incidents/schema.ts';
import { invalidInput, json, notFound, security, unauthorized } from '../responses.ts';
import { rangeQuery, readRange } from './range.ts';
import {
  historySchema,
  monitorUptimeSchema,
  resolutionNames,
  toHistoryResponse,
  toMonitorUptimeResponse,
} from './schema.ts';

const about = { tags: ['History'], security };
const params = z.object({ id: z.string().meta({ description: "The monitor's id.", example: 'web-shop' }) });
const refusals = { ...unauthorized, ...notFound, ...invalidInput };

const RULE = `Uptime is 1 − down ÷ (down + partial + up): paused time, maintenance and time without data do not count, and partial time counts as up. An outage counts from its first failure. Percentiles are ${LATENCY_ERROR}.`;
const DELETED = 'The history of a deleted monitor stays readable, if your access has no restriction.';

const routes = {
  history: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/monitors/{id}/history',
    operationId: 'getMonitorHistory',
    summary: 'Get the history of a monitor',
    description: `Returns uptime, latency, jitter and loss in parts of equal length, in all and by location. ${RULE} ${DELETED}`,
    request: {
      params,
      query: z.strictObject({
        ...rangeQuery,
        resolution: z.enum(resolutionNames).optional().meta({
          description:
            'The length of the parts. `5m`: for 2 days at most. `1h`: for 14 days at most. `1d`: UTC days. Default: `5m` up to 12 hours, `1h` up to 7 days, then `1d`.',
          example: '1d',
        }),
      }),
    },
    responses: { 200: json(historySchema, 'The history.'), ...refusals },
  }),
  uptime: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/monitors/{id}/uptime',
    operationId: 'getMonitorUptime',
    summary: 'Get the uptime of a monitor',
    description: `Returns uptime and latency of a range, in all and by location. Uptime is exact to the millisecond. The figures of runs are those of the UTC days that the range touches. ${RULE} ${DELETED}`,
    request: { params, query: z.strictObject(rangeQuery) },
    responses: { 200: json(monitorUptimeSchema, 'The uptime.'), ...refusals },
  }),
  incidents: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/monitors/{id}/incidents',
    operationId: 'listMonitorIncidents',
    summary: 'List the incidents of a monitor',
    description: `Lists the incidents that began in the range, newest first. ${DELETED}`,
    request: {
      params,
      query: z.strictObject({
        ...rangeQuery,
        limit: limitSchema('incidents'),
        cursor: incidentCursorSchema,
      }),
    },
    responses: {
      200: json(
        z.strictObject({
          incidents: z.array(incidentSchema).meta({ description: 'The incidents of this page.' }),
          nextCursor: nextCursorSchema,
        }),
        'A page of incidents.',
      ),
      ...refusals,
    },
  }),
};

export function addMonitorHistoryRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.history, async (c) => {
    const { config, caller, now } = c.var;
    const query = c.req.valid('query');
    const wide = readRange(c, query);
    if (wide instanceof Response) return wide;
    const resolution = query.resolution ?? resolutionFor(wide.to - wide.from);
    const range = readRange(c, query, RESOLUTIONS[resolution].maxRangeMs);
    if (range instanceof Response) return range;
    const monitor = await findReadableMonitor(config.db, c.req.valid('param').id, caller);
    if (!monitor.ok) return problem('not-found', monitor.error.message);
    const { number } = monitor.value;
    const history = await readMonitorBuckets(config.db, { number, ...range, resolution, now });
    return c.json(toHistoryResponse(monitor.value, resolution, history), 200);
  });

  app.openapi(routes.uptime, async (c) => {
    const { config, caller, now } = c.var;
    const range = readRange(c, c.req.valid('query'));
    if (range instanceof Response) return range;
    const monitor = await findReadableMonitor(config.db, c.req.valid('param').id, caller);
    if (!monitor.ok) return problem('not-found', monitor.error.message);
    const { number } = monitor.value;
    const [spans, figures] = await Promise.all([
      readSpans(config.db, { numbers: [number], ...range, now }),
      readRunFigures(config.db, [number], { ...range, now }),
    ]);
    const [existed] = spans;
    const totals = existed ? totalsOf(existed.spans, existed.from, existed.to) : NO_TIME;
    const byLocation = figures?.get(number) ?? [];
    return c.json(toMonitorUptimeResponse(monitor.value, range, totals, byLocation), 200);
  });

  app.openapi(routes.incidents, async (c) => {
    const { config, caller, now } = c.var;
    const { limit, cursor, ...query } = c.req.valid('query');
    const range = readRange(c, query);
    if (range instanceof Response) return range;
    const monitor = await findReadableMonitor(config.db, c.req.valid('param').id, caller);
    if (!monitor.ok) return problem('not-found', monitor.error.message);
    const { rows, next } = await listIncidents(config.db, {
      monitors: [monitor.value],
      ...{ since: range.from, until: range.to, after: cursor, limit: Number(limit) },
    });
    const nextCursor = incidentCursor(next);
    return c.json(
      { incidents: rows.map((row) => toIncidentResponse(row, config.publicUrl, now)), nextCursor },
      200,
    );
  });
}
