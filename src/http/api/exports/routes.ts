// Owns /api/v1/exports: observations, days and incidents as CSV or NDJSON, streamed. Does not read or format them.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import type { Caller } from '../../../access/caller.ts';
import {
  type ExportRange,
  exportDays,
  exportIncidents,
  exportObservations,
} from '../../../services/history/export-history.ts';
import { findReadableMonitor } from '../../../services/history/history-access.ts';
import { LATENCY_ERROR } from '../../../uptime/rules.ts';
import type { HttpEnv } from '../../context.ts';
import { problem } from '../../problems.ts';
import { streamTexts } from '../../stream.ts';
import { filterId, filterTime } from '../filters.ts';
import { csvHeaders, formatQuery } from '../reports/routes.ts';
import { invalidInput, notFound, security, unauthorized } from '../responses.ts';
import {
  dayRecords,
  type ExportFormat,
  incidentRecords,
  observationRecords,
  type RecordKind,
  recordLines,
} from './records.ts';

const query = z.strictObject({
  monitor: filterId('The id of one monitor. Default: all that your access includes.'),
  from: filterTime('The start of the range. Default: the oldest record that is kept.'),
  to: filterTime('The end of the range. Default: now.'),
  format: formatQuery(['csv', 'ndjson']),
});

const SHARED =
  'The response is streamed while it is read, also while the compaction runs. The connection ends with an error if it is not complete. In CSV, a text that a spreadsheet would run as a formula gets an apostrophe before it. Without a restriction, deleted monitors are included.';

const exportRoute = <const P extends string, const I extends string>(
  path: P,
  operationId: I,
  summary: string,
  description: string,
  example: string,
) =>
  createRoute({
    tags: ['History'],
    security,
    method: 'get',
    path,
    operationId,
    summary,
    description: `${description} ${SHARED}`,
    request: { query },
    responses: {
      200: {
        description: 'The records.',
        content: {
          'text/csv': {
            schema: z.string().meta({ description: 'A line of columns, then a record a line.', example }),
          },
          'application/x-ndjson': {
            schema: z.string().meta({ description: 'One JSON object a line.', example }),
          },
        },
      },
      ...unauthorized,
      ...notFound,
      ...invalidInput,
    },
  });

const routes = {
  observations: exportRoute(
    '/api/v1/exports/observations',
    'exportObservations',
    'Export every check run',
    `Streams every check run that is kept, monitor by monitor, in the order of their starts. Timings of successful runs are ${LATENCY_ERROR}.`,
    'monitor,location,startedAt,outcome\r\n',
  ),
  days: exportRoute(
    '/api/v1/exports/days',
    'exportDays',
    'Export the days of monitors',
    `Streams the UTC days that the range touches: a record of the monitor, without a location, then one for each location. Uptime is 1 − down ÷ (down + partial + up): paused time, maintenance and time without data do not count, and partial time counts as up. Uptime of a location is 1 − time its vote failed ÷ time it voted. Percentiles are ${LATENCY_ERROR}.`,
    'day,monitor,name,location,uptime\r\n',
  ),
  incidents: exportRoute(
    '/api/v1/exports/incidents',
    'exportIncidents',
    'Export incidents',
    'Streams the incidents that began in the range, oldest first, without their evidence.',
    'id,monitor,name,location,verdict\r\n',
  ),
};

/** Longer than any retention. */
const OLDEST_MS = 2_000 * 86_400_000;

type Exporter<R> = (
  db: D1Database,
  range: ExportRange,
  caller: Pick<Caller, 'restriction'>,
) => AsyncGenerator<R>;

async function respond<R>(
  c: Context<HttpEnv>,
  name: string,
  { monitor: id, from, to, format }: z.output<typeof query>,
  kind: RecordKind<R>,
  exporter: Exporter<R>,
) {
  const { config, caller, now } = c.var;
  const end = Math.min(to ?? now, now);
  const start = from ?? now - OLDEST_MS;
  if (end < start) {
    const message = '`from` must be before `to`, and in the past.';
    return problem('invalid', message, [{ path: 'from', pointer: '/from', message }]);
  }
  const found = id === undefined ? null : await findReadableMonitor(config.db, id, caller);
  if (found && !found.ok) return problem('not-found', found.error.message);
  const range = { from: start, to: end, now, monitor: found?.value ?? null };
  const lines = recordLines(kind, exporter(config.db, range, caller), format);
  const date = new Date(now).toISOString().slice(0, 10);
  return c.body(streamTexts(lines), 200, headersOf(format, `${name}-${date}`)) as never;
}

const headersOf = (format: ExportFormat, name: string) =>
  format === 'csv'
    ? csvHeaders(name)
    : {
        'content-type': 'application/x-ndjson',
        'content-disposition': `attachment; filename="${name}.ndjson"`,
      };

export function addExportRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.observations, (c) =>
    respond(c, 'observations', c.req.valid('query'), observationRecords, exportObservations),
  );
  app.openapi(routes.days, (c) => respond(c, 'days', c.req.valid('query'), dayRecords, exportDays));
  app.openapi(routes.incidents, (c) =>
    respond(c, 'incidents', c.req.valid('query'), incidentRecords, exportIncidents),
  );
}
