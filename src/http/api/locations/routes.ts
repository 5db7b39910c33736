// Owns /api/v1/locations: where probes run, when each last reported, and its last error.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { isHeartbeatLocation } from '../../../engine/model/heartbeat.ts';
import { loadState } from '../../../store/shard.ts';
import type { HttpEnv } from '../../context.ts';
import { json, security, unauthorized } from '../responses.ts';
import { locationSchema, toLocationResponse } from './schema.ts';

const list = createRoute({
  tags: ['Locations'],
  security,
  method: 'get',
  path: '/api/v1/locations',
  operationId: 'listLocations',
  summary: 'List locations and their state',
  responses: {
    200: json(
      z.strictObject({ locations: z.array(locationSchema).meta({ description: 'All locations.' }) }),
      'All locations, in the order of the configuration.',
    ),
    ...unauthorized,
  },
});

export function addLocationRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(list, async (c) => {
    const { config, now } = c.var;
    const known = new Map(
      [...(await loadState(config.db)).locations.values()]
        .filter((location) => !isHeartbeatLocation(location))
        .map((state) => [state.id, state]),
    );
    const ids = new Set([...config.locations, ...known.keys()]);
    return c.json({ locations: [...ids].map((id) => toLocationResponse(id, known.get(id), now)) }, 200);
  });
}
