// Owns /api/v1/settings: read and change the settings of the whole mesh.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { readSettings, type Settings, updateSettings } from '../../../services/settings/settings.ts';
import type { HttpEnv } from '../../context.ts';
import { toProblem } from '../../problems.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import {
  badBody,
  conflict,
  invalidInput,
  mergePatchBody,
  notFound,
  preconditionFailed,
  security,
  unauthorized,
} from '../responses.ts';
import { settingsInputSchema, settingsSchema } from './schema.ts';

const about = { tags: ['Settings'], security, path: '/api/v1/settings' };

const read = createRoute({
  ...about,
  method: 'get',
  operationId: 'getSettings',
  summary: 'Get the settings',
  responses: { 200: jsonWithEtag(settingsSchema, 'The settings.'), ...unauthorized },
});

const update = createRoute({
  ...about,
  method: 'patch',
  operationId: 'updateSettings',
  summary: 'Update the settings',
  description: 'Updates the settings you send.',
  request: { headers: ifMatchHeaders, body: mergePatchBody(settingsInputSchema, 'The settings to update.') },
  responses: {
    200: jsonWithEtag(settingsSchema, 'The updated settings.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...preconditionFailed,
    ...invalidInput,
  },
});

const toResponse = ({ defaultChannels }: Settings) => ({ defaultChannels: [...defaultChannels] });

export function addSettingsRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(read, async (c) => {
    const settings = await readSettings(c.var.config, c.var.caller);
    c.header('etag', etagOf(settings));
    return c.json(toResponse(settings), 200);
  });

  app.openapi(update, async (c) => {
    const { config, caller } = c.var;
    const updated = await updateSettings(
      config,
      c.req.valid('json'),
      caller,
      c.req.valid('header')['if-match'],
    );
    if (!updated.ok) return toProblem(updated.error);
    c.header('etag', etagOf(updated.value));
    return c.json(toResponse(updated.value), 200);
  });
}
