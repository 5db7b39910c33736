// Owns /api/v1/identity-providers. Does not return secrets or run a sign-in.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { ok } from '../../../result.ts';
import {
  createProvider,
  deleteProvider,
  type ProviderDefinition,
  unknownProvider,
  updateProvider,
} from '../../../services/identity-providers/identity-providers.ts';
import { findProvider, listProviders } from '../../../store/identity-providers.ts';
import { ownOrigin } from '../../access/own-origin.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import { parseFields } from '../field-errors.ts';
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
  mergeProvider,
  providerInputSchema,
  providerPatchSchema,
  providerSchema,
  toDefinition,
  toProviderResponse,
} from './schema.ts';

const params = z.object({
  id: z.string().meta({ description: "The identity provider's id.", example: 'okta' }),
});
const about = { tags: ['Identity providers'], security };

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/identity-providers',
    operationId: 'listIdentityProviders',
    summary: 'List identity providers',
    responses: {
      200: json(
        z.strictObject({
          identityProviders: z.array(providerSchema).meta({ description: 'All identity providers.' }),
        }),
        'All identity providers, ordered by name.',
      ),
      ...unauthorized,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/identity-providers',
    operationId: 'createIdentityProvider',
    summary: 'Create an identity provider',
    description:
      'Creates an identity provider. If you omit `id`, it is derived from the name. Register `redirectUri` and `signedOutUri` of the response at the issuer.',
    request: { body: jsonBody(providerInputSchema, 'The identity provider.') },
    responses: {
      201: jsonWithEtag(providerSchema, 'The new identity provider. `Location` is its path.'),
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
    path: '/api/v1/identity-providers/{id}',
    operationId: 'getIdentityProvider',
    summary: 'Get an identity provider',
    request: { params },
    responses: {
      200: jsonWithEtag(providerSchema, 'The identity provider, without its secret.'),
      ...unauthorized,
      ...notFound,
    },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: '/api/v1/identity-providers/{id}',
    operationId: 'updateIdentityProvider',
    summary: 'Update an identity provider',
    description:
      'Updates the fields you send (RFC 7396). A change of `issuer`, `audience`, `groupsClaim`, `rules` or `enabled` ends every session that began with the provider.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(providerPatchSchema, 'The fields to update.'),
    },
    responses: {
      200: jsonWithEtag(providerSchema, 'The updated identity provider.'),
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
    path: '/api/v1/identity-providers/{id}',
    operationId: 'deleteIdentityProvider',
    summary: 'Delete an identity provider',
    description: 'Deletes an identity provider, and ends every session that began with it.',
    request: { params, headers: ifMatchHeaders },
    responses: {
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
};

export function addIdentityProviderRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { db } = c.var.config;
    const rows = await listProviders(db);
    return c.json({ identityProviders: rows.map((row) => toProviderResponse(row, ownOrigin(c))) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const created = await createProvider(config, toDefinition(c.req.valid('json')), caller);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `/api/v1/identity-providers/${created.value.id}`);
    c.header('etag', etagOf(created.value));
    return c.json(toProviderResponse(created.value, ownOrigin(c)), 201);
  });

  app.openapi(routes.get, async (c) => {
    const { id } = c.req.valid('param');
    const row = await findProvider(c.var.config.db, id);
    if (!row) return problem('not-found', unknownProvider(id).message);
    c.header('etag', etagOf(row));
    return c.json(toProviderResponse(row, ownOrigin(c)), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const changes = c.req.valid('json');
    const patch = (stored: ProviderDefinition) => {
      const parsed = parseFields(providerInputSchema, mergeProvider(stored, changes));
      return parsed.ok ? ok(toDefinition(parsed.value)) : parsed;
    };
    const { id } = c.req.valid('param');
    const updated = await updateProvider(config, id, patch, caller, c.req.valid('header')['if-match']);
    if (!updated.ok) return toProblem(updated.error);
    c.header('etag', etagOf(updated.value));
    return c.json(toProviderResponse(updated.value, ownOrigin(c)), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { id } = c.req.valid('param');
    const expectedVersion = c.req.valid('header')['if-match'];
    const deleted = await deleteProvider(c.var.config, id, c.var.caller, expectedVersion);
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });
}
