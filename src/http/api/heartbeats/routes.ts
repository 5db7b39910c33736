// Owns /api/v1/monitors/{id}/heartbeat: what is expected of the job, and its ping address.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { readHeartbeat } from '../../../services/heartbeats/heartbeats.ts';
import type { HttpEnv } from '../../context.ts';
import { problem } from '../../problems.ts';
import { json, notFound, security, unauthorized } from '../responses.ts';
import { heartbeatSchema, toHeartbeatResponse } from './schema.ts';

const about = { tags: ['Heartbeats'], security };
const params = z.object({
  id: z.string().meta({ description: "The monitor's id.", example: 'nightly-backup' }),
});

const read = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/monitors/{id}/heartbeat',
  operationId: 'getHeartbeat',
  summary: 'Get the heartbeat of a monitor',
  description:
    'Returns when the next ping is due, the runs that are open, and, for editors, the ping address.',
  request: { params },
  responses: { 200: json(heartbeatSchema, 'The heartbeat.'), ...unauthorized, ...notFound },
});

export function addMonitorHeartbeatRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(read, async (c) => {
    const { config, caller, now } = c.var;
    const found = await readHeartbeat(config, c.req.valid('param').id, caller);
    if (!found.ok) return problem('not-found', found.error.message);
    return c.json(toHeartbeatResponse(found.value, now), 200);
  });
}
