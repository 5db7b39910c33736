// Owns /api/v1/incidents: the history, newest first, in pages, and what people do with an incident.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { readInside } from '../../../services/access/inside.ts';
import { type ActionRequest, actOnIncident } from '../../../services/incidents/act-on-incident.ts';
import { isIncidentInside, unknownIncident } from '../../../services/incidents/incident-access.ts';
import { listActions } from '../../../store/incident-actions.ts';
import { findIncident, listIncidents } from '../../../store/incidents.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { limitSchema, nextCursorSchema } from '../cursor.ts';
import { filterId, filterTime } from '../filters.ts';
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
import { incidentCursor, incidentCursorSchema } from './position.ts';
import {
  acknowledgeSchema,
  commentSchema,
  incidentDetailSchema,
  incidentSchema,
  rowOfDrill,
  snoozeSchema,
  toIncidentDetail,
  toIncidentResponse,
} from './schema.ts';

const about = { tags: ['Incidents'], security };

const list = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/incidents',
  operationId: 'listIncidents',
  summary: 'List incidents, newest first',
  description:
    'Lists incidents in pages. With a restriction by tag: those of the monitors that you see, and none of a location or of a deleted monitor.',
  request: {
    query: z.strictObject({
      state: z
        .enum(['open', 'resolved'])
        .optional()
        .meta({ description: 'Filter by state.', example: 'open' }),
      monitor: filterId('Filter by monitor id.'),
      location: filterId('Filter by location id: incidents of the location itself.', 'aws:eu-central-1', 64),
      since: filterTime('Filter by start: at this time or later.'),
      until: filterTime('Filter by start: before this time.'),
      limit: limitSchema('incidents'),
      cursor: incidentCursorSchema,
    }),
  },
  responses: {
    200: json(
      z.strictObject({
        incidents: z.array(incidentSchema).meta({ description: 'The incidents of this page.' }),
        nextCursor: nextCursorSchema,
      }),
      'A page of incidents.',
    ),
    ...unauthorized,
    ...invalidInput,
  },
});

const params = z.object({
  id: z.string().meta({ description: 'The id of the incident.', example: 'inc_mbx1k2_7' }),
});

const get = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/incidents/{id}',
  operationId: 'getIncident',
  summary: 'Get an incident with its evidence and actions',
  request: { params },
  responses: { 200: json(incidentDetailSchema, 'The incident.'), ...unauthorized, ...notFound },
});

const action = <const P extends string, const I extends string, S extends z.ZodType>(
  path: P,
  operationId: I,
  texts: { readonly summary: string; readonly description: string },
  body: ReturnType<typeof jsonBody<S>>,
) =>
  createRoute({
    ...about,
    method: 'post',
    path,
    operationId,
    ...texts,
    request: { params, body },
    responses: {
      200: json(incidentDetailSchema, 'The incident as it is now.'),
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...badBody,
      ...invalidInput,
    },
  });

const actions = {
  acknowledge: action(
    '/api/v1/incidents/{id}/acknowledge',
    'acknowledgeIncident',
    {
      summary: 'Acknowledge an incident',
      description:
        'Stops reminders and escalation until the incident ends or becomes an outage. Every channel that was notified gets `incident.acknowledged`. If the incident is acknowledged already, nothing changes. The response is 409 if it has ended.',
    },
    jsonBody(acknowledgeSchema, 'The acknowledgement.'),
  ),
  unacknowledge: action(
    '/api/v1/incidents/{id}/unacknowledge',
    'unacknowledgeIncident',
    {
      summary: 'Withdraw an acknowledgement',
      description:
        'Ends the acknowledgement or the snooze: reminders and escalation continue. Every channel that was notified gets `incident.commented`. The response is 409 if the incident has ended.',
    },
    jsonBody(z.strictObject({}).meta({ description: 'No fields.' }), 'An empty object.'),
  ),
  snooze: action(
    '/api/v1/incidents/{id}/snooze',
    'snoozeIncident',
    {
      summary: 'Snooze an incident',
      description:
        'Pauses reminders and escalation for some minutes. They continue afterwards if the incident is still open. A snooze replaces an acknowledgement. Every channel that was notified gets `incident.acknowledged` with `snoozedUntil`. The response is 409 if the incident has ended.',
    },
    jsonBody(snoozeSchema, 'The snooze.'),
  ),
  comment: action(
    '/api/v1/incidents/{id}/comments',
    'commentIncident',
    {
      summary: 'Comment on an incident',
      description:
        'Adds a comment for the team, also after the incident has ended. The status page does not show it. Every channel that was notified gets `incident.commented`.',
    },
    jsonBody(commentSchema, 'The comment.'),
  ),
};

export function addIncidentRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(list, async (c) => {
    const { config, now, caller } = c.var;
    const inside = await readInside(config.db, caller.restriction);
    const { state, monitor, location, since, until, limit, cursor } = c.req.valid('query');
    const page = await listIncidents(config.db, {
      state,
      monitorId: monitor,
      monitors: inside?.monitorRows ?? null,
      location,
      since,
      until,
      after: cursor,
      limit: Number(limit),
    });
    const incidents = page.rows.map((row) => toIncidentResponse(row, config.publicUrl, now));
    return c.json({ incidents, nextCursor: incidentCursor(page.next) }, 200);
  });

  app.openapi(get, async (c) => {
    const { config, now, caller } = c.var;
    const { id } = c.req.valid('param');
    const [row, rows, inside] = await Promise.all([
      findIncident(config.db, id),
      listActions(config.db, id),
      readInside(config.db, caller.restriction),
    ]);
    if (!row || !isIncidentInside(inside, row)) return problem('not-found', unknownIncident(id));
    return c.json(toIncidentDetail(row, rows, config.publicUrl, now), 200);
  });

  app.openapi(actions.acknowledge, async (c) => {
    const { text = null } = c.req.valid('json');
    return act(c, c.req.valid('param').id, { action: 'acknowledged', text });
  });
  app.openapi(actions.unacknowledge, (c) => act(c, c.req.valid('param').id, { action: 'unacknowledged' }));
  app.openapi(actions.snooze, async (c) => {
    const { minutes, text = null } = c.req.valid('json');
    const until = c.var.caller.now + minutes * 60_000;
    return act(c, c.req.valid('param').id, { action: 'snoozed', text, until });
  });
  app.openapi(actions.comment, (c) =>
    act(c, c.req.valid('param').id, { action: 'commented', text: c.req.valid('json').text }),
  );
}

async function act(c: Context<HttpEnv>, id: string, request: ActionRequest) {
  const { config, caller } = c.var;
  const done = await actOnIncident(config, id, request, caller, { via: 'api' });
  if (!done.ok) return toProblem(done.error);
  const { incident } = done.value;
  const row = incident.row ?? rowOfDrill(incident);
  return c.json(toIncidentDetail(row, incident.actions, config.publicUrl, caller.now), 200);
}
