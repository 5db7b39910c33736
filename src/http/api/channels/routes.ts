// /api/v1/channels: where notifications go. Secrets never come back.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { err, ok } from '../../../result.ts';
import {
  type ChannelDefinition,
  createChannel,
  deleteChannel,
  updateChannel,
} from '../../../services/channels/channels.ts';
import { testChannel } from '../../../services/channels/test-channel.ts';
import { findChannel, listChannels } from '../../../store/channels.ts';
import type { HttpEnv } from '../../context.ts';
import { invalid, problem, toProblem } from '../../problems.ts';
import { describeIssues } from '../field-errors.ts';
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
import {
  channelInputSchema,
  channelPatchSchema,
  channelSchema,
  testOutcomeSchema,
  toChannelResponse,
} from './schema.ts';

const params = z.object({ id: z.string().meta({ description: "The channel's id.", example: 'on-call' }) });
const about = { tags: ['Channels'], security };

const listRoute = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/channels',
  operationId: 'listChannels',
  summary: 'List channels',
  responses: {
    200: json(z.strictObject({ channels: z.array(channelSchema) }), 'Every channel, by name.'),
    ...unauthorized,
  },
});

const createRoute_ = createRoute({
  ...about,
  method: 'post',
  path: '/api/v1/channels',
  operationId: 'createChannel',
  summary: 'Create a channel',
  description: 'An absent id is made from the name. Keep the secret: it is never returned.',
  request: { body: jsonBody(channelInputSchema, 'The channel.') },
  responses: {
    201: json(channelSchema, 'Created; `Location` says where.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
  },
});

const readRoute = createRoute({
  ...about,
  method: 'get',
  path: '/api/v1/channels/{id}',
  operationId: 'getChannel',
  summary: 'Read one channel',
  request: { params },
  responses: {
    200: json(channelSchema, 'The channel, without its secrets.'),
    ...unauthorized,
    ...notFound,
  },
});

const changeRoute = createRoute({
  ...about,
  method: 'patch',
  path: '/api/v1/channels/{id}',
  operationId: 'patchChannel',
  summary: 'Change a channel',
  description:
    'Only the given fields change; `config` merges one level deep, so a secret that is not given stays.',
  request: { params, body: jsonBody(channelPatchSchema, 'What to change.') },
  responses: {
    200: json(channelSchema, 'The channel as it is now.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
  },
});

const deleteRoute = createRoute({
  ...about,
  method: 'delete',
  path: '/api/v1/channels/{id}',
  operationId: 'deleteChannel',
  summary: 'Delete a channel',
  description: 'Refused while a monitor names it. Monitors with "all" do not name it.',
  request: { params },
  responses: { 204: { description: 'Deleted.' }, ...unauthorized, ...notFound, ...conflict, ...invalidInput },
});

const testRoute = createRoute({
  ...about,
  method: 'post',
  path: '/api/v1/channels/{id}/test',
  operationId: 'testChannel',
  summary: 'Send a test notification',
  description:
    'Sends a notification of type `test` right now and says what the receiver answered. It is not retried.',
  request: { params },
  responses: {
    200: json(testOutcomeSchema, 'What became of it.'),
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
  },
});

const missing = (id: string) =>
  problem('not-found', `There is no channel "${id}". GET /api/v1/channels lists them.`);

export function addChannelRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(listRoute, async (c) => {
    const rows = await listChannels(c.var.config.db);
    return c.json({ channels: rows.map(toChannelResponse) }, 200);
  });

  app.openapi(createRoute_, async (c) => {
    const { config, now } = c.var;
    const created = await createChannel(config, c.req.valid('json'), now);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `/api/v1/channels/${created.value.id}`);
    return c.json(toChannelResponse(created.value), 201);
  });

  app.openapi(readRoute, async (c) => {
    const { id } = c.req.valid('param');
    const row = await findChannel(c.var.config.db, id);
    return row ? c.json(toChannelResponse(row), 200) : missing(id);
  });

  app.openapi(changeRoute, async (c) => {
    const { config, now } = c.var;
    const changes = c.req.valid('json');
    const patch = (stored: ChannelDefinition) => {
      const merged = channelInputSchema.safeParse({
        ...stored,
        ...changes,
        config: { ...stored.config, ...changes.config },
      });
      return merged.success ? ok(merged.data) : err(invalid(describeIssues(merged.error)));
    };
    const updated = await updateChannel(config, c.req.valid('param').id, patch, now);
    if (updated.ok) return c.json(toChannelResponse(updated.value), 200);
    return updated.error instanceof Response ? updated.error : toProblem(updated.error);
  });

  app.openapi(deleteRoute, async (c) => {
    const deleted = await deleteChannel(c.var.config, c.req.valid('param').id);
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });

  app.openapi(testRoute, async (c) => {
    const { config } = c.var;
    const tested = await testChannel(config, c.req.valid('param').id, Date.now);
    return tested.ok ? c.json(tested.value, 200) : toProblem(tested.error);
  });
}
