// Owns POST /api/v1/state/rebuild: verifies the stored state, and repairs it if it is damaged.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { rebuildState } from '../../../services/state/rebuild-state.ts';
import type { HttpEnv } from '../../context.ts';
import { json, security, unauthorized } from '../responses.ts';
import { rebuildSchema, toRebuildResponse } from './schema.ts';

const rebuild = createRoute({
  tags: ['State'],
  security,
  method: 'post',
  path: '/api/v1/state/rebuild',
  operationId: 'rebuildState',
  summary: 'Verify the state, and rebuild it if it is damaged',
  description:
    'Reads both checkpoints, replays the journal between them and compares. The coordinator does the same by itself as soon as it reads a damaged row.',
  responses: {
    200: json(rebuildSchema, 'What was damaged, and what was repaired.'),
    ...unauthorized,
  },
});

export function addStateRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(rebuild, async (c) => {
    const { config, caller } = c.var;
    return c.json(toRebuildResponse(await rebuildState(config, caller)), 200);
  });
}
