// Owns /api/v1/schedules: list, create, get, update, delete, overrides, and who is on call.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { isInside } from '../../../access/restriction.ts';
import { ifInside } from '../../../services/access/references.ts';
import { MAX_RANGE_MS, readOnCall, readShifts } from '../../../services/schedules/read-on-call.ts';
import type { ScheduleDefinition } from '../../../services/schedules/schedule-record.ts';
import {
  addOverride,
  createSchedule,
  deleteSchedule,
  removeOverride,
  unknownSchedule,
  updateSchedule,
} from '../../../services/schedules/schedules.ts';
import { findSchedule, listSchedules } from '../../../store/schedules.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import { parseFields } from '../field-errors.ts';
import { filterTime, isFound, searchSchema } from '../filters.ts';
import { detachedSchema, detachQuery, toDetachedResponse } from '../references.ts';
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
import { onCallSchema, shiftSchema, toOnCallResponse, toShiftResponse } from './on-call-schema.ts';
import {
  mergeSchedule,
  overrideInputSchema,
  overrideSchema,
  type ScheduleInput,
  scheduleInputSchema,
  schedulePatchSchema,
  scheduleSchema,
  toOverrideResponse,
  toScheduleResponse,
} from './schema.ts';

const PATH = '/api/v1/schedules';
const DEFAULT_RANGE_MS = 14 * 86_400_000;

