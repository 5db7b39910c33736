// Owns /api/v1/settings/location-names: the names of locations that status pages show.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { readLocationNames, replaceLocationNames } from '../../../services/settings/location-names.ts';
import type { HttpEnv } from '../../context.ts';
import { nameSchema } from '../common.ts';
import { badBody, invalidInput, json, jsonBody, security, unauthorized } from '../responses.ts';

const about = { tags: ['Settings'], security, path: '/api/v1/settings/location-names' };

/** More would not fit the row: docs/storage.md. */
const MAX_NAMES = 60;

const locationNamesSchema = z
  .strictObject({
    locationNames: z
      .record(
        z.string().regex(/^[a-z]+:[a-z0-9-]{1,58}$/, {
          error: 'Must be the id of a location, such as aws:eu-central-1.',
        }),
        nameSchema.refine((name) => name.length <= 60, { error: 'Must be 1 to 60 characters.' }),
      )
      .refine((names) => Object.keys(names).length <= MAX_NAMES, {
        error: `Must have at most ${MAX_NAMES} names.`,
      })
      .meta({
        description:
          'Names by location id. A location without one has the name of its region, such as Frankfurt.',
        example: { 'aws:eu-central-1': 'Frankfurt', 'agent:office-berlin': 'Berlin' },
      }),
  })
  .meta({ id: 'LocationNames', description: 'Names of locations, as status pages show them.' });

const read = createRoute({
  ...about,
  method: 'get',
  operationId: 'getLocationNames',
  summary: 'Get the names of locations',
  description: 'Returns the names that replace those of the regions.',
  responses: { 200: json(locationNamesSchema, 'The names.'), ...unauthorized },
});

const replace = createRoute({
  ...about,
  method: 'put',
  operationId: 'replaceLocationNames',
  summary: 'Replace the names of locations',
  description: 'Replaces all names. A location that you omit has the name of its region again.',
  request: { body: jsonBody(locationNamesSchema, 'The names.') },
  responses: {
    200: json(locationNamesSchema, 'The names.'),
    ...badBody,
    ...unauthorized,
    ...invalidInput,
  },
});

export function addLocationNameRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(read, async (c) =>
    c.json({ locationNames: { ...(await readLocationNames(c.var.config)) } }, 200),
  );

  app.openapi(replace, async (c) => {
    const { config, caller } = c.var;
    const { locationNames } = c.req.valid('json');
    return c.json({ locationNames: { ...(await replaceLocationNames(config, locationNames, caller)) } }, 200);
  });
}
