// Owns /api/v1/configuration: reads monitors and channels as one document, and replaces them at once, or nothing.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { applyConfiguration } from '../../../services/config/apply-config.ts';
import { readConfiguration } from '../../../services/config/read-config.ts';
import { unnotifiedMonitors } from '../../../services/routes/unnotified-monitors.ts';
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
import { appliedSchema, toAppliedResponse } from './plan-schema.ts';
import { configurationSchema } from './schema.ts';

const about = { tags: ['Configuration'], security, path: '/api/v1/configuration' };

/** `?dryRun` alone means true. */
const flag = (description: string) =>
  z
    .enum(['true', 'false', ''], { error: 'Must be true or false.' })
    .optional()
    .meta({ description, example: 'true' });
const isSet = (value: string | undefined): boolean => value === 'true' || value === '';

const query = z.strictObject({
  dryRun: flag('Shows the plan and changes nothing.'),
  allowDelete: flag(
    'Allows the deletion of more than two entries and more than a fifth of a kind, and of the last channel.',
  ),
  detach: flag(
    'Removes deleted entries from what names them, and the response lists it. Without it, a maintenance or a silence that names a deleted monitor makes the response 409, and so does a stored monitor or route, or the setting, that names a deleted channel.',
  ),
});

const read = createRoute({
  ...about,
  method: 'get',
  operationId: 'getConfiguration',
  summary: 'Get the whole configuration',
  description:
    'Returns all monitors, channels, on-call schedules, routes, status pages and settings in the form that PUT takes. Secrets and addresses are null: if you write the document back, they stay.',
  responses: {
    200: json(
      configurationSchema,
      'All monitors, channels, on-call schedules, routes, status pages and settings.',
    ),
    ...unauthorized,
  },
});

const apply = createRoute({
  ...about,
  method: 'put',
  operationId: 'putConfiguration',
  summary: 'Replace the whole configuration',
  description:
    'Replaces all monitors, channels, on-call schedules, routes or status pages, and settings. Entries are created or replaced by id, and the others of the same kind are deleted. A kind that you omit stays as it is. If any entry is invalid, nothing changes. Without `allowDelete`, a configuration that deletes many entries or the last channel is refused.',
  request: {
    query,
    body: jsonBody(configurationSchema, 'Monitors, channels, schedules, routes, status pages, settings.'),
  },
  responses: {
    200: json(appliedSchema, 'The configuration is applied, or planned.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
  },
});

export function addConfigurationRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(read, async (c) => c.json((await readConfiguration(c.var.config)) as never, 200));

  app.openapi(apply, async (c) => {
    const { config, caller } = c.var;
    const { dryRun, allowDelete, detach } = c.req.valid('query');
    const options = { dryRun: isSet(dryRun), allowDelete: isSet(allowDelete), detach: isSet(detach) };
    const applied = await applyConfiguration(config, c.req.valid('json'), caller, options);
    if (!applied.ok) return toProblem(applied.error);
    const unnotified = options.dryRun ? [] : await unnotifiedMonitors(config.db, caller.now);
    return c.json(toAppliedResponse(applied.value, options, unnotified), 200);
  });
}
