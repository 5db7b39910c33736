// Owns /api/v1/sessions: those of the person who asks, and of every person for admins. Another person's session does not
// exist for the others.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { unknownPerson } from '../../../services/people/person.ts';
import { isSessionOver } from '../../../services/sessions/find-session.ts';
import { revokeSession } from '../../../services/sessions/revoke-sessions.ts';
import { findPerson } from '../../../store/people.ts';
import { listSessions } from '../../../store/sessions.ts';
import type { HttpEnv } from '../../context.ts';
import { invalid, problem } from '../../problems.ts';
import { fieldError } from '../field-errors.ts';
import { filterId } from '../filters.ts';
import { invalidInput, json, notFound, security, unauthorized } from '../responses.ts';
import { sessionSchema, toSessionResponse } from './schema.ts';

const about = { tags: ['Sessions'], security };

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/sessions',
    operationId: 'listSessions',
    summary: 'List sessions',
    description: 'Lists your sessions. An admin can list those of another person.',
    request: {
      query: z.strictObject({
        person: filterId(
          'The id of the person. Default: you. An API key must send it.',
          'per_4q0rk2m9s7w1x3z5b8d6',
        ),
      }),
    },
    responses: {
      200: json(
        z.strictObject({
          sessions: z.array(sessionSchema).meta({ description: 'Sessions that have not ended.' }),
        }),
        'The sessions, newest first.',
      ),
      ...unauthorized,
      ...notFound,
      ...invalidInput,
    },
  }),
  revoke: createRoute({
    ...about,
    method: 'delete',
    path: '/api/v1/sessions/{id}',
    operationId: 'revokeSession',
    summary: 'Revoke a session',
    description: 'Ends one of your sessions at once. An admin can end those of every person.',
    request: {
      params: z.object({
        id: z.string().meta({ description: "The session's id.", example: 'ses_4q0rk2m9s7w1x3z5b8d6' }),
      }),
    },
    responses: { 204: { description: 'Revoked.' }, ...unauthorized, ...notFound, ...invalidInput },
  }),
};

export function addSessionRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { config, now, caller, authenticated } = c.var;
    const ownId = authenticated?.person?.id;
    const id = c.req.valid('query').person ?? ownId;
    if (id === undefined)
      return invalid([
        fieldError(['person'], 'An API key has no sessions. Send the id of a person: GET /api/v1/people.'),
      ]);
    const isOwn = id === ownId;
    if (!isOwn && (caller.role !== 'admin' || (await findPerson(config.db, id)) === null))
      return problem('not-found', unknownPerson(id).message);
    const rows = (await listSessions(config.db, id)).filter((row) => !isSessionOver(row, now));
    const currentId = authenticated?.session?.id ?? null;
    return c.json({ sessions: rows.map((row) => toSessionResponse(row, currentId)) }, 200);
  });

  app.openapi(routes.revoke, async (c) => {
    const { config, caller, authenticated } = c.var;
    const ownerId = caller.role === 'admin' ? null : (authenticated?.person?.id ?? '');
    const revoked = await revokeSession(config, caller, c.req.valid('param').id, ownerId);
    return revoked.ok ? c.body(null, 204) : problem('not-found', revoked.error.message);
  });
}
