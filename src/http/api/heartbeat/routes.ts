// Owns /api/v1/settings/heartbeat: the address of the dead man's switch, and how its newest call ended.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { removeHeartbeat, setHeartbeat } from '../../../services/heartbeat/heartbeat.ts';
import { findHeartbeat, type StoredHeartbeat } from '../../../store/heartbeat.ts';
import type { HttpEnv } from '../../context.ts';
import { toProblem } from '../../problems.ts';
import { isoOrNull, timeSchema } from '../common.ts';
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

const PATH = '/api/v1/settings/heartbeat';
const about = { tags: ['Health'], security, path: PATH };

const inputSchema = z
  .strictObject({
    url: z.string().trim().min(1).max(2_000).meta({
      description: 'The address. It is stored encrypted, and no response shows it.',
      example: 'https://hc.example.com/ping/uuid',
    }),
  })
  .meta({ id: 'HeartbeatInput', description: 'The address that is called.' });

export const heartbeatSchema = z
  .strictObject({
    host: z.string().nullable().meta({
      description: 'The host of the address. Null: no heartbeat is set.',
      example: 'hc.example.com',
    }),
    lastCalledAt: timeSchema.nullable().meta({ description: 'When it was last called. Null: never.' }),
    lastStatus: z
      .int()
      .nullable()
      .meta({ description: 'The HTTP status of the newest call. Null without a response.', example: 200 }),
    lastError: z
      .string()
      .nullable()
      .meta({ description: 'Why the newest call failed. Null: it succeeded.', example: null }),
    lastSuccessAt: timeSchema.nullable().meta({ description: 'When a call last succeeded. Null: never.' }),
    failingSince: timeSchema
      .nullable()
      .meta({ description: 'The first failure since the last success. Null: it works.' }),
  })
  .meta({ id: 'Heartbeat', description: "The dead man's switch: an address that is called once a minute." });

export const toHeartbeatResponse = ({
  setting,
  result,
}: StoredHeartbeat): z.output<typeof heartbeatSchema> => ({
  host: setting?.host ?? null,
  lastCalledAt: isoOrNull(result?.at ?? null),
  lastStatus: result?.status ?? null,
  lastError: result?.error ?? null,
  lastSuccessAt: isoOrNull(result?.lastSuccessAt ?? null),
  failingSince: isoOrNull(result?.failingSince ?? null),
});

const routes = {
  get: createRoute({
    ...about,
    method: 'get',
    operationId: 'getHeartbeat',
    summary: 'Get the heartbeat',
    description: 'Returns whether a heartbeat is set, and how its newest call ended.',
    responses: { 200: json(heartbeatSchema, 'The heartbeat.'), ...unauthorized },
  }),
  set: createRoute({
    ...about,
    method: 'put',
    operationId: 'setHeartbeat',
    summary: 'Set the heartbeat',
    description:
      'Sets the address that every tick calls with GET, once a minute, while `/healthz` is `ok` or `idle`. A service that expects these calls, such as Healthchecks, notifies you when they stop. A call that fails delays nothing.',
    request: { body: jsonBody(inputSchema, 'The address.') },
    responses: {
      200: json(heartbeatSchema, 'The heartbeat.'),
      ...badBody,
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  }),
  remove: createRoute({
    ...about,
    method: 'delete',
    operationId: 'deleteHeartbeat',
    summary: 'Remove the heartbeat',
    description: 'Removes the address. Without one, nothing changes.',
    responses: {
      204: { description: 'Removed.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  }),
};

export function addHeartbeatRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.get, async (c) =>
    c.json(toHeartbeatResponse(await findHeartbeat(c.var.config.db)), 200),
  );

  app.openapi(routes.set, async (c) => {
    const { config, caller } = c.var;
    const set = await setHeartbeat(config, c.req.valid('json').url, caller);
    if (!set.ok) return toProblem(set.error);
    return c.json(toHeartbeatResponse(await findHeartbeat(config.db)), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { config, caller } = c.var;
    const removed = await removeHeartbeat(config, caller);
    return removed.ok ? c.body(null, 204) : toProblem(removed.error);
  });
}
