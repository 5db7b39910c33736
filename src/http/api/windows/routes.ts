// Owns /api/v1/maintenances and /api/v1/silences: list, create, get, update, end, delete.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Restriction } from '../../../access/restriction.ts';
import type { Result, ValidationError } from '../../../result.ts';
import { windowsInside } from '../../../services/windows/window-access.ts';
import {
  createWindow,
  deleteWindow,
  endWindow,
  updateWindow,
  type WindowDefinition,
} from '../../../services/windows/windows.ts';
import { findMonitor } from '../../../store/monitors.ts';
import { isCovered } from '../../../store/window-scope.ts';
import {
  findWindow,
  listWindows,
  listWindowsAndMonitors,
  type WindowKind,
  type WindowRow,
} from '../../../store/windows.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import { type InvalidFields, parseFields } from '../field-errors.ts';
import { filterId, isFound, searchSchema } from '../filters.ts';
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
  maintenanceInputSchema,
  maintenancePatchSchema,
  maintenanceSchema,
  mergeWindow,
  notifyQuery,
  silenceInputSchema,
  silencePatchSchema,
  silenceSchema,
  toDefinition,
  toMaintenanceResponse,
  toSilenceResponse,
  type WindowInput,
  type WindowPatch,
  withEnded,
} from './schema.ts';

const query = z.strictObject({
  state: z
    .enum(['active', 'scheduled', 'ended'])
    .optional()
    .meta({ description: 'Filter by state.', example: 'active' }),
  monitor: filterId('Filter by monitor id: windows that apply to it, by id, by tag, or to all.'),
  q: searchSchema('the name or the id'),
});

/** All differences between the two kinds. */
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
    toResponse: toMaintenanceResponse,
    ending:
      'Ends an active maintenance: problems that persist are notified. Of a recurring one, the current occurrence ends, and the next ones stay: `PATCH` with `endedAt` null lets it go on. A maintenance that is not active does not change, so that you can repeat the request. The response is 409 if a one-time maintenance has not begun: delete it instead.',
    deletion: 'Deletes a maintenance. An active one ends now, and problems that persist are notified.',
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
    toResponse: toSilenceResponse,
    ending:
      'Ends an active silence: problems that persist are notified. A silence that has ended does not change, so that you can repeat the request. The response is 409 if it has not begun: delete it instead.',
    deletion: 'Deletes a silence. An active one ends now and stays readable. A scheduled one is removed.',
  },
} as const;

/** What a restriction shows. Without one, the monitors need not be read. */
async function shownWindows(
  db: D1Database,
  kind: WindowKind,
  restriction: Restriction,
): Promise<readonly WindowRow[]> {
  if (restriction === null) return listWindows(db, kind);
  const { windows, monitors } = await listWindowsAndMonitors(db, kind);
  return windowsInside(restriction, windows, monitors);
}

const findShownWindow = async (db: D1Database, kind: WindowKind, id: string, restriction: Restriction) =>
  restriction === null
    ? findWindow(db, kind, id)
    : (await shownWindows(db, kind, restriction)).find((row) => row.id === id);

