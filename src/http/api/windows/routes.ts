// /api/v1/maintenances and /api/v1/silences: list, create, read, change, delete.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { err } from '../../../result.ts';
import { createWindow, deleteWindow, updateWindow } from '../../../services/windows/windows.ts';
import { findWindow, listWindows, type WindowKind, type WindowRow } from '../../../store/windows.ts';
import type { HttpEnv } from '../../context.ts';
import { invalid, problem, toProblem } from '../../problems.ts';
import { describeIssues } from '../field-errors.ts';
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
  maintenanceInputSchema,
  maintenancePatchSchema,
  maintenanceSchema,
  mergeWindow,
  readWindow,
  showMaintenance,
  silenceInputSchema,
  silencePatchSchema,
  silenceSchema,
  toWindowResponse,
  type WindowInput,
} from './schema.ts';

const query = z.strictObject({
  state: z
    .enum(['active', 'scheduled', 'ended'])
    .optional()
    .meta({ description: 'Only these.', example: 'active' }),
});

/** Everything in which the two differ. */
const KINDS = {
  maintenance: {
    path: '/api/v1/maintenances',
    plural: 'maintenances',
    Name: 'Maintenance',
    tag: 'Maintenance',
    example: 'database-upgrade',
    input: maintenanceInputSchema,
    patch: maintenancePatchSchema,
    output: maintenanceSchema,
    show: showMaintenance,
    deletion: 'It ends at once, and what was withheld is told.',
  },
  silence: {
    path: '/api/v1/silences',
    plural: 'silences',
    Name: 'Silence',
    tag: 'Silences',
    example: 'known-problem',
    input: silenceInputSchema,
    patch: silencePatchSchema,
    output: silenceSchema,
    show: toWindowResponse,
    deletion: 'One that has begun ends now and stays to be read; one that has not is removed.',
  },
} as const;

export function addWindowRoutes(app: OpenAPIHono<HttpEnv>, kind: WindowKind): void {
  const { path, plural, Name, tag, example, input, patch, output, show, deletion } = KINDS[kind];
  const about = { tags: [tag], security };
  const params = z.object({ id: z.string().meta({ description: 'Its id.', example }) });
  const missing = (id: string) =>
    problem('not-found', `There is no ${kind} "${id}". GET ${path} lists them.`);
  const outcomes = { ...badBody, ...unauthorized, ...notFound, ...conflict, ...invalidInput };

  const list = createRoute({
    ...about,
    method: 'get',
    path,
    operationId: `list${Name}s`,
    summary: `List ${plural}`,
    request: { query },
    responses: {
      200: json(z.strictObject({ [plural]: z.array(output) }), 'By id.'),
      ...unauthorized,
      ...invalidInput,
    },
  });
  app.openapi(list, async (c) => {
    const { config, now } = c.var;
    const { state } = c.req.valid('query');
    const shown = (await listWindows(config.db, kind)).map((row) => show(row, now));
    return c.json(
      { [plural]: shown.filter((one) => state === undefined || one.state === state) } as never,
      200,
    );
  });

  const create = createRoute({
    ...about,
    method: 'post',
    path,
    operationId: `create${Name}`,
    summary: `Create a ${kind}`,
    description: 'An absent id is made from the name.',
    request: { body: jsonBody(input, 'What to create.') },
    responses: { 201: json(output, 'Created; `Location` says where.'), ...outcomes },
  });
  app.openapi(create, async (c) => {
    const { config, now } = c.var;
    const read = readWindow(kind, c.req.valid('json') as WindowInput, now);
    if (!read.ok) return toProblem(read.error);
    const created = await createWindow(config, kind, read.value, now);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `${path}/${created.value.id}`);
    return c.json(show(created.value, now) as never, 201);
  });

  const one = createRoute({
    ...about,
    method: 'get',
    path: `${path}/{id}`,
    operationId: `get${Name}`,
    summary: `Read one ${kind}`,
    request: { params },
    responses: { 200: json(output, 'It.'), ...unauthorized, ...notFound },
  });
  app.openapi(one, async (c) => {
    const { id } = c.req.valid('param');
    const row = await findWindow(c.var.config.db, kind, id);
    return row ? c.json(show(row, c.var.now) as never, 200) : missing(id);
  });

  const change = createRoute({
    ...about,
    method: 'patch',
    path: `${path}/{id}`,
    operationId: `patch${Name}`,
    summary: `Change a ${kind}`,
    description: 'Only the given fields change.',
    request: { params, body: jsonBody(patch, 'What to change.') },
    responses: { 200: json(output, 'It, as it is now.'), ...outcomes },
  });
  app.openapi(change, async (c) => {
    const { config, now } = c.var;
    const { id } = c.req.valid('param');
    const patch = (stored: WindowRow) => {
      const merged = input.safeParse(mergeWindow(stored, c.req.valid('json') as Partial<WindowInput>));
      if (!merged.success) return err(invalid(describeIssues(merged.error)));
      const read = readWindow(kind, merged.data as WindowInput, now);
      return read.ok ? read : err(toProblem(read.error));
    };
    const updated = await updateWindow(config, kind, id, patch, now);
    if (updated.ok) return c.json(show(updated.value, now) as never, 200);
    return updated.error instanceof Response ? updated.error : toProblem(updated.error);
  });

  const remove = createRoute({
    ...about,
    method: 'delete',
    path: `${path}/{id}`,
    operationId: `delete${Name}`,
    summary: `Delete a ${kind}`,
    description: deletion,
    request: { params },
    responses: {
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  });
  app.openapi(remove, async (c) => {
    const { config, now } = c.var;
    const deleted = await deleteWindow(config, kind, c.req.valid('param').id, now);
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });
}
