// Owns GET /api/v1/reports/{period}: the report of a calendar period as JSON or CSV. Does not compute a figure.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { buildReport } from '../../../services/reports/build-report.ts';
import { LATENCY_ERROR } from '../../../uptime/rules.ts';
import type { HttpEnv } from '../../context.ts';
import { filterTime } from '../filters.ts';
import { reportPeriodSchema, scopeOf, scopeQuery, timeZoneQuery } from '../history-scope.ts';
import { invalidInput, security, unauthorized } from '../responses.ts';
import { reportCsv, reportSchema, toReportResponse } from './schema.ts';

export const formatQuery = <F extends string>(formats: readonly [F, ...F[]]) =>
  z
    .enum(formats, { error: `Must be one of ${formats.map((one) => `"${one}"`).join(', ')}.` })
    .default(formats[0] as never)
    .meta({ description: `The format of the response. Default: ${formats[0]}.`, example: formats[0] });

const route = createRoute({
  tags: ['Reports'],
  security,
  method: 'get',
  path: '/api/v1/reports/{period}',
  operationId: 'getReport',
  summary: 'Get the report of a week, month, quarter or year',
  description: `Returns uptime, downtime, outages, mean times, error budgets and the slowest monitors of a calendar period: in all, by group and by monitor. Uptime is 1 − down ÷ (down + partial + up): paused time, maintenance and time without data do not count, and partial time counts as up. Of several monitors, the times are added before the division. Percentiles are ${LATENCY_ERROR}. A deleted monitor counts for its part of the period, if your access has no restriction.`,
  request: {
    params: z.object({ period: reportPeriodSchema }),
    query: z.strictObject({
      at: filterTime('A time in the period. Default: now, so the period that runs.'),
      timeZone: timeZoneQuery,
      ...scopeQuery,
      format: formatQuery(['json', 'csv']),
    }),
  },
  responses: {
    200: {
      description: 'The report. As CSV: a line in all, one a group and one a monitor.',
      content: {
        'application/json': { schema: reportSchema },
        'text/csv': {
          schema: z.string().meta({
            description: 'CSV by RFC 4180. A text that a spreadsheet would run gets an apostrophe before it.',
            example: 'kind,id,name,uptime\r\n',
          }),
        },
      },
    },
    ...unauthorized,
    ...invalidInput,
  },
});

export function addReportRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(route, async (c) => {
    const { config, caller, now } = c.var;
    const { period } = c.req.valid('param');
    const { at = now, timeZone, format, ...scope } = c.req.valid('query');
    const reader = { restriction: caller.restriction, now };
    const report = await buildReport(config.db, { period, timeZone, at, scope: scopeOf(scope) }, reader);
    if (format === 'json') return c.json(toReportResponse(report), 200);
    return c.body(reportCsv(report), 200, csvHeaders(`report-${report.label}`)) as never;
  });
}

/** `name` is without an extension. */
export const csvHeaders = (name: string) => ({
  'content-type': 'text/csv; charset=utf-8; header=present',
  'content-disposition': `attachment; filename="${name}.csv"`,
});