export function addWindowRoutes(app: OpenAPIHono<HttpEnv>, kind: WindowKind): void {
  const { path, plural, Name, tag, example, input, patch, output, toResponse, ending, deletion } =
    KINDS[kind];
  const about = { tags: [tag], security };
  const params = z.object({ id: z.string().meta({ description: `The id of the ${kind}.`, example }) });
  const missing = (id: string) =>
    problem('not-found', `Unknown ${kind} "${id}". GET ${path} lists all ${plural}.`);
  // A silence is not public.
  const choice = kind === 'maintenance' ? { query: notifyQuery } : {};
  const optionsOf = (c: {
    req: {
      valid(part: 'header'): { 'if-match'?: number | undefined };
      query(name: string): string | undefined;
    };
  }) => ({
    expectedVersion: c.req.valid('header')['if-match'],
    notify: c.req.query('notify') === 'true',
  });
  const outcomes = { ...badBody, ...unauthorized, ...notFound, ...conflict, ...invalidInput };

  const list = createRoute({
    ...about,
    method: 'get',
    path,
    operationId: `list${Name}s`,
    summary: `List ${plural}`,
    request: { query },
    responses: {
      200: json(
        z.strictObject({ [plural]: z.array(output).meta({ description: `All ${plural}.` }) }),
        `All ${plural}, ordered by id.`,
      ),
      ...unauthorized,
      ...invalidInput,
    },
  });
  app.openapi(list, async (c) => {
    const { config, now, caller } = c.var;
    const { state, monitor, q } = c.req.valid('query');
    const [rows, covered] = await Promise.all([
      shownWindows(config.db, kind, caller.restriction),
      monitor === undefined ? null : findMonitor(config.db, monitor),
    ]);
    const shown = rows
      .filter((row) => monitor === undefined || (covered !== null && isCovered(row, covered)))
      .filter(({ id, name }) => isFound(q, [id, name]))
      .map((row) => toResponse(row, now))
      .filter((window) => state === undefined || window.state === state);
    return c.json({ [plural]: shown } as never, 200);
  });

  const create = createRoute({
    ...about,
    method: 'post',
    path,
    operationId: `create${Name}`,
    summary: `Create a ${kind}`,
    description: `Creates a ${kind}. If you omit \`id\`, it is derived from the name.`,
    request: { body: jsonBody(input, `The ${kind}.`) },
    responses: { 201: jsonWithEtag(output, `The new ${kind}. \`Location\` is its path.`), ...outcomes },
  });
  app.openapi(create, async (c) => {
    const { config, now, caller } = c.var;
    const definition = toDefinition(c.req.valid('json') as WindowInput, now);
    if (!definition.ok) return toProblem(definition.error);
    const created = await createWindow(config, kind, definition.value, caller);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `${path}/${created.value.id}`);
    c.header('etag', etagOf(created.value));
    return c.json(toResponse(created.value, now) as never, 201);
  });

  const get = createRoute({
    ...about,
    method: 'get',
    path: `${path}/{id}`,
    operationId: `get${Name}`,
    summary: `Get a ${kind}`,
    request: { params },
    responses: { 200: jsonWithEtag(output, `The ${kind}.`), ...unauthorized, ...notFound },
  });
  app.openapi(get, async (c) => {
    const { id } = c.req.valid('param');
    const row = await findShownWindow(c.var.config.db, kind, id, c.var.caller.restriction);
    if (!row) return missing(id);
    c.header('etag', etagOf(row));
    return c.json(toResponse(row, c.var.now) as never, 200);
  });

  const update = createRoute({
    ...about,
    method: 'patch',
    path: `${path}/{id}`,
    operationId: `update${Name}`,
    summary: `Update a ${kind}`,
    description: 'Updates the fields you send (RFC 7396).',
    request: { params, headers: ifMatchHeaders, body: mergePatchBody(patch, 'The fields to update.') },
    responses: { 200: jsonWithEtag(output, `The updated ${kind}.`), ...outcomes, ...preconditionFailed },
  });
  app.openapi(update, async (c) => {
    const { config, now, caller } = c.var;
    const { id } = c.req.valid('param');
    const patch = (stored: WindowRow): Result<WindowDefinition, ValidationError | InvalidFields> => {
      const changes = c.req.valid('json') as WindowPatch;
      const merged = mergeWindow(stored, changes);
      const parsed = parseFields<WindowInput>(input, merged);
      if (!parsed.ok) return parsed;
      const definition = toDefinition(parsed.value, now);
      return definition.ok ? withEnded(stored, changes, definition.value, now) : definition;
    };
    const updated = await updateWindow(config, kind, id, patch, caller, c.req.valid('header')['if-match']);
    if (!updated.ok) return toProblem(updated.error);
    c.header('etag', etagOf(updated.value));
    return c.json(toResponse(updated.value, now) as never, 200);
  });

  const end = createRoute({
    ...about,
    method: 'post',
    path: `${path}/{id}/end`,
    operationId: `end${Name}`,
    summary: `End a ${kind} now`,
    description: ending,
    request: { params, headers: ifMatchHeaders, ...choice },
    responses: {
      200: jsonWithEtag(output, `The ${kind}, which is not active any more.`),
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  });
  app.openapi(end, async (c) => {
    const { config, now, caller } = c.var;
    const { id } = c.req.valid('param');
    const ended = await endWindow(config, kind, id, caller, optionsOf(c));
    if (!ended.ok) return toProblem(ended.error);
    c.header('etag', etagOf(ended.value));
    return c.json(toResponse(ended.value, now) as never, 200);
  });

  const remove = createRoute({
    ...about,
    method: 'delete',
    path: `${path}/{id}`,
    operationId: `delete${Name}`,
    summary: `Delete a ${kind}`,
    description: deletion,
    request: { params, headers: ifMatchHeaders, ...choice },
    responses: {
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  });
  app.openapi(remove, async (c) => {
    const { config, caller } = c.var;
    const { id } = c.req.valid('param');
    const deleted = await deleteWindow(config, kind, id, caller, optionsOf(c));
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });
}
