// Owns /api/v1/announcements: list, create, get, update, delete.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  createAnnouncement,
  deleteAnnouncement,
  listShownAnnouncements,
  readAnnouncement,
  shownAnnouncement,
  unknownAnnouncement,
  updateAnnouncement,
} from '../../../services/announcements/announcements.ts';
import type { AnnouncementRow } from '../../../store/announcements.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { timeOf } from '../common.ts';
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
  announcementFieldsSchema,
  announcementInputSchema,
  announcementPatchSchema,
  announcementSchema,
  mergeAnnouncement,
  toAnnouncementResponse,
} from './schema.ts';

const PATH = '/api/v1/announcements';
const about = { tags: ['Announcements'], security };
const outcomes = { ...badBody, ...unauthorized, ...notFound, ...conflict, ...invalidInput };
const params = z.object({
  id: z.string().meta({ description: 'The id of the announcement.', example: 'ann_4x8j2m0q7c1v9b3n5k6p' }),
});

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: PATH,
    operationId: 'listAnnouncements',
    summary: 'List announcements',
    responses: {
      200: json(
        z.strictObject({
          announcements: z.array(announcementSchema).meta({ description: 'All announcements.' }),
        }),
        'All announcements, the newest first.',
      ),
      ...unauthorized,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: PATH,
    operationId: 'createAnnouncement',
    summary: 'Create an announcement',
    description: 'Creates an announcement for the readers of status pages.',
    request: { body: jsonBody(announcementInputSchema, 'The announcement.') },
    responses: {
      201: jsonWithEtag(announcementSchema, 'The new announcement. `Location` is its path.'),
      ...outcomes,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: `${PATH}/{id}`,
    operationId: 'getAnnouncement',
    summary: 'Get an announcement',
    request: { params },
    responses: { 200: jsonWithEtag(announcementSchema, 'The announcement.'), ...unauthorized, ...notFound },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: `${PATH}/{id}`,
    operationId: 'updateAnnouncement',
    summary: 'Update an announcement',
    description:
      'Updates the fields you send (RFC 7396). One that was sent to subscribers is not sent again.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(announcementPatchSchema, 'The fields to update.'),
    },
    responses: {
      200: jsonWithEtag(announcementSchema, 'The updated announcement.'),
      ...outcomes,
      ...preconditionFailed,
    },
  }),
  remove: createRoute({
    ...about,
    method: 'delete',
    path: `${PATH}/{id}`,
    operationId: 'deleteAnnouncement',
    summary: 'Delete an announcement',
    description: 'Deletes an announcement. To keep it for the team, set `endsAt` instead.',
    request: { params, headers: ifMatchHeaders },
    responses: {
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
};

export function addAnnouncementRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { config, caller } = c.var;
    const rows = await listShownAnnouncements(config.db, caller);
    return c.json({ announcements: rows.map(toAnnouncementResponse) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const { startsAt, endsAt, ...fields } = c.req.valid('json');
    const times = { startsAt: timeOf(startsAt), endsAt: timeOf(endsAt) };
    const created = await createAnnouncement(config, { ...fields, ...times }, caller);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `${PATH}/${created.value.id}`);
    c.header('etag', etagOf(created.value));
    return c.json(toAnnouncementResponse(created.value), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { config, caller } = c.var;
    const { id } = c.req.valid('param');
    const read = await readAnnouncement(config.db, id, caller);
    if (!read) return problem('not-found', unknownAnnouncement(id).message);
    c.header('etag', etagOf(read.row));
    return c.json(toAnnouncementResponse(shownAnnouncement(read.naming, read.row)), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const changes = c.req.valid('json');
    const patch = (stored: AnnouncementRow) => {
      const parsed = parseFields(announcementFieldsSchema, mergeAnnouncement(stored, changes));
      if (!parsed.ok) return parsed;
      const { startsAt, endsAt } = parsed.value;
      const times = { startsAt: Date.parse(startsAt), endsAt: timeOf(endsAt) };
      return { ok: true as const, value: { ...parsed.value, ...times } };
    };
    const expected = c.req.valid('header')['if-match'];
    const changed = await updateAnnouncement(config, c.req.valid('param').id, patch, caller, expected);
    if (!changed.ok) return toProblem(changed.error);
    c.header('etag', etagOf(changed.value));
    return c.json(toAnnouncementResponse(changed.value), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { config, caller } = c.var;
    const expected = c.req.valid('header')['if-match'];
    const deleted = await deleteAnnouncement(config, c.req.valid('param').id, caller, expected);
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });
}
