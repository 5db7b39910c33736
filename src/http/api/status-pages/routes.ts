// Owns /api/v1/status-pages: list, create, get, update, delete.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { PageDefinition } from '../../../services/status-pages/page-record.ts';
import type { PlannedPage } from '../../../services/status-pages/plan-page.ts';
import {
  createPage,
  deletePage,
  findPage,
  listPages,
  unknownPage,
  updatePage,
} from '../../../services/status-pages/status-pages.ts';
import { listPageTargets } from '../../../store/status-page-targets.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import { parseFields } from '../field-errors.ts';
import { isFound, searchSchema } from '../filters.ts';
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
import { mergePage, toPageResponse } from './response.ts';
import { type PageInput, pageInputSchema, pagePatchSchema, pageSchema } from './schema.ts';

const PATH = '/api/v1/status-pages';
const params = z.object({
  id: z
    .string()
    .meta({ description: 'The id of the status page. `default` is the page at `/`.', example: 'shop' }),
});
const about = { tags: ['Status pages'], security };
const outcomes = { ...badBody, ...unauthorized, ...notFound, ...conflict, ...invalidInput };

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: PATH,
    operationId: 'listStatusPages',
    summary: 'List status pages',
    request: { query: z.strictObject({ q: searchSchema('the title, the id or the host') }) },
    responses: {
      200: json(
        z.strictObject({ statusPages: z.array(pageSchema).meta({ description: 'All status pages.' }) }),
        'All status pages, ordered by id. The page `default` always exists.',
      ),
      ...unauthorized,
      ...invalidInput,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: PATH,
    operationId: 'createStatusPage',
    summary: 'Create a status page',
    description: 'Creates a status page. If you omit `id`, it is derived from the title.',
    request: { body: jsonBody(pageInputSchema, 'The status page.') },
    responses: {
      201: jsonWithEtag(pageSchema, 'The new status page. `Location` is its path.'),
      ...outcomes,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: `${PATH}/{id}`,
    operationId: 'getStatusPage',
    summary: 'Get a status page',
    request: { params },
    responses: { 200: jsonWithEtag(pageSchema, 'The status page.'), ...unauthorized, ...notFound },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: `${PATH}/{id}`,
    operationId: 'updateStatusPage',
    summary: 'Update a status page',
    description:
      'Updates the fields you send (RFC 7396). A change of `access` ends the access of all readers, who ask for it again.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(pagePatchSchema, 'The fields to update.'),
    },
    responses: {
      200: jsonWithEtag(pageSchema, 'The updated status page.'),
      ...outcomes,
      ...preconditionFailed,
    },
  }),
  remove: createRoute({
    ...about,
    method: 'delete',
    path: `${PATH}/{id}`,
    operationId: 'deleteStatusPage',
    summary: 'Delete a status page',
    description:
      'Deletes a status page and its subscribers. The page `default` gets its defaults again, and keeps its subscribers.',
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

export function addStatusPageRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { config, caller } = c.var;
    const { q } = c.req.valid('query');
    const [pages, targets] = await Promise.all([listPages(config.db, caller), listPageTargets(config.db)]);
    const rows = pages.filter(({ id, title, host }) => isFound(q, [id, title, host ?? '']));
    const statusPages = await Promise.all(rows.map((row) => toPageResponse(config, caller, row, targets)));
    return c.json({ statusPages }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const created = await createPage(config, c.req.valid('json'), caller);
    if (!created.ok) return toProblem(created.error);
    const { row, feedKey } = created.value as PlannedPage;
    c.header('location', `${PATH}/${row.id}`);
    c.header('etag', etagOf(row));
    const targets = await listPageTargets(config.db);
    return c.json(await toPageResponse(config, caller, row, targets, feedKey), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { config, caller } = c.var;
    const { id } = c.req.valid('param');
    const [row, targets] = await Promise.all([findPage(config.db, id, caller), listPageTargets(config.db)]);
    if (row === null) return problem('not-found', unknownPage(id).message);
    c.header('etag', etagOf(row));
    return c.json(await toPageResponse(config, caller, row, targets), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const changes = c.req.valid('json');
    const patch = (stored: PageDefinition) =>
      parseFields<PageInput>(pageInputSchema, mergePage(stored, changes));
    const expected = c.req.valid('header')['if-match'];
    const updated = await updatePage(config, c.req.valid('param').id, patch, caller, expected);
    if (!updated.ok) return toProblem(updated.error);
    const { row, feedKey } = updated.value;
    c.header('etag', etagOf(row));
    const targets = await listPageTargets(config.db);
    return c.json(await toPageResponse(config, caller, row, targets, feedKey), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { config, caller } = c.var;
    const deleted = await deletePage(
      config,
      c.req.valid('param').id,
      caller,
      c.req.valid('header')['if-match'],
    );
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });
}
