// /api/v1/monitors: list, create, read, change, delete, explain.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { explain } from '../../../engine/explain/explain.ts';
import { err, ok } from '../../../result.ts';
import { createMonitor, deleteMonitor, updateMonitor } from '../../../services/monitors/monitors.ts';
import { findMonitor, listMonitors, type MonitorRow } from '../../../store/monitors.ts';
import type { HttpEnv } from '../../context.ts';
import { loadMesh, type MeshSnapshot, meshAfterCommit, monitorStatus } from '../../monitor-status.ts';
import { invalid, problem, toProblem } from '../../problems.ts';
import { iso } from '../common.ts';
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
import { explanationSchema, toExplanationResponse } from './explain-schema.ts';
import {
  type MonitorView,
  mergeMonitor,
  monitorInputSchema,
  monitorPatchSchema,
  monitorSchema,
} from './schema.ts';

const params = z.object({ id: z.string().meta({ description: "The monitor's id.", example: 'web-shop' }) });
const about = { tags: ['Monitors'], security };

const listRoute = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/monitors',
  operationId: 'listMonitors',
  summary: 'List all monitors',
  responses: {
    200: json(z.strictObject({ monitors: z.array(monitorSchema) }), 'Every monitor, by name.'),
    ...unauthorized,
  },
});

const createRoute_ = createRoute({
  ...about,
  method: 'post',
  path: '/api/v1/monitors',
  operationId: 'createMonitor',
  summary: 'Create a monitor',
  description: 'It is looked at from all of its locations at once. An absent id is made from the name.',
  request: { body: jsonBody(monitorInputSchema, 'The monitor.') },
  responses: {
    201: { ...json(monitorSchema, 'Created; `Location` says where.') },
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
  },
});

const readRoute = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/monitors/{id}',
  operationId: 'getMonitor',
  summary: 'Read one monitor',
  request: { params },
  responses: { 200: json(monitorSchema, 'The monitor.'), ...unauthorized, ...notFound },
});

const changeRoute = createRoute({
  ...about,
  method: 'patch',
  path: '/api/v1/monitors/{id}',
  operationId: 'patchMonitor',
  summary: 'Change a monitor',
  description:
    'Only the given fields change; `alert` and `check` merge one level deep (null gives an option of the check its default again), `check.secrets` by name, and a check of another type replaces the old one. A secret that nothing uses any more is forgotten. A new target starts afresh.',
  request: { params, body: jsonBody(monitorPatchSchema, 'What to change.') },
  responses: {
    200: json(monitorSchema, 'The monitor as it is now.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
  },
});

const deleteRoute = createRoute({
  ...about,
  method: 'delete',
  path: '/api/v1/monitors/{id}',
  operationId: 'deleteMonitor',
  summary: 'Delete a monitor',
  description: 'An open incident of it ends with the reason "deleted".',
  request: { params },
  responses: { 204: { description: 'Deleted.' }, ...unauthorized, ...notFound, ...conflict, ...invalidInput },
});

const explainRoute = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/monitors/{id}/explain',
  operationId: 'explainMonitor',
  summary: 'Why the verdict is what it is',
  description: 'Votes, streaks, quorum, the open round and the next looks.',
  request: { params },
  responses: { 200: json(explanationSchema, 'The explanation.'), ...unauthorized, ...notFound },
});

const missing = (id: string) =>
  problem('not-found', `There is no monitor "${id}". GET /api/v1/monitors lists them.`);

function show(row: MonitorRow, mesh: MeshSnapshot, now: number): MonitorView {
  const { number: _, secrets: _sealed, version: _version, createdAt, updatedAt, ...configuration } = row;
  const { verdict, since, incidentId, flapping, warnings, maintenance } = monitorStatus(mesh, row, now);
  return {
    ...(configuration as Omit<MonitorRow, 'number' | 'secrets' | 'version' | 'createdAt' | 'updatedAt'> &
      Pick<MonitorView, 'check' | 'intervalSeconds'>),
    verdict,
    since: iso(since),
    incidentId,
    flapping,
    warnings: [...warnings],
    maintenance,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}

export function addMonitorRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(listRoute, async (c) => {
    const { config, now } = c.var;
    const [rows, mesh] = await Promise.all([listMonitors(config.db), loadMesh(config.db, now)]);
    return c.json({ monitors: rows.map((row) => show(row, mesh, now)) }, 200);
  });

  app.openapi(createRoute_, async (c) => {
    const { config, now } = c.var;
    const created = await createMonitor(config, c.req.valid('json'), now);
    if (!created.ok) return toProblem(created.error);
    const { monitor, state } = created.value;
    c.header('location', `/api/v1/monitors/${monitor.id}`);
    return c.json(show(monitor, meshAfterCommit(state, now), now), 201);
  });

  app.openapi(readRoute, async (c) => {
    const { config, now } = c.var;
    const { id } = c.req.valid('param');
    const [row, mesh] = await Promise.all([findMonitor(config.db, id), loadMesh(config.db, now)]);
    return row ? c.json(show(row, mesh, now), 200) : missing(id);
  });

  app.openapi(changeRoute, async (c) => {
    const { config, now } = c.var;
    const { id } = c.req.valid('param');
    const patch = (row: MonitorRow) => {
      const { number: _, secrets: _sealed, version: _version, createdAt: _c, updatedAt: _u, ...stored } = row;
      const merged = monitorInputSchema.safeParse(mergeMonitor(stored, c.req.valid('json')));
      return merged.success ? ok(merged.data) : err(invalid(describeIssues(merged.error)));
    };
    const updated = await updateMonitor(config, id, patch, now);
    if (!updated.ok) return updated.error instanceof Response ? updated.error : toProblem(updated.error);
    const { monitor, state } = updated.value;
    return c.json(show(monitor, meshAfterCommit(state, now), now), 200);
  });

  app.openapi(deleteRoute, async (c) => {
    const deleted = await deleteMonitor(c.var.config, c.req.valid('param').id, c.var.now);
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });

  app.openapi(explainRoute, async (c) => {
    const { config, now } = c.var;
    const { id } = c.req.valid('param');
    const [row, { state }] = await Promise.all([findMonitor(config.db, id), loadMesh(config.db, now)]);
    if (!row || !state.monitors.has(row.number)) return missing(id);
    return c.json(toExplanationResponse(id, explain(state, row.number, now)), 200);
  });
}
