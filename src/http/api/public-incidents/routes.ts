// Owns /api/v1/public-incidents: incidents in the words of people, their updates, publication and postmortem.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import {
  type ReadIncident,
  readIncident,
  unknownPublicIncident,
} from '../../../services/public-incidents/change-incident.ts';
import {
  addIncidentUpdate,
  deleteIncidentUpdate,
  editIncidentUpdate,
  type IncidentUpdateEdit,
} from '../../../services/public-incidents/incident-updates.ts';
import { listPublicIncidents } from '../../../services/public-incidents/list-public-incidents.ts';
import { shownIncident } from '../../../services/public-incidents/naming.ts';
import {
  createPublicIncident,
  deletePublicIncident,
  type PublicIncidentPatch,
  publishIncident,
  updatePublicIncident,
  writePostmortem,
} from '../../../services/public-incidents/public-incidents.ts';
import type { IncidentUpdateRow } from '../../../store/public-incidents.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { iso, timeOf } from '../common.ts';
import { encodeCursor } from '../cursor.ts';
import { etagOf } from '../etag.ts';
import { parseFields } from '../field-errors.ts';
import { PATH, routes } from './definitions.ts';
import { toPublicIncidentResponse } from './response.ts';
import { incidentUpdateFieldsSchema, mergePublicIncident, publicIncidentFieldsSchema } from './schema.ts';

/** With the version of the incident, which is that of its updates too. */
function shown(c: Context<HttpEnv>, read: ReadIncident) {
  c.header('etag', etagOf(read.incident));
  return toPublicIncidentResponse(read, c.var.config.publicUrl);
}

export function addPublicIncidentRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { config, caller } = c.var;
    const { state, open, limit, cursor } = c.req.valid('query');
    const filter = { state, open, after: cursor, limit: Number(limit) };
    const { rows, next } = await listPublicIncidents(config.db, filter, caller);
    const publicIncidents = rows.map((read) => toPublicIncidentResponse(read, config.publicUrl));
    const nextCursor = next === null ? null : encodeCursor(`${next.startedAt}.${next.id}`);
    return c.json({ publicIncidents, nextCursor }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const { startedAt, at, ...fields } = c.req.valid('json');
    const wanted = { ...fields, startedAt: timeOf(startedAt), at: timeOf(at) };
    const created = await createPublicIncident(config, wanted, caller);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `${PATH}/${created.value.incident.id}`);
    return c.json(shown(c, created.value), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { config, caller } = c.var;
    const { id: wanted } = c.req.valid('param');
    const read = await readIncident(config.db, wanted, caller);
    if (!read) return problem('not-found', unknownPublicIncident(wanted).message);
    const { incident, measured, naming } = read;
    return c.json(shown(c, { incident: shownIncident(naming, incident, measured), measured }), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const changes = c.req.valid('json');
    const patch = (stored: PublicIncidentPatch) => {
      const parsed = parseFields(publicIncidentFieldsSchema, mergePublicIncident(stored, changes));
      if (!parsed.ok) return parsed;
      return { ok: true as const, value: { ...parsed.value, startedAt: Date.parse(parsed.value.startedAt) } };
    };
    const expected = c.req.valid('header')['if-match'];
    const changed = await updatePublicIncident(config, c.req.valid('param').id, patch, caller, expected);
    return changed.ok ? c.json(shown(c, changed.value), 200) : toProblem(changed.error);
  });

  app.openapi(routes.remove, async (c) => {
    const { config, caller } = c.var;
    const expected = c.req.valid('header')['if-match'];
    const deleted = await deletePublicIncident(config, c.req.valid('param').id, caller, expected);
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });

  app.openapi(routes.publish, async (c) => {
    const { config, caller } = c.var;
    const expected = c.req.valid('header')['if-match'];
    const publication = c.req.valid('json');
    const changed = await publishIncident(config, c.req.valid('param').id, publication, caller, expected);
    return changed.ok ? c.json(shown(c, changed.value), 200) : toProblem(changed.error);
  });

  app.openapi(routes.addUpdate, async (c) => {
    const { config, caller } = c.var;
    const { at, ...fields } = c.req.valid('json');
    const expected = c.req.valid('header')['if-match'];
    const wanted = { ...fields, at: timeOf(at) };
    const changed = await addIncidentUpdate(config, c.req.valid('param').id, wanted, caller, expected);
    return changed.ok ? c.json(shown(c, changed.value), 201) : toProblem(changed.error);
  });

  app.openapi(routes.editUpdate, async (c) => {
    const { config, caller } = c.var;
    const changes = c.req.valid('json');
    const patch = ({ status, body, components, at }: IncidentUpdateRow) => {
      const merged = { status, body, components, at: iso(at), ...changes };
      const parsed = parseFields(incidentUpdateFieldsSchema, merged);
      if (!parsed.ok) return parsed;
      const value: IncidentUpdateEdit = { ...parsed.value, at: Date.parse(parsed.value.at) };
      return { ok: true as const, value };
    };
    const expected = c.req.valid('header')['if-match'];
    const { id: incident, updateId: update } = c.req.valid('param');
    const changed = await editIncidentUpdate(config, incident, update, patch, caller, expected);
    return changed.ok ? c.json(shown(c, changed.value), 200) : toProblem(changed.error);
  });

  app.openapi(routes.removeUpdate, async (c) => {
    const { config, caller } = c.var;
    const expected = c.req.valid('header')['if-match'];
    const { id: incident, updateId: update } = c.req.valid('param');
    const changed = await deleteIncidentUpdate(config, incident, update, caller, expected);
    return changed.ok ? c.json(shown(c, changed.value), 200) : toProblem(changed.error);
  });

  app.openapi(routes.writePostmortem, async (c) => {
    const { config, caller } = c.var;
    const expected = c.req.valid('header')['if-match'];
    const written = c.req.valid('json');
    const changed = await writePostmortem(config, c.req.valid('param').id, written, caller, expected);
    return changed.ok ? c.json(shown(c, changed.value), 200) : toProblem(changed.error);
  });

  app.openapi(routes.removePostmortem, async (c) => {
    const { config, caller } = c.var;
    const expected = c.req.valid('header')['if-match'];
    const changed = await writePostmortem(config, c.req.valid('param').id, null, caller, expected);
    return changed.ok ? c.json(shown(c, changed.value), 200) : toProblem(changed.error);
  });
}
