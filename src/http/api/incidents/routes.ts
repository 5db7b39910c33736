// Owns /api/v1/incidents: the history, newest first, in pages.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { type Inside, readInside } from '../../../services/access/inside.ts';
import {
  findIncident,
  type IncidentPosition,
  type IncidentRow,
  listIncidents,
} from '../../../store/incidents.ts';
import type { HttpEnv } from '../../context.ts';
import { problem } from '../../problems.ts';
import { cursorSchema, encodeCursor, limitSchema, nextCursorSchema } from '../cursor.ts';
import { filterId, filterTime } from '../filters.ts';
import { invalidInput, json, notFound, security, unauthorized } from '../responses.ts';
import { incidentSchema, toIncidentResponse } from './schema.ts';

const about = { tags: ['Incidents'], security };

function parsePosition(text: string): IncidentPosition | null {
  const match = /^(\d{1,16})\.([\x21-\x7e]{1,128})$/.exec(text);
  return match ? { startedAt: Number(match[1]), id: match[2] as string } : null;
}

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
      cursor: cursorSchema(parsePosition).optional(),
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

const get = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/incidents/{id}',
  operationId: 'getIncident',
  summary: 'Get an incident with its evidence',
  request: { params: z.object({ id: z.string().meta({ example: 'inc_mbx1k2_7' }) }) },
  responses: { 200: json(incidentSchema, 'The incident.'), ...unauthorized, ...notFound },
});

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
    return c.json({ incidents, nextCursor: page.next ? cursorOf(page.next) : null }, 200);
  });

  app.openapi(get, async (c) => {
    const { config, now, caller } = c.var;
    const { id } = c.req.valid('param');
    const [row, inside] = await Promise.all([
      findIncident(config.db, id),
      readInside(config.db, caller.restriction),
    ]);
    if (!row || !isIncidentInside(inside, row))
      return problem('not-found', `Unknown incident "${id}". GET /api/v1/incidents lists all incidents.`);
    return c.json(toIncidentResponse(row, config.publicUrl, now), 200);
  });
}

/** An incident follows its monitor. One of a location, or of a deleted monitor, belongs to no team. */
const isIncidentInside = (inside: Inside | null, { location, monitorNumber }: IncidentRow): boolean =>
  inside === null || (location === null && inside.monitorRows.some(({ number }) => number === monitorNumber));

const cursorOf = ({ startedAt, id }: IncidentPosition): string => encodeCursor(`${startedAt}.${id}`);
