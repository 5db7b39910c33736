// Owns /api/v1/me: who makes the request, and what they may do.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { findApiKey } from '../../../store/api-keys.ts';
import { csrfToken } from '../../access/csrf.ts';
import type { Authenticated, HttpEnv } from '../../context.ts';
import { isoOrNull, timeSchema } from '../common.ts';
import { json, security, unauthorized } from '../responses.ts';
import { roleSchema, shownRestrictionSchema } from '../role-schema.ts';
import { sessionSchema, toSessionResponse } from '../sessions/schema.ts';

const meSchema = z
  .strictObject({
    type: z
      .enum(['person', 'key'])
      .meta({ description: 'Whether a person or an API key makes the request.' }),
    id: z
      .string()
      .meta({ description: 'The id of the person or the key.', example: 'per_4q0rk2m9s7w1x3z5b8d6' }),
    name: z.string().meta({ description: 'The name of the person or the key.', example: 'Ada Lovelace' }),
    role: roleSchema,
    tags: shownRestrictionSchema,
    expiresAt: timeSchema.nullable().meta({
      description:
        'When the API key or the session ends. Null if it does not, or if Cloudflare Access decides.',
    }),
    session: sessionSchema.nullable().meta({
      description: 'The session of the request. Null for an API key and for Cloudflare Access.',
    }),
    csrfToken: z.string().nullable().meta({
      description:
        'The value of the header `x-csrf-token`, which a request with a session needs to change something. Null for an API key.',
      example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    }),
  })
  .meta({ id: 'Me', description: 'Who makes the request.' });

const route = createRoute({
  tags: ['People'],
  security,
  method: 'get',
  path: '/api/v1/me',
  operationId: 'getMe',
  summary: 'Get who you are',
  description: 'Returns the person or the API key of this request, its role and its tags.',
  responses: { 200: json(meSchema, 'Who makes the request.'), ...unauthorized },
});

export function addMeRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(route, async (c) => {
    const { caller, config } = c.var;
    const authenticated = c.var.authenticated as Authenticated;
    const { id, name } = caller.actor;
    const who = { id, name, role: caller.role, tags: caller.restriction && [...caller.restriction] };
    if (authenticated.person === null) {
      const expiresAt = isoOrNull((await findApiKey(config.db, id))?.expiresAt ?? null);
      return c.json({ type: 'key' as const, ...who, expiresAt, session: null, csrfToken: null }, 200);
    }
    const session =
      authenticated.session && toSessionResponse(authenticated.session, authenticated.session.id);
    return c.json(
      {
        type: 'person' as const,
        ...who,
        expiresAt: session?.expiresAt ?? null,
        session,
        csrfToken: await csrfToken(c, authenticated),
      },
      200,
    );
  });
}
