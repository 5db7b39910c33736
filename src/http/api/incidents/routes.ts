// /api/v1/incidents: the history, newest first, in pages.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { findIncident, type IncidentPosition, listIncidents } from '../../../store/incidents.ts';
import type { HttpEnv } from '../../context.ts';
import { problem } from '../../problems.ts';
import { invalidInput, json, notFound, security, unauthorized } from '../responses.ts';
import { incidentSchema, showIncident } from './schema.ts';

const about = { tags: ['Incidents'], security };

const CURSOR_HELP = 'Send the nextCursor of the page before, unchanged.';

const cursorSchema = z
  .string()
  .max(400)
  .transform((text, context): IncidentPosition => {
    const position = decodeCursor(text);
    if (position) return position;
    context.addIssue({ code: 'custom', message: `This is no cursor. ${CURSOR_HELP}` });
    return z.NEVER;
  })
  .meta({ description: CURSOR_HELP, type: 'string' });

const listRoute = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/incidents',
  operationId: 'listIncidents',
  summary: 'List incidents, newest first',
  request: {
    query: z.strictObject({
      state: z.enum(['open', 'resolved']).optional().meta({ description: 'Only these.', example: 'open' }),
      monitor: z
        .string()
        .max(63)
        .optional()
        .meta({ description: "Only this monitor's, by id.", example: 'web-shop' }),
      location: z
        .string()
        .max(64)
        .optional()
        .meta({ description: "Only this location's own.", example: 'aws:eu-central-1' }),
      limit: z
        .string()
        .regex(/^([1-9]|[1-9][0-9]|100)$/, { error: 'Write a whole number from 1 to 100.' })
        .default('20')
        .meta({
          description: 'At most this many, 1 to 100.',
          type: 'integer',
          minimum: 1,
          maximum: 100,
          default: 20,
          example: 20,
        }),
      cursor: cursorSchema.optional(),
    }),
  },
  responses: {
    200: json(
      z.strictObject({
        incidents: z.array(incidentSchema),
        nextCursor: z.string().nullable().meta({ description: 'Of the next page; null on the last.' }),
      }),
      'One page.',
    ),
    ...unauthorized,
    ...invalidInput,
  },
});

const readRoute = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/incidents/{id}',
  operationId: 'getIncident',
  summary: 'Read one incident with its evidence',
  request: { params: z.object({ id: z.string().meta({ example: 'inc_mbx1k2_7' }) }) },
  responses: { 200: json(incidentSchema, 'The incident.'), ...unauthorized, ...notFound },
});

export function addIncidentRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(listRoute, async (c) => {
    const { config, now } = c.var;
    const { state, monitor, location, limit, cursor } = c.req.valid('query');
    const page = await listIncidents(config.db, {
      state,
      monitorId: monitor,
      location,
      after: cursor,
      limit: Number(limit),
    });
    const incidents = page.rows.map((row) => showIncident(row, config.publicUrl, now));
    return c.json({ incidents, nextCursor: page.next ? encodeCursor(page.next) : null }, 200);
  });

  app.openapi(readRoute, async (c) => {
    const { config, now } = c.var;
    const { id } = c.req.valid('param');
    const row = await findIncident(config.db, id);
    if (!row) return problem('not-found', `There is no incident "${id}". GET /api/v1/incidents lists them.`);
    return c.json(showIncident(row, config.publicUrl, now), 200);
  });
}

/** Opaque on purpose: what is inside may change. */
const encodeCursor = ({ startedAt, id }: IncidentPosition): string =>
  btoa(`${startedAt}.${id}`).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

function decodeCursor(text: string): IncidentPosition | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return null;
  const match = /^(\d{1,16})\.([\x21-\x7e]{1,128})$/.exec(
    atob(text.replaceAll('-', '+').replaceAll('_', '/')),
  );
  return match ? { startedAt: Number(match[1]), id: match[2] as string } : null;
}
