// Owns /api/v1/monitor-views: filters of the list of monitors with a name, of one person or of everybody.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { deleteView, saveView, visibleViews } from '../../../services/saved-views/saved-views.ts';
import { readViews, type StoredView } from '../../../store/saved-views.ts';
import type { HttpEnv } from '../../context.ts';
import { toProblem } from '../../problems.ts';
import { iso, nameSchema, timeSchema } from '../common.ts';
import {
  badBody,
  conflict,
  invalidInput,
  json,
  jsonBody,
  notFound,
  security,
  unauthorized,
} from '../responses.ts';

const fields = {
  name: nameSchema
    .refine((name) => name.length <= 40, { error: 'Must be 1 to 40 characters.' })
    .meta({ description: 'The name of the view.', example: 'Shop, failing' }),
  query: z
    .string()
    .max(800, { error: 'Must have at most 800 characters.' })
    .regex(/^((state|tag|group|type|location|channel|q|sort)=[\x21-\x25\x27-\x7e]*(&|$))*$/, {
      error: 'Must be the filters of the address of the list, such as state=down&tag=team:shop.',
    })
    .meta({
      description:
        'The filters and the order, as the address of the list of monitors in the dashboard has them.',
      example: 'state=down&tag=team:shop',
    }),
  shared: z.boolean().meta({ description: 'Whether everybody sees it. Otherwise only you.', example: false }),
};

const viewInputSchema = z
  .strictObject({ ...fields, shared: fields.shared.default(false) })
  .meta({ id: 'MonitorViewInput', description: 'A view to save.' });
const viewSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id of the view.', example: 'view_5n2kq8' }),
    ...fields,
    createdAt: timeSchema,
  })
  .meta({ id: 'MonitorView', description: 'A named filter of the list of monitors.' });

const about = { tags: ['Monitors'], security };
const path = '/api/v1/monitor-views';

const routes = {
  list: createRoute({
    ...{ ...about, path, method: 'get', operationId: 'listMonitorViews' },
    summary: 'List saved views',
    description:
      'Lists your own views of the list of monitors, and those of everybody. With a restriction by tag, only those that were saved with the same one.',
    responses: {
      200: json(
        z.strictObject({ views: z.array(viewSchema).meta({ description: 'The views.' }) }),
        'The views, oldest first.',
      ),
      ...unauthorized,
    },
  }),
  create: createRoute({
    ...{ ...about, path, method: 'post', operationId: 'createMonitorView' },
    summary: 'Save a view',
    description: 'Saves filters of the list of monitors under a name. `shared` needs the role `editor`.',
    request: { body: jsonBody(viewInputSchema, 'The view.') },
    responses: {
      201: json(viewSchema, 'The view.'),
      ...badBody,
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  }),
  remove: createRoute({
    ...{ ...about, path: `${path}/{id}`, method: 'delete', operationId: 'deleteMonitorView' },
    summary: 'Delete a view',
    description: 'Deletes one of your own views. One of everybody needs the role `editor`.',
    request: {
      params: z.object({
        id: z.string().meta({ description: 'The id of the view.', example: 'view_5n2kq8' }),
      }),
    },
    responses: {
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  }),
} as const;

const toResponse = ({ id, name, query, personId, createdAt }: StoredView): z.output<typeof viewSchema> => ({
  ...{ id, name, query, shared: personId === null, createdAt: iso(createdAt) },
});

export function addMonitorViewRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const views = visibleViews(await readViews(c.var.config.db), c.var.caller);
    return c.json({ views: views.map(toResponse) }, 200);
  });
  app.openapi(routes.create, async (c) => {
    const saved = await saveView(c.var.config, c.req.valid('json'), c.var.caller);
    return saved.ok ? c.json(toResponse(saved.value), 201) : toProblem(saved.error);
  });
  app.openapi(routes.remove, async (c) => {
    const deleted = await deleteView(c.var.config, c.req.valid('param').id, c.var.caller);
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });
}
