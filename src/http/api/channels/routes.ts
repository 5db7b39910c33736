// Owns /api/v1/channels. Does not return secrets or addresses.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { isInside } from '../../../access/restriction.ts';
import { ifInside } from '../../../services/access/references.ts';
import { type ChannelDefinition, createChannel, updateChannel } from '../../../services/channels/channels.ts';
import { deleteChannel } from '../../../services/channels/delete-channel.ts';
import { testChannel } from '../../../services/channels/test-channel.ts';
import { type ChannelRow, findChannel, listChannels } from '../../../store/channels.ts';
import { pendingCounts } from '../../../store/pending-counts.ts';
import { hasTag } from '../../../tags.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import { parseFields } from '../field-errors.ts';
import { filterFlag, filterTexts, filterValues, isFound, searchSchema } from '../filters.ts';
import { detachedSchema, detachQuery, toDetachedResponse } from '../references.ts';
import {
  badBody,
  conflict,
  invalidInput,
  json,
  jsonBody,
  mergePatchBody,
  notFound,
  preconditionFailed,
  security,
  unauthorized,
} from '../responses.ts';
import { tagSelectorSchema } from '../tags.ts';
import {
  channelInputSchema,
  channelPatchSchema,
  channelSchema,
  channelTypeNames,
  mergeChannel,
  testOutcomeSchema,
  toChannelResponse,
} from './schema.ts';

const params = z.object({ id: z.string().meta({ description: "The channel's id.", example: 'on-call' }) });
const about = { tags: ['Channels'], security };

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/channels',
    operationId: 'listChannels',
    summary: 'List channels',
    request: {
      query: z.strictObject({
        q: searchSchema('the name or the id'),
        type: filterValues('type', channelTypeNames),
        enabled: filterFlag('Filter by whether the channel is enabled.'),
        tag: filterTexts(
          tagSelectorSchema,
          'Filter by tag: `name`, which any value matches, or `name:value`. Repeated: channels that have all of them.',
          'team:shop',
        ),
      }),
    },
    responses: {
      200: json(
        z.strictObject({ channels: z.array(channelSchema).meta({ description: 'All channels.' }) }),
        'All channels, ordered by name.',
      ),
      ...unauthorized,
      ...invalidInput,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/channels',
    operationId: 'createChannel',
    summary: 'Create a channel',
    description:
      'Creates a channel. If you omit `id`, it is derived from the name. Store the secret and the address yourself: the API never returns them.',
    request: { body: jsonBody(channelInputSchema, 'The channel.') },
    responses: {
      201: jsonWithEtag(channelSchema, 'The new channel. `Location` is its path.'),
      ...badBody,
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/channels/{id}',
    operationId: 'getChannel',
    summary: 'Get a channel',
    request: { params },
    responses: {
      200: jsonWithEtag(channelSchema, 'The channel, without secrets and addresses.'),
      ...unauthorized,
      ...notFound,
    },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: '/api/v1/channels/{id}',
    operationId: 'updateChannel',
    summary: 'Update a channel',
    description:
      'Updates the fields you send (RFC 7396). A secret or an address that you do not send stays, and null keeps it too.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(channelPatchSchema, 'The fields to update.'),
    },
    responses: {
      200: jsonWithEtag(channelSchema, 'The updated channel.'),
      ...badBody,
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
  remove: createRoute({
    ...about,
    method: 'delete',
    path: '/api/v1/channels/{id}',
    operationId: 'deleteChannel',
    summary: 'Delete a channel',
    description:
      'Deletes a channel. The response is 409 with `references` if a monitor lists the channel by id. Monitors with `"default"` do not count. `detach=true` removes it from their lists, also from one that is empty then.',
    request: { params, headers: ifMatchHeaders, query: detachQuery },
    responses: {
      200: json(detachedSchema, 'Deleted with `detach=true`. Lists what was changed besides.'),
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
  test: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/channels/{id}/test',
    operationId: 'testChannel',
    summary: 'Send a test notification',
    description:
      "Sends a notification of type `test` immediately and returns the receiver's response. A failed attempt is not retried.",
    request: { params },
    responses: {
      200: json(testOutcomeSchema, 'The result of the attempt.'),
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  }),
};

const missing = (id: string) =>
  problem('not-found', `Unknown channel "${id}". GET /api/v1/channels lists all channels.`);

const withHealth = async (db: D1Database, row: ChannelRow) =>
  toChannelResponse(row, (await pendingCounts(db, row.id)).get(row.id) ?? 0);

export function addChannelRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { q, type, enabled, tag = [] } = c.req.valid('query');
    const rows = (await listChannels(c.var.config.db))
      .filter((row) => isInside(c.var.caller.restriction, row))
      .filter(({ tags }) => tag.every((wanted) => hasTag(tags, wanted)))
      .filter(({ id, name }) => isFound(q, [id, name]))
      .filter((row) => type === undefined || (type as readonly string[]).includes(row.type))
      .filter((row) => enabled === undefined || row.enabled === enabled);
    const pending = await pendingCounts(c.var.config.db);
    return c.json({ channels: rows.map((row) => toChannelResponse(row, pending.get(row.id) ?? 0)) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const created = await createChannel(config, c.req.valid('json'), caller);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `/api/v1/channels/${created.value.id}`);
    c.header('etag', etagOf(created.value));
    return c.json(await withHealth(config.db, created.value), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { id } = c.req.valid('param');
    const row = ifInside(c.var.caller.restriction, await findChannel(c.var.config.db, id));
    if (!row) return missing(id);
    c.header('etag', etagOf(row));
    return c.json(await withHealth(c.var.config.db, row), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const changes = c.req.valid('json');
    const patch = (stored: ChannelDefinition) =>
      parseFields(channelInputSchema, mergeChannel(stored, changes));
    const { id } = c.req.valid('param');
    const updated = await updateChannel(config, id, patch, caller, c.req.valid('header')['if-match']);
    if (!updated.ok) return toProblem(updated.error);
    c.header('etag', etagOf(updated.value));
    return c.json(await withHealth(config.db, updated.value), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { id } = c.req.valid('param');
    const detach = c.req.valid('query').detach === 'true';
    const expectedVersion = c.req.valid('header')['if-match'];
    const deleted = await deleteChannel(c.var.config, id, c.var.caller, { expectedVersion, detach });
    if (!deleted.ok) return toProblem(deleted.error);
    return detach ? c.json(toDetachedResponse(deleted.value), 200) : c.body(null, 204);
  });

  app.openapi(routes.test, async (c) => {
    const { config } = c.var;
    const tested = await testChannel(config, c.req.valid('param').id, c.var.caller, Date.now);
    return tested.ok ? c.json(tested.value, 200) : toProblem(tested.error);
  });
}
