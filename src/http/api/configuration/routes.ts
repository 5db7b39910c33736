// PUT /api/v1/configuration: the whole of monitors and channels at once, all or nothing.
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
  .strictObject({ created: z.int(), updated: z.int(), deleted: z.int() })
  .meta({ id: 'Applied', description: 'How many monitors and channels changed.' });

const applyRoute = createRoute({
  tags: ['Configuration'],
  security,
  method: 'put',
  path: '/api/v1/configuration',
  operationId: 'putConfiguration',
  summary: 'Replace the whole configuration',
  description:
    'What the document does not name is deleted; what it names is created or replaced by id. When anything is refused, nothing changes.',
  request: { body: jsonBody(configurationSchema, 'Every monitor and channel.') },
  responses: {
    200: json(appliedSchema, 'Applied.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
  },
});

export function addConfigurationRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(applyRoute, async (c) => {
    const applied = await applyConfiguration(c.var.config, c.req.valid('json'), c.var.now);
    return applied.ok ? c.json(applied.value, 200) : toProblem(applied.error);
  });
}
