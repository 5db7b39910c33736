// Owns /api/v1/subscribers: list, add, delete, import, export.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  addSubscriber,
  deleteSubscriber,
  exportSubscribers,
  importList,
  listShownSubscribers,
} from '../../../services/subscribers/subscribers.ts';
import type { HttpEnv } from '../../context.ts';
import { csvLine } from '../../csv.ts';
import { invalid, toProblem } from '../../problems.ts';
import { cursorSchema, encodeCursor, limitSchema, nextCursorSchema } from '../cursor.ts';
import { fieldError } from '../field-errors.ts';
import { filterId } from '../filters.ts';
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
import {
  importedSchema,
  kindSchema,
  subscriberInputSchema,
  subscriberSchema,
  toSubscriberResponse,
} from './schema.ts';

const PATH = '/api/v1/subscribers';
const about = { tags: ['Subscribers'], security };
const outcomes = { ...badBody, ...unauthorized, ...notFound, ...invalidInput };
const parseId = (text: string): string | null => (/^sub_[a-z0-9]{20}$/.test(text) ? text : null);
const page = filterId('Filter by the id of the status page.', 'default');
const csv = (description: string) => ({
  'text/csv': {
    schema: z.string().meta({
      description,
      example: 'kind,address,scope,language\nemail,reader@example.com,page,en\n',
    }),
  },
});

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: PATH,
    operationId: 'listSubscribers',
    summary: 'List subscribers',
    request: {
      query: z.strictObject({
        page,
        kind: kindSchema.optional(),
        state: z
          .enum(['pending', 'active', 'disabled'])
          .optional()
          .meta({ description: 'Filter by state.', example: 'active' }),
        address: z.string().max(1_000).optional().meta({
          description: 'Filter by the whole address. Needs `page`, and `kind` unless it is an email address.',
          example: 'reader@example.com',
        }),
        limit: limitSchema('subscribers'),
        cursor: cursorSchema(parseId).optional(),
      }),
    },
    responses: {
      200: json(
        z.strictObject({
          subscribers: z.array(subscriberSchema).meta({ description: 'The subscribers of this page.' }),
          nextCursor: nextCursorSchema,
        }),
        'A page of subscribers, ordered by id.',
      ),
      ...unauthorized,
      ...invalidInput,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: PATH,
    operationId: 'createSubscriber',
    summary: 'Add a subscriber',
    description: 'Adds a subscriber. Unless `confirmed` is true, the address has to confirm first.',
    request: { body: jsonBody(subscriberInputSchema, 'The subscriber.') },
    responses: { 201: json(subscriberSchema, 'The new subscriber.'), ...outcomes, ...conflict },
  }),
  remove: createRoute({
    ...about,
    method: 'delete',
    path: `${PATH}/{id}`,
    operationId: 'deleteSubscriber',
    summary: 'Delete a subscriber',
    description: 'Deletes a subscriber with its address, and what is on the way to it.',
    request: {
      params: z.object({
        id: z
          .string()
          .meta({ description: 'The id of the subscriber.', example: 'sub_4x8j2m0q7c1v9b3n5k6p' }),
      }),
    },
    responses: { 204: { description: 'Deleted.' }, ...unauthorized, ...notFound },
  }),
  export: createRoute({
    ...about,
    method: 'get',
    path: `${PATH}/export`,
    operationId: 'exportSubscribers',
    summary: 'Export subscribers',
    description: 'Streams all subscribers as CSV, which an import reads again.',
    request: { query: z.strictObject({ page }) },
    responses: {
      200: { description: 'All subscribers.', content: csv('One subscriber a line.') },
      ...unauthorized,
      ...invalidInput,
    },
  }),
  import: createRoute({
    ...about,
    method: 'post',
    path: `${PATH}/import`,
    operationId: 'importSubscribers',
    summary: 'Import subscribers',
    description:
      'Adds or updates up to 2,000 subscribers of a page from CSV. The first line names the columns: `address`, and `kind`, `scope`, `language` and `state` if you want. They are active at once, so import only addresses that agreed. If a row is wrong, nothing is imported.',
    request: {
      query: z.strictObject({
        page: z.string().max(63).default('default').meta({
          description: 'The id of the status page. Default: `default`, the page at `/`.',
          example: 'default',
        }),
      }),
      body: { required: true, description: 'The list.', content: csv('One subscriber a line.') },
    },
    responses: { 200: json(importedSchema, 'The list was imported.'), ...outcomes },
  }),
};

export function addSubscriberRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { page: pageId, kind, state, address, limit, cursor } = c.req.valid('query');
    if (address !== undefined && pageId === undefined)
      return invalid([fieldError(['page'], 'Required with `address`.')]);
    const ofAddress = address === undefined ? kind : (kind ?? 'email');
    const found = await listShownSubscribers(
      c.var.config,
      { pageId, kind: ofAddress, state, address, after: cursor ?? null, limit: Number(limit) + 1 },
      c.var.now,
    );
    const shown = found.slice(0, Number(limit));
    const nextCursor = found.length > shown.length ? encodeCursor(shown.at(-1)!.row.id) : null;
    return c.json({ subscribers: shown.map(toSubscriberResponse), nextCursor } as never, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { page: pageId, ...input } = c.req.valid('json');
    const added = await addSubscriber(c.var.config, { pageId, ...input }, c.var.caller);
    if (!added.ok) return toProblem(added.error) as never;
    return c.json(toSubscriberResponse(added.value) as never, 201);
  });

  app.openapi(routes.remove, async (c) => {
    const deleted = await deleteSubscriber(c.var.config, c.req.valid('param').id, c.var.caller);
    return deleted.ok ? c.body(null, 204) : (toProblem(deleted.error) as never);
  });

  app.openapi(routes.export, (c) => {
    const date = new Date(c.var.now).toISOString().slice(0, 10);
    return c.body(exportedCsv(exportSubscribers(c.var.config, c.req.valid('query').page)), 200, {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="subscribers-${date}.csv"`,
    }) as never;
  });

  app.openapi(routes.import, async (c) => {
    const { page: pageId } = c.req.valid('query');
    const imported = await importList(c.var.config, pageId, await c.req.text(), c.var.caller);
    if (imported.ok) return c.json(imported.value, 200);
    if (imported.error.kind !== 'list') return toProblem(imported.error) as never;
    return invalid(
      imported.error.errors.map(({ line, column, message }) =>
        fieldError([`line ${line}`, ...(column === '' ? [] : [column])], message),
      ),
    );
  });
}

const COLUMNS = [
  ...['id', 'page', 'kind', 'address', 'scope', 'language', 'state', 'disabledReason'],
  ...['createdAt', 'confirmedAt'],
] as const;

/** A failure of the database ends the stream with an error, so that the file is not complete. */
function exportedCsv(parts: ReturnType<typeof exportSubscribers>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode(csvLine(COLUMNS))),
    async pull(controller) {
      const { value, done } = await parts.next();
      if (done) return controller.close();
      const lines = value.map((one) => {
        const shown = toSubscriberResponse(one);
        const scope = shown.scope === 'page' ? 'page' : shown.scope.join('; ');
        return csvLine(COLUMNS.map((name) => (name === 'scope' ? scope : shown[name as 'id'])));
      });
      controller.enqueue(encoder.encode(lines.join('')));
    },
    cancel: async () => void (await parts.return(undefined)),
  });
}
