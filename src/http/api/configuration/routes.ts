// Owns PUT /api/v1/configuration, which replaces all monitors and channels at once, or nothing.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { applyConfiguration } from '../../../services/config/apply-config.ts';
import type { HttpEnv } from '../../context.ts';
import { toProblem } from '../../problems.ts';
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
import { configurationSchema } from './schema.ts';

const appliedSchema = z
  .strictObject({
    created: z.int().meta({ description: 'The number of created entries.' }),
    updated: z.int().meta({ description: 'The number of updated entries.' }),
    deleted: z.int().meta({ description: 'The number of deleted entries.' }),
  })
  .meta({ id: 'ChangeCounts', description: 'The number of monitors and channels that changed.' });

const apply = createRoute({
  tags: ['Configuration'],
  security,
  method: 'put',
  path: '/api/v1/configuration',
  operationId: 'putConfiguration',
  summary: 'Replace the whole configuration',
  description:
    'Replaces all monitors and channels. Entries are created or replaced by id, and all others are deleted. If any entry is invalid, nothing changes.',
  request: { body: jsonBody(configurationSchema, 'All monitors and channels.') },
  responses: {
    200: json(appliedSchema, 'The configuration is applied.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
  },
});

export function addConfigurationRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(apply, async (c) => {
    const applied = await applyConfiguration(c.var.config, c.req.valid('json'), c.var.now);
    return applied.ok ? c.json(applied.value, 200) : toProblem(applied.error);
  });
}
