// Owns /api/v1/monitors: list, create, get, update, delete, explain. Does not know what a valid change is: services do.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { explain } from '../../../engine/explain/explain.ts';
import { createMonitor, deleteMonitor, updateMonitor } from '../../../services/monitors/monitors.ts';
import { findMonitor, findMonitors, type MonitorRow } from '../../../store/monitors.ts';
import type { HttpEnv } from '../../context.ts';
import { loadMesh, type MeshSnapshot, meshAfterCommit, monitorStatus } from '../../monitor-status.ts';
import { problem, toProblem } from '../../problems.ts';
import { iso } from '../common.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import { parseFields } from '../field-errors.ts';
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
import { explanationSchema, toExplanationResponse } from './explain-schema.ts';
import { filterMonitors, monitorsQuery } from './filter.ts';
import {
  type MonitorResponse,
  mergeMonitor,
  monitorInputSchema,
  monitorPatchSchema,
  monitorSchema,
} from './schema.ts';

const params = z.object({ id: z.string().meta({ description: "The monitor's id.", example: 'web-shop' }) });
const about = { tags: ['Monitors'], security };

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/monitors',
    operationId: 'listMonitors',
    summary: 'List monitors',
    description: 'Lists all monitors, or those that every given filter matches.',
    request: { query: monitorsQuery },
    responses: {
      200: json(
        z.strictObject({ monitors: z.array(monitorSchema).meta({ description: 'The monitors.' }) }),
        'The monitors, ordered by name.',
      ),
      ...unauthorized,
      ...invalidInput,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/monitors',
    operationId: 'createMonitor',
    summary: 'Create a monitor',
    description:
      'Creates a monitor. The first checks run from all of its locations at once. If you omit `id`, it is derived from the name.',
    request: { body: jsonBody(monitorInputSchema, 'The monitor.') },
    responses: {
      201: jsonWithEtag(monitorSchema, 'The new monitor. `Location` is its path.'),
      ...badBody,
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/monitors/{id}',
    operationId: 'getMonitor',
    summary: 'Get a monitor',
    request: { params },
    responses: { 200: jsonWithEtag(monitorSchema, 'The monitor.'), ...unauthorized, ...notFound },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: '/api/v1/monitors/{id}',
    operationId: 'updateMonitor',
    summary: 'Update a monitor',
    description:
      "Updates the fields you send (RFC 7396): objects merge, lists are replaced, and null restores the default. A check of another type replaces the old one. A null secret keeps its stored value. Unused secrets are deleted. Changing the target resets the monitor's state.",
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(monitorPatchSchema, 'The fields to update.'),
    },
    responses: {
      200: jsonWithEtag(monitorSchema, 'The updated monitor.'),
      ...badBody,
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
  remove: createRoute({
    ...about,
    method: 'delete',
    path: '/api/v1/monitors/{id}',
    operationId: 'deleteMonitor',
    summary: 'Delete a monitor',
    description:
      'Deletes a monitor. Its open incident, if any, ends with the reason `deleted`. The response is 409 with `references` if a monitor depends on it, or if a maintenance or silence lists it and is not over. `detach=true` removes its id from all of them. A window that would cover nothing is deleted, and an active silence ends.',
    request: { params, headers: ifMatchHeaders, query: detachQuery },
    responses: {
      200: json(detachedSchema, 'Deleted with `detach=true`. Lists what was changed besides.'),
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
  explain: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/monitors/{id}/explain',
    operationId: 'explainMonitor',
    summary: 'Explain a verdict',
    description: 'Returns the votes, the streaks, the quorum, the open round and the next checks.',
    request: { params },
    responses: { 200: json(explanationSchema, 'The explanation.'), ...unauthorized, ...notFound },
  }),
};

const missing = (id: string) =>
  problem('not-found', `Unknown monitor "${id}". GET /api/v1/monitors lists all monitors.`);

/** The part of a row that people write. */
function configurationOf(row: MonitorRow) {
  const { number: _, secrets: _s, version: _v, createdAt: _c, updatedAt: _u, ...configuration } = row;
  return configuration;
}

function toMonitorResponse(row: MonitorRow, mesh: MeshSnapshot, now: number): MonitorResponse {
  const { verdict, since, incidentId, flapping, warnings, maintenance } = monitorStatus(mesh, row, now);
  return {
    ...(configurationOf(row) as ReturnType<typeof configurationOf> &
      Pick<MonitorResponse, 'check' | 'intervalSeconds'>),
    verdict,
    since: iso(since),
    incidentId,
    flapping,
    warnings: [...warnings],
    maintenance,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

export function addMonitorRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { config, now } = c.var;
    const { rows, mesh } = await filterMonitors(config.db, c.req.valid('query'), () =>
      loadMesh(config.db, now),
    );
    return c.json({ monitors: rows.map((row) => toMonitorResponse(row, mesh, mesh.now)) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, now } = c.var;
    const created = await createMonitor(config, c.req.valid('json'), now);
    if (!created.ok) return toProblem(created.error);
    const { monitor, state } = created.value;
    c.header('location', `/api/v1/monitors/${monitor.id}`);
    c.header('etag', etagOf(monitor));
    return c.json(toMonitorResponse(monitor, await meshAfterCommit(config.db, state, now), now), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { config, now } = c.var;
    const { id } = c.req.valid('param');
    const [row, mesh] = await Promise.all([findMonitor(config.db, id), loadMesh(config.db, now)]);
    if (!row) return missing(id);
    c.header('etag', etagOf(row));
    return c.json(toMonitorResponse(row, mesh, mesh.now), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, now } = c.var;
    const { id } = c.req.valid('param');
    const patch = (row: MonitorRow) =>
      parseFields(monitorInputSchema, mergeMonitor(configurationOf(row), c.req.valid('json')));
    const updated = await updateMonitor(config, id, patch, now, c.req.valid('header')['if-match']);
    if (!updated.ok) return toProblem(updated.error);
    const { monitor, state } = updated.value;
    c.header('etag', etagOf(monitor));
    return c.json(toMonitorResponse(monitor, await meshAfterCommit(config.db, state, now), now), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { id } = c.req.valid('param');
    const detach = c.req.valid('query').detach === 'true';
    const expectedVersion = c.req.valid('header')['if-match'];
    const deleted = await deleteMonitor(c.var.config, id, c.var.now, { expectedVersion, detach });
    if (!deleted.ok) return toProblem(deleted.error);
    return detach ? c.json(toDetachedResponse(deleted.value), 200) : c.body(null, 204);
  });

  app.openapi(routes.explain, async (c) => {
    const { config, now } = c.var;
    const { id } = c.req.valid('param');
    const [row, mesh] = await Promise.all([findMonitor(config.db, id), loadMesh(config.db, now)]);
    const { state } = mesh;
    if (!row || !state.monitors.has(row.number)) return missing(id);
    const explanation = explain(state, row.number, mesh.now);
    const { suppressed } = explanation;
    const dependency = suppressed?.by === 'dependency' ? [suppressed.monitor] : [];
    const rows = await findMonitors(config.db, new Set(dependency));
    return c.json(toExplanationResponse(id, explanation, rows), 200);
  });
}
