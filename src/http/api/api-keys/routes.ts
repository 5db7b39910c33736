// Owns /api/v1/api-keys. Returns a key once, in the response that makes it.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { ok } from '../../../result.ts';
import { type ApiKeyDefinition, apiKeyState, unknownKey } from '../../../services/api-keys/api-key.ts';
import { createApiKey, type IssuedKey, updateApiKey } from '../../../services/api-keys/api-keys.ts';
import { revokeApiKey } from '../../../services/api-keys/revoke-api-key.ts';
import { rotateApiKey } from '../../../services/api-keys/rotate-api-key.ts';
import { findApiKey, listApiKeys } from '../../../store/api-keys.ts';
import type { HttpEnv } from '../../context.ts';
import { invalid, problem, toProblem } from '../../problems.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import { fieldError, parseFields } from '../field-errors.ts';
import { filterValues, isFound, searchSchema } from '../filters.ts';
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
import {
  apiKeyInputSchema,
  apiKeyPatchSchema,
  apiKeySchema,
  issuedKeySchema,
  mergeKey,
  rotationSchema,
  toApiKeyResponse,
  toDefinition,
} from './schema.ts';

const params = z.object({
  id: z.string().meta({ description: "The key's id.", example: 'key_4q0rk2m9s7w1x3z5b8d6' }),
});
const about = { tags: ['API keys'], security };

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/api-keys',
    operationId: 'listApiKeys',
    summary: 'List API keys',
    request: {
      query: z.strictObject({
        q: searchSchema('the name, the hint or the id'),
        state: filterValues('state', ['active', 'expired', 'revoked'] as const),
      }),
    },
    responses: {
      200: json(
        z.strictObject({ apiKeys: z.array(apiKeySchema).meta({ description: 'All API keys.' }) }),
        'All API keys, oldest first, revoked ones included.',
      ),
      ...unauthorized,
      ...invalidInput,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/api-keys',
    operationId: 'createApiKey',
    summary: 'Create an API key',
    description: 'Creates an API key. Only this response contains the key.',
    request: { body: jsonBody(apiKeyInputSchema, 'The key.') },
    responses: {
      201: jsonWithEtag(issuedKeySchema, 'The new key. `Location` is its path.'),
      ...badBody,
      ...unauthorized,
      ...invalidInput,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/api-keys/{id}',
    operationId: 'getApiKey',
    summary: 'Get an API key',
    request: { params },
    responses: {
      200: jsonWithEtag(apiKeySchema, 'The key, without the key itself.'),
      ...unauthorized,
      ...notFound,
    },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: '/api/v1/api-keys/{id}',
    operationId: 'updateApiKey',
    summary: 'Update an API key',
    description:
      'Updates the fields you send (RFC 7396). The response is 409 for a revoked key, and if no admin would remain.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(apiKeyPatchSchema, 'The fields to update.'),
    },
    responses: {
      200: jsonWithEtag(apiKeySchema, 'The updated key.'),
      ...badBody,
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
  rotate: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/api-keys/{id}/rotate',
    operationId: 'rotateApiKey',
    summary: 'Rotate an API key',
    description:
      'Makes a new key with the same name, role and tags. The key before it works until the overlap ends. At most two work at a time: a second rotation during an overlap ends the oldest at once.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: { ...jsonBody(rotationSchema, 'Default: an overlap of 60 minutes.'), required: false },
    },
    responses: {
      200: jsonWithEtag(issuedKeySchema, 'The key, with the new key itself.'),
      ...badBody,
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
  revoke: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/api-keys/{id}/revoke',
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key',
    description:
      'Ends a key at once and for good, the one before its last rotation included. The response is 409 if no admin would remain.',
    request: { params, headers: ifMatchHeaders },
    responses: {
      200: jsonWithEtag(apiKeySchema, 'The revoked key.'),
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
};

export function addApiKeyRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { q, state } = c.req.valid('query');
    const { config, now } = c.var;
    const rows = (await listApiKeys(config.db))
      .filter(({ id, name, hint }) => isFound(q, [id, name, hint]))
      .filter((row) => state === undefined || state.includes(apiKeyState(row, now)));
    return c.json({ apiKeys: rows.map((row) => toApiKeyResponse(row, now)) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const created = await createApiKey(config, caller, toDefinition(c.req.valid('json')));
    if (!created.ok) return invalid([fieldError(created.error.path, created.error.message)]);
    c.header('location', `/api/v1/api-keys/${created.value.row.id}`);
    c.header('etag', etagOf(created.value.row));
    return c.json(toIssued(created.value, caller.now), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { config, now } = c.var;
    const { id } = c.req.valid('param');
    const row = await findApiKey(config.db, id);
    if (row === null) return problem('not-found', unknownKey(id).message);
    c.header('etag', etagOf(row));
    return c.json(toApiKeyResponse(row, now), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const changes = c.req.valid('json');
    const patch = (stored: ApiKeyDefinition) => {
      const merged = parseFields(apiKeyInputSchema, mergeKey(stored, changes));
      return merged.ok ? ok(toDefinition(merged.value)) : merged;
    };
    const expected = c.req.valid('header')['if-match'];
    const updated = await updateApiKey(config, caller, c.req.valid('param').id, patch, expected);
    if (!updated.ok) return toProblem(updated.error);
    c.header('etag', etagOf(updated.value));
    return c.json(toApiKeyResponse(updated.value, caller.now), 200);
  });

  app.openapi(routes.rotate, async (c) => {
    const { config, caller } = c.var;
    const { overlapMinutes, expiresAt } = rotationSchema.parse(c.req.valid('json') ?? {});
    const rotation = {
      overlapMinutes,
      expiresAt: typeof expiresAt === 'string' ? Date.parse(expiresAt) : expiresAt,
    };
    const expected = c.req.valid('header')['if-match'];
    const rotated = await rotateApiKey(config, caller, c.req.valid('param').id, rotation, expected);
    if (!rotated.ok) return toProblem(rotated.error);
    c.header('etag', etagOf(rotated.value.row));
    return c.json(toIssued(rotated.value, caller.now), 200);
  });

  app.openapi(routes.revoke, async (c) => {
    const { config, caller } = c.var;
    const expected = c.req.valid('header')['if-match'];
    const revoked = await revokeApiKey(config, caller, c.req.valid('param').id, expected);
    if (!revoked.ok) return toProblem(revoked.error);
    c.header('etag', etagOf(revoked.value));
    return c.json(toApiKeyResponse(revoked.value, caller.now), 200);
  });
}

const toIssued = ({ row, key }: IssuedKey, now: number): z.input<typeof issuedKeySchema> => ({
  ...toApiKeyResponse(row, now),
  key,
});
