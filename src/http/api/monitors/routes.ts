// Owns /api/v1/monitors: list, create, get, update, delete, explain. Does not know what a valid change is: services do.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { isInside } from '../../../access/restriction.ts';
import { type Explanation, explain } from '../../../engine/explain/explain.ts';
import { type Inside, isWindowInside, readInside, showMonitor } from '../../../services/access/inside.ts';
import { ifInside } from '../../../services/access/references.ts';
import { writtenMonitor } from '../../../services/monitors/audit-monitor.ts';
import { createMonitor, deleteMonitor, updateMonitor } from '../../../services/monitors/monitors.ts';
import { unnotifiedMonitors } from '../../../services/routes/unnotified-monitors.ts';
import { readCertificates } from '../../../store/certificates.ts';
import { findMonitor, findMonitors, type MonitorRow } from '../../../store/monitors.ts';
import { findWindow } from '../../../store/windows.ts';
import type { HttpEnv } from '../../context.ts';
import { loadMesh, type MeshSnapshot, meshAfterCommit, monitorStatus } from '../../monitor-status.ts';
import { problem, toProblem } from '../../problems.ts';
import { iso } from '../common.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
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
  monitorInputSchema,
  monitorPatchSchema,
  monitorSchema,
  patchMonitor,
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
    description:
      'Lists all monitors that your access includes, or those of them that every given filter matches.',
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
      'Creates a monitor. The first checks run from all of its locations at once. If you omit `id`, it is derived from the name. With a restriction by tag, set one of your tags and list `channels`.',
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
      "Updates the fields you send (RFC 7396): objects merge, lists are replaced, and null restores the default. A check of another type replaces the old one. A null secret keeps its stored value. Unused secrets are deleted. Changing the target resets the monitor's state. If nothing differs, nothing changes, and the ETag stays. With a restriction by tag, ids that you cannot see stay in `dependsOn` and `channels`.",
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
      'Deletes a monitor. Its open incident, if any, ends with the reason `deleted`. The response is 409 with `references` if a monitor depends on it, or if a maintenance or silence lists it and is not over. `detach=true` removes its id from all of them. A window that would cover nothing is deleted, and an active silence ends. With a restriction by tag, the response is also 409 if something that you cannot see names the monitor.',
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

/** `inside`: what the caller sees. The response names nothing else. */
function toMonitorResponse(
  row: MonitorRow,
  mesh: MeshSnapshot,
  now: number,
  inside: Inside | null,
): MonitorResponse {
  const { verdict, since, incidentId, flapping, warnings, maintenance } = monitorStatus(mesh, row, now);
  return {
    ...(writtenMonitor(showMonitor(inside, row)) as ReturnType<typeof writtenMonitor> &
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
    const { config, now, caller } = c.var;
    const [{ rows, mesh }, inside] = await Promise.all([
      filterMonitors(config.db, c.req.valid('query'), () => loadMesh(config.db, now)),
      readInside(config.db, caller.restriction),
    ]);
    const shown = rows.filter((row) => isInside(caller.restriction, row));
    return c.json({ monitors: shown.map((row) => toMonitorResponse(row, mesh, mesh.now, inside)) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, now, caller } = c.var;
    const created = await createMonitor(config, c.req.valid('json'), caller);
    if (!created.ok) return toProblem(created.error);
    const { monitor, state } = created.value;
    c.header('location', `/api/v1/monitors/${monitor.id}`);
    c.header('etag', etagOf(monitor));
    const mesh = await meshAfterCommit(config.db, state, now);
    const inside = await readInside(config.db, caller.restriction);
    return c.json(toMonitorResponse(monitor, mesh, now, inside), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { config, now, caller } = c.var;
    const { id } = c.req.valid('param');
    const [found, mesh] = await Promise.all([findMonitor(config.db, id), loadMesh(config.db, now)]);
    const row = ifInside(caller.restriction, found);
    if (!row) return missing(id);
    c.header('etag', etagOf(row));
    const inside = await readInside(config.db, caller.restriction);
    return c.json(toMonitorResponse(row, mesh, mesh.now, inside), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, now, caller } = c.var;
    const { id } = c.req.valid('param');
    const patch = (row: MonitorRow) => patchMonitor(writtenMonitor(row), c.req.valid('json'));
    const updated = await updateMonitor(config, id, patch, caller, c.req.valid('header')['if-match']);
    if (!updated.ok) return toProblem(updated.error);
    const { monitor, state } = updated.value;
    c.header('etag', etagOf(monitor));
    const mesh = await meshAfterCommit(config.db, state, now);
    const inside = await readInside(config.db, caller.restriction);
    return c.json(toMonitorResponse(monitor, mesh, now, inside), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { id } = c.req.valid('param');
    const detach = c.req.valid('query').detach === 'true';
    const expectedVersion = c.req.valid('header')['if-match'];
    const deleted = await deleteMonitor(c.var.config, id, c.var.caller, { expectedVersion, detach });
    if (!deleted.ok) return toProblem(deleted.error);
    return detach ? c.json(toDetachedResponse(deleted.value), 200) : c.body(null, 204);
  });

  app.openapi(routes.explain, async (c) => {
    const { config, now, caller } = c.var;
    const { id } = c.req.valid('param');
    const [found, mesh] = await Promise.all([findMonitor(config.db, id), loadMesh(config.db, now)]);
    const row = ifInside(caller.restriction, found);
    const { state } = mesh;
    if (!row || !state.monitors.has(row.number)) return missing(id);
    const explained = explain(state, row.number, mesh.now);
    const isUnnotified = (await unnotifiedMonitors(config.db, mesh.now, id)).length > 0;
    const explanation = isUnnotified
      ? { ...explained, why: `${explained.why} ${UNNOTIFIED_TEXT}` }
      : explained;
    const { suppressed } = explanation;
    const dependency = suppressed?.by === 'dependency' ? [suppressed.monitor] : [];
    const rows = await findMonitors(config.db, new Set(dependency));
    const inside = await readInside(config.db, caller.restriction);
    const names = {
      monitorId: (number: number) => ifInside(caller.restriction, rows.get(number))?.id ?? null,
      windowId: await shownWindowId(config.db, inside, suppressed),
    };
    const certificates = await readCertificates(config.db, row.number);
    return c.json(toExplanationResponse(id, explanation, names, certificates), 200);
  });
}

/** Routes decide that, which the engine does not know. */
const UNNOTIFIED_TEXT = 'An outage of this monitor notifies no channel.';

/** The id of the window that suppresses, if the caller sees it. */
async function shownWindowId(
  db: D1Database,
  inside: Inside | null,
  suppressed: Explanation['suppressed'],
): Promise<string | null> {
  if (suppressed?.by !== 'maintenance' && suppressed?.by !== 'silence') return null;
  // The engine knows a window as `<kind>:<id>`.
  const id = suppressed.id.replace(/^[a-z]+:/, '');
  if (inside === null) return id;
  const window = await findWindow(db, suppressed.by, id);
  return window && isWindowInside(inside, window) ? id : null;
}
