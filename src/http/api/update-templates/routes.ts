// Owns /api/v1/update-templates: list, create, get, update, delete.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  createUpdateTemplate,
  deleteUpdateTemplate,
  unknownTemplate,
  updateUpdateTemplate,
} from '../../../services/update-templates/update-templates.ts';
import { findUpdateTemplate, listUpdateTemplates } from '../../../store/update-templates.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
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
  toUpdateTemplateResponse,
  updateTemplateInputSchema,
  updateTemplatePatchSchema,
  updateTemplateSchema,
} from './schema.ts';

const PATH = '/api/v1/update-templates';
const about = { tags: ['Update templates'], security };
const outcomes = { ...badBody, ...unauthorized, ...notFound, ...conflict, ...invalidInput };
const params = z.object({
  id: z.string().meta({ description: 'The id of the update template.', example: 'slow' }),
});

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: PATH,
    operationId: 'listUpdateTemplates',
    summary: 'List update templates',
    responses: {
      200: json(
        z.strictObject({
          updateTemplates: z.array(updateTemplateSchema).meta({ description: 'All update templates.' }),
        }),
        'All update templates, ordered by name.',
      ),
      ...unauthorized,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: PATH,
    operationId: 'createUpdateTemplate',
    summary: 'Create an update template',
    description:
      'Creates a text to begin an incident update with. If you omit `id`, it is derived from the name.',
    request: { body: jsonBody(updateTemplateInputSchema, 'The update template.') },
    responses: {
      201: jsonWithEtag(updateTemplateSchema, 'The new update template. `Location` is its path.'),
      ...outcomes,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: `${PATH}/{id}`,
    operationId: 'getUpdateTemplate',
    summary: 'Get an update template',
    request: { params },
    responses: {
      200: jsonWithEtag(updateTemplateSchema, 'The update template.'),
      ...unauthorized,
      ...notFound,
    },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: `${PATH}/{id}`,
    operationId: 'updateUpdateTemplate',
    summary: 'Update an update template',
    description: 'Updates the fields you send (RFC 7396).',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(updateTemplatePatchSchema, 'The fields to update.'),
    },
    responses: {
      200: jsonWithEtag(updateTemplateSchema, 'The updated update template.'),
      ...outcomes,
      ...preconditionFailed,
    },
  }),
  remove: createRoute({
    ...about,
    method: 'delete',
    path: `${PATH}/{id}`,
    operationId: 'deleteUpdateTemplate',
    summary: 'Delete an update template',
    description: 'Deletes an update template. What was written with it stays.',
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

export function addUpdateTemplateRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const rows = await listUpdateTemplates(c.var.config.db);
    return c.json({ updateTemplates: rows.map(toUpdateTemplateResponse) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const created = await createUpdateTemplate(config, c.req.valid('json'), caller);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `${PATH}/${created.value.id}`);
    c.header('etag', etagOf(created.value));
    return c.json(toUpdateTemplateResponse(created.value), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { id } = c.req.valid('param');
    const row = await findUpdateTemplate(c.var.config.db, id);
    if (!row) return problem('not-found', unknownTemplate(id).message);
    c.header('etag', etagOf(row));
    return c.json(toUpdateTemplateResponse(row), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const expected = c.req.valid('header')['if-match'];
    const { id } = c.req.valid('param');
    const changed = await updateUpdateTemplate(config, id, c.req.valid('json'), caller, expected);
    if (!changed.ok) return toProblem(changed.error);
    c.header('etag', etagOf(changed.value));
    return c.json(toUpdateTemplateResponse(changed.value), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { config, caller } = c.var;
    const expected = c.req.valid('header')['if-match'];
    const deleted = await deleteUpdateTemplate(config, c.req.valid('param').id, caller, expected);
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });
}
