// Owns /api/v1/overview: small enough to ask every 10 s, and answered with 304 while nothing has changed.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { toHex } from '../../../hex.ts';
import { buildOverview, readMark } from '../../../services/overview/read-overview.ts';
import { importHmacKey } from '../../access/hmac-key.ts';
import type { HttpEnv } from '../../context.ts';
import { invalidInput, json, security, unauthorized } from '../responses.ts';
import { overviewSchema, toOverviewResponse } from './schema.ts';

const getOverview = createRoute({
  tags: ['Monitors'],
  security,
  method: 'get',
  path: '/api/v1/overview',
  operationId: 'getOverview',
  summary: 'Get the state of the mesh in a few figures, and what has changed',
  description:
    'Made for asking often: send the `ETag` of the response before as `If-None-Match`. The response is 304 while no monitor, incident, window, channel, delivery or setting has changed. With a restriction by tag: of the monitors that you see.',
  request: {
    query: z.strictObject({
      since: z
        .string()
        .regex(/^\d{1,15}$/, { error: 'Must be the `seq` of an earlier response: a whole number.' })
        .transform(Number)
        .optional()
        .meta({
          description: 'The `seq` of an earlier response: lists the monitors that changed after it.',
          type: 'integer',
          example: 1_764_150_000_000,
        }),
    }),
    headers: z.object({
      'if-none-match': z.string().optional().meta({
        description: 'The `ETag` of an earlier response. Default: no condition.',
        example: '"1f0c6a52b7d94e30"',
      }),
    }),
  },
  responses: {
    200: {
      ...json(overviewSchema, 'The overview.'),
      headers: {
        ETag: {
          description: 'Differs after each change that pages show. Send it as `If-None-Match`.',
          schema: { type: 'string' as const, example: '"1f0c6a52b7d94e30"' },
        },
      },
    },
    304: { description: 'Nothing has changed.' },
    ...unauthorized,
    ...invalidInput,
  },
});

export function addOverviewRoute(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(getOverview, async (c) => {
    const { config, caller, now } = c.var;
    const { since = null } = c.req.valid('query');
    const { mark, facts } = await readMark(config.db, caller, now);
    const tag = await tagOf(c, facts);
    c.header('etag', `"${tag}"`);
    // A proxy that compresses the response makes the tag weak (RFC 9110, section 8.8.3).
    const known = c.req.valid('header')['if-none-match'] ?? '';
    if (known.split(',').some((one) => one.trim().replace(/^W\//, '') === `"${tag}"`))
      return c.body(null, 304);
    const overview = await buildOverview(config.db, caller, mark, since, now);
    return c.json(toOverviewResponse(mark.seq, overview), 200);
  });
}

const TAG_LENGTH = 16;

/** With a key, because the facts have figures of the whole mesh, which a restricted caller must not learn. */
async function tagOf(c: Context<HttpEnv>, facts: string): Promise<string> {
  const key = await importHmacKey(c.var.config.encryptionKey);
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`overview ${facts}`));
  return toHex(new Uint8Array(mac)).slice(0, TAG_LENGTH);
}