const id = z.string().meta({ description: 'The id of the schedule.', example: 'shop-on-call' });
const params = z.object({ id });
const about = { tags: ['On-call'], security };
const outcomes = { ...badBody, ...unauthorized, ...notFound, ...conflict, ...invalidInput };

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: PATH,
    operationId: 'listSchedules',
    summary: 'List on-call schedules',
    request: { query: z.strictObject({ q: searchSchema('the name or the id') }) },
    responses: {
      200: json(
        z.strictObject({ schedules: z.array(scheduleSchema).meta({ description: 'All schedules.' }) }),
        'All schedules, ordered by name.',
      ),
      ...unauthorized,
      ...invalidInput,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: PATH,
    operationId: 'createSchedule',
    summary: 'Create an on-call schedule',
    description: 'Creates a schedule. If you omit `id`, it is derived from the name.',
    request: { body: jsonBody(scheduleInputSchema, 'The schedule.') },
    responses: {
      201: jsonWithEtag(scheduleSchema, 'The new schedule. `Location` is its path.'),
      ...outcomes,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: `${PATH}/{id}`,
    operationId: 'getSchedule',
    summary: 'Get an on-call schedule',
    request: { params },
    responses: { 200: jsonWithEtag(scheduleSchema, 'The schedule.'), ...unauthorized, ...notFound },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: `${PATH}/{id}`,
    operationId: 'updateSchedule',
    summary: 'Update an on-call schedule',
    description: 'Updates the fields you send (RFC 7396).',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(schedulePatchSchema, 'The fields to update.'),
    },
    responses: {
      200: jsonWithEtag(scheduleSchema, 'The updated schedule.'),
      ...outcomes,
      ...preconditionFailed,
    },
  }),
  remove: createRoute({
    ...about,
    method: 'delete',
    path: `${PATH}/{id}`,
    operationId: 'deleteSchedule',
    summary: 'Delete an on-call schedule',
    description: 'Deletes a schedule. The response is 409 if a route names it, unless you add `detach=true`.',
    request: { params, headers: ifMatchHeaders, query: detachQuery },
    responses: {
      200: json(detachedSchema, 'Deleted, with `detach=true`: the routes that named it.'),
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
  onCall: createRoute({
    ...about,
    method: 'get',
    path: `${PATH}/{id}/on-call`,
    operationId: 'getOnCall',
    summary: 'Get who is on call now and next',
    description: 'Returns who is on call at a time, who is next, and whether notifications reach them.',
    request: { params, query: z.strictObject({ at: filterTime('The time. Default: now.') }) },
    responses: { 200: json(onCallSchema, 'Who is on call.'), ...unauthorized, ...notFound, ...invalidInput },
  }),
  shifts: createRoute({
    ...about,
    method: 'get',
    path: `${PATH}/{id}/shifts`,
    operationId: 'listShifts',
    summary: 'List the shifts of a schedule',
    description: 'Returns the shifts between two times, in order and without gaps.',
    request: {
      params,
      query: z.strictObject({
        from: filterTime('The start of the list. Default: now.'),
        to: filterTime('The end of the list, at most 62 days after `from`. Default: 14 days after `from`.'),
      }),
    },
    responses: {
      200: json(
        z.strictObject({ shifts: z.array(shiftSchema).meta({ description: 'The shifts.' }) }),
        'The shifts. The first begins at `from`, and the last ends at `to`.',
      ),
      ...unauthorized,
      ...notFound,
      ...invalidInput,
    },
  }),
  addOverride: createRoute({
    ...about,
    method: 'post',
    path: `${PATH}/{id}/overrides`,
    operationId: 'createOverride',
    summary: 'Override a schedule for a time',
    description:
      'One person takes the place of all rotations for a time. Of several, the one that began last counts.',
    request: { params, body: jsonBody(overrideInputSchema, 'The override.') },
    responses: { 201: json(overrideSchema, 'The new override.'), ...outcomes, ...preconditionFailed },
  }),
  removeOverride: createRoute({
    ...about,
    method: 'delete',
    path: `${PATH}/{id}/overrides/{overrideId}`,
    operationId: 'deleteOverride',
    summary: 'Delete an override',
    description: 'Deletes an override. If it has begun, the rotations apply again at once.',
    request: {
      params: z.object({
        id,
        overrideId: z
          .string()
          .meta({ description: 'The id of the override.', example: 'ovr_4q0rk2m9s7w1x3z5b8d6' }),
      }),
    },
    responses: {
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
    },
  }),
};

export function addScheduleRoutes(app: OpenAPIHono<HttpEnv>): void {
  const missing = (schedule: string) => problem('not-found', unknownSchedule(schedule).message);
  const findShown = async (c: Context<HttpEnv>, schedule: string) =>
    ifInside(c.var.caller.restriction, await findSchedule(c.var.config.db, schedule));

  app.openapi(routes.list, async (c) => {
    const { config, caller } = c.var;
    const { q } = c.req.valid('query');
    const rows = (await listSchedules(config.db))
      .filter((row) => isInside(caller.restriction, row))
      .filter((row) => isFound(q, [row.id, row.name]));
    return c.json({ schedules: rows.map(toScheduleResponse) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const created = await createSchedule(config, c.req.valid('json'), caller);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `${PATH}/${created.value.id}`);
    c.header('etag', etagOf(created.value));
    return c.json(toScheduleResponse(created.value), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { id: schedule } = c.req.valid('param');
    const row = await findShown(c, schedule);
    if (row === null) return missing(schedule);
    c.header('etag', etagOf(row));
    return c.json(toScheduleResponse(row), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const changes = c.req.valid('json');
    const patch = (stored: ScheduleDefinition) =>
      parseFields<ScheduleInput>(scheduleInputSchema, mergeSchedule(stored, changes));
    const expected = c.req.valid('header')['if-match'];
    const updated = await updateSchedule(config, c.req.valid('param').id, patch, caller, expected);
    if (!updated.ok) return toProblem(updated.error);
    c.header('etag', etagOf(updated.value));
    return c.json(toScheduleResponse(updated.value), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { config, caller } = c.var;
    const detach = c.req.valid('query').detach === 'true';
    const options = { expectedVersion: c.req.valid('header')['if-match'], detach };
    const deleted = await deleteSchedule(config, c.req.valid('param').id, caller, options);
    if (!deleted.ok) return toProblem(deleted.error);
    return detach ? c.json(toDetachedResponse(deleted.value), 200) : c.body(null, 204);
  });

  app.openapi(routes.onCall, async (c) => {
    const { config, caller, now } = c.var;
    const { id: schedule } = c.req.valid('param');
    const { at = now } = c.req.valid('query');
    const row = await findShown(c, schedule);
    return row === null
      ? missing(schedule)
      : c.json(toOnCallResponse(at, await readOnCall(config.db, row, caller, at)), 200);
  });

  app.openapi(routes.shifts, async (c) => {
    const { config, caller, now } = c.var;
    const { id: schedule } = c.req.valid('param');
    const { from = now, to = from + DEFAULT_RANGE_MS } = c.req.valid('query');
    const row = await findShown(c, schedule);
    if (row === null) return missing(schedule);
    if (to <= from || to - from > MAX_RANGE_MS) {
      const message = '`to` must be after `from`, by 62 days at most.';
      return problem('invalid', message, [{ path: 'to', pointer: '/to', message }]);
    }
    const shifts = await readShifts(config.db, row, caller, from, to);
    return c.json({ shifts: shifts.map(toShiftResponse) }, 200);
  });

  app.openapi(routes.addOverride, async (c) => {
    const { config, caller } = c.var;
    const { person, startsAt, endsAt } = c.req.valid('json');
    const override = { person, startsAt: Date.parse(startsAt), endsAt: Date.parse(endsAt) };
    const added = await addOverride(config, c.req.valid('param').id, override, caller);
    return added.ok ? c.json(toOverrideResponse(added.value), 201) : toProblem(added.error);
  });

  app.openapi(routes.removeOverride, async (c) => {
    const { config, caller } = c.var;
    const { id: schedule, overrideId } = c.req.valid('param');
    const removed = await removeOverride(config, schedule, overrideId, caller);
    return removed.ok ? c.body(null, 204) : toProblem(removed.error);
  });
}
