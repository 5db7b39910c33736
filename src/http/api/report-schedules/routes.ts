// Owns /api/v1/report-schedules: list, create, get, update, delete. Does not send a report: a tick does.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { isInside } from '../../../access/restriction.ts';
import { readInside } from '../../../services/access/inside.ts';
import { ifInside } from '../../../services/access/references.ts';
import type { ReportScheduleDefinition } from '../../../services/report-schedules/report-schedule-record.ts';
import {
  createReportSchedule,
  deleteReportSchedule,
  unknownReportSchedule,
  updateReportSchedule,
} from '../../../services/report-schedules/report-schedules.ts';
import { findReportSchedule, listReportSchedules } from '../../../store/report-schedules.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import { parseFields } from '../field-errors.ts';
import {
  badBody,
  conflict,
  invalidInput,
  json,
  jsonBody,
  mergePatchBody,
  notFound,
  preconditionFailed,
  security,
  unauthorized,
} from '../responses.ts';
import {
  mergeReportSchedule,
  type ReportScheduleInput,
  reportScheduleInputSchema,
  reportSchedulePatchSchema,
  reportScheduleSchema,
  toReportScheduleResponse,
} from './schema.ts';

const PATH = '/api/v1/report-schedules';
const about = { tags: ['Reports'], security };
const params = z.object({
  id: z.string().meta({ description: 'The id of the report schedule.', example: 'shop-monthly' }),
});
const outcomes = { ...badBody, ...unauthorized, ...notFound, ...conflict, ...invalidInput };

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: PATH,
    operationId: 'listReportSchedules',
    summary: 'List report schedules',
    responses: {
      200: json(
        z.strictObject({
          reportSchedules: z.array(reportScheduleSchema).meta({ description: 'All report schedules.' }),
        }),
        'All report schedules, ordered by name.',
      ),
      ...unauthorized,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: PATH,
    operationId: 'createReportSchedule',
    summary: 'Create a report schedule',
    description:
      'Creates a schedule. An hour after each period, its channels get `report.created` with the summary of the report. The first one is about the period that runs now.',
    request: { body: jsonBody(reportScheduleInputSchema, 'The report schedule.') },
    responses: {
      201: jsonWithEtag(reportScheduleSchema, 'The new report schedule. `Location` is its path.'),
      ...outcomes,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: `${PATH}/{id}`,
    operationId: 'getReportSchedule',
    summary: 'Get a report schedule',
    request: { params },
    responses: {
      200: jsonWithEtag(reportScheduleSchema, 'The report schedule.'),
      ...unauthorized,
      ...notFound,
    },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: `${PATH}/{id}`,
    operationId: 'updateReportSchedule',
    summary: 'Update a report schedule',
    description:
      'Updates the fields you send (RFC 7396). After a change of `period`, `timeZone` or `enabled`, the next report is that of the period that runs now.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(reportSchedulePatchSchema, 'The fields to update.'),
    },
    responses: {
      200: jsonWithEtag(reportScheduleSchema, 'The updated report schedule.'),
      ...outcomes,
      ...preconditionFailed,
    },
  }),
  remove: createRoute({
    ...about,
    method: 'delete',
    path: `${PATH}/{id}`,
    operationId: 'deleteReportSchedule',
    summary: 'Delete a report schedule',
    request: { params, headers: ifMatchHeaders },
    responses: {
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
    },
  }),
};

export function addReportScheduleRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { config, caller } = c.var;
    const [rows, inside] = await Promise.all([
      listReportSchedules(config.db),
      readInside(config.db, caller.restriction),
    ]);
    const shown = rows.filter((row) => isInside(caller.restriction, row));
    return c.json({ reportSchedules: shown.map((row) => toReportScheduleResponse(row, inside)) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const created = await createReportSchedule(config, c.req.valid('json'), caller);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `${PATH}/${created.value.id}`);
    c.header('etag', etagOf(created.value));
    const inside = await readInside(config.db, caller.restriction);
    return c.json(toReportScheduleResponse(created.value, inside), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { config, caller } = c.var;
    const { id } = c.req.valid('param');
    const [found, inside] = await Promise.all([
      findReportSchedule(config.db, id),
      readInside(config.db, caller.restriction),
    ]);
    const row = ifInside(caller.restriction, found);
    if (row === null) return problem('not-found', unknownReportSchedule(id).message);
    c.header('etag', etagOf(row));
    return c.json(toReportScheduleResponse(row, inside), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const changes = c.req.valid('json');
    const patch = (stored: ReportScheduleDefinition) =>
      parseFields<ReportScheduleInput>(reportScheduleInputSchema, mergeReportSchedule(stored, changes));
    const expected = c.req.valid('header')['if-match'];
    const updated = await updateReportSchedule(config, c.req.valid('param').id, patch, caller, expected);
    if (!updated.ok) return toProblem(updated.error);
    c.header('etag', etagOf(updated.value));
    const inside = await readInside(config.db, caller.restriction);
    return c.json(toReportScheduleResponse(updated.value, inside), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { config, caller } = c.var;
    const expected = c.req.valid('header')['if-match'];
    const removed = await deleteReportSchedule(config, c.req.valid('param').id, caller, expected);
    return removed.ok ? c.body(null, 204) : toProblem(removed.error);
  });
}
