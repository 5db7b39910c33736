// Owns /api/v1/monitors/{id}/heartbeat and /pings: what is expected of the job, its ping address, the rotation of its key, and
// what it sent.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { readHeartbeat, readPings } from '../../../services/heartbeats/heartbeats.ts';
import { keyVersion, rotateHeartbeatKey } from '../../../services/heartbeats/rotate-key.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { cursorSchema, encodeCursor, limitSchema, nextCursorSchema } from '../cursor.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import {
  badBody,
  conflict,
  invalidInput,
  json,
  jsonBody,
  notFound,
  preconditionFailed,
  security,
  unauthorized,
} from '../responses.ts';
import {
  heartbeatSchema,
  keyRotationSchema,
  pingSchema,
  toHeartbeatResponse,
  toPingResponse,
} from './schema.ts';

const about = { tags: ['Heartbeats'], security };
const params = z.object({
  id: z.string().meta({ description: "The monitor's id.", example: 'nightly-backup' }),
});
const parseSeq = (text: string): number | null => (/^\d{1,10}$/.test(text) ? Number(text) : null);

const routes = {
  read: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/monitors/{id}/heartbeat',
    operationId: 'getHeartbeat',
    summary: 'Get the heartbeat of a monitor',
    description:
      'Returns when the next ping is due, the runs that are open, and, for editors, the ping address.',
    request: { params },
    responses: { 200: jsonWithEtag(heartbeatSchema, 'The heartbeat.'), ...unauthorized, ...notFound },
  }),
  rotate: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/monitors/{id}/heartbeat/rotate',
    operationId: 'rotateHeartbeatKey',
    summary: 'Rotate the key of a heartbeat',
    description:
      'Makes a new ping address. The one before it works until `overlapMinutes` have passed, so that you can write the new one into every job. A rotation during an overlap ends the oldest address. The ETag is that of the heartbeat.',
    request: { params, headers: ifMatchHeaders, body: jsonBody(keyRotationSchema, 'The rotation.') },
    responses: {
      200: jsonWithEtag(heartbeatSchema, 'The heartbeat, with its new address.'),
      ...badBody,
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
  pings: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/monitors/{id}/pings',
    operationId: 'listPings',
    summary: 'List the pings of a heartbeat, newest first',
    description:
      'Lists what the job reported, with the duration of each run and what is kept of the bodies. Ping addresses are not part of it.',
    request: {
      params,
      query: z.strictObject({ limit: limitSchema('pings'), cursor: cursorSchema(parseSeq).optional() }),
    },
    responses: {
      200: json(
        z.strictObject({
          pings: z.array(pingSchema).meta({ description: 'The pings of this page.' }),
          nextCursor: nextCursorSchema,
        }),
        'A page of pings.',
      ),
      ...unauthorized,
      ...notFound,
      ...invalidInput,
    },
  }),
};

export function addMonitorHeartbeatRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.read, async (c) => {
    const { config, caller, now } = c.var;
    const found = await readHeartbeat(config, c.req.valid('param').id, caller);
    if (!found.ok) return problem('not-found', found.error.message);
    c.header('etag', etagOf({ version: keyVersion(found.value.row) }));
    return c.json(toHeartbeatResponse(found.value, now), 200);
  });

  app.openapi(routes.rotate, async (c) => {
    const { config, caller, now } = c.var;
    const { id } = c.req.valid('param');
    const expected = c.req.valid('header')['if-match'];
    const rotated = await rotateHeartbeatKey(config, id, caller, c.req.valid('json'), expected);
    if (!rotated.ok) return toProblem(rotated.error);
    c.header('etag', etagOf({ version: keyVersion(rotated.value.row) }));
    return c.json(toHeartbeatResponse(rotated.value, now), 200);
  });

  app.openapi(routes.pings, async (c) => {
    const { config, caller } = c.var;
    const { limit, cursor } = c.req.valid('query');
    const wanted = { before: cursor, limit: Number(limit) };
    const found = await readPings(config, c.req.valid('param').id, caller, wanted);
    if (!found.ok) return problem('not-found', found.error.message);
    const { pings, next } = found.value;
    const nextCursor = next === null ? null : encodeCursor(String(next));
    return c.json({ pings: pings.map(toPingResponse), nextCursor }, 200);
  });
}
