// Owns /api/v1/people, for admins. Does not set or show credentials.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { ROLES } from '../../../access/role.ts';
import { ok } from '../../../result.ts';
import { deletePerson, updatePerson } from '../../../services/people/change-person.ts';
import { createPerson } from '../../../services/people/create-person.ts';
import { type Invitation, invitationPath, invitePerson } from '../../../services/people/invitation.ts';
import { type PersonDefinition, unknownPerson } from '../../../services/people/person.ts';
import { isSetupOpen } from '../../../services/people/setup-token.ts';
import { type Credentials, listCredentials, NO_CREDENTIALS } from '../../../store/credentials.ts';
import { findPerson, listPeople, type PersonRow } from '../../../store/people.ts';
import { ownOrigin } from '../../access/own-origin.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { iso } from '../common.ts';
import { etagOf, ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import { filterFlag, filterValues, isFound, searchSchema } from '../filters.ts';
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
import {
  createdPersonSchema,
  invitationSchema,
  mergePerson,
  personInputSchema,
  personPatchSchema,
  personSchema,
  toPersonResponse,
} from './schema.ts';

const params = z.object({
  id: z.string().meta({ description: "The person's id.", example: 'per_4q0rk2m9s7w1x3z5b8d6' }),
});
const about = { tags: ['People'], security };

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/people',
    operationId: 'listPeople',
    summary: 'List people',
    request: {
      query: z.strictObject({
        q: searchSchema('the name, the username, the e-mail address or the id'),
        role: filterValues('role', ROLES),
        disabled: filterFlag('Filter by whether the person is disabled.'),
      }),
    },
    responses: {
      200: json(
        z.strictObject({
          people: z.array(personSchema).meta({ description: 'All people.' }),
          setupOpen: z.boolean().meta({
            description:
              'Whether the setup token still works: its holder can become an admin. Use it, or remove SETUP_TOKEN_SHA256.',
          }),
        }),
        'All people, ordered by name.',
      ),
      ...unauthorized,
      ...invalidInput,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/people',
    operationId: 'createPerson',
    summary: 'Create a local person',
    description:
      'Creates a local person and an invitation: a link with which the person sets a passkey or a password. People of an identity provider need no entry here: they are created when they sign in.',
    request: { body: jsonBody(personInputSchema, 'The person.') },
    responses: {
      201: jsonWithEtag(createdPersonSchema, 'The new person. `Location` is its path.'),
      ...badBody,
      ...unauthorized,
      ...conflict,
      ...notFound,
      ...invalidInput,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/people/{id}',
    operationId: 'getPerson',
    summary: 'Get a person',
    request: { params },
    responses: { 200: jsonWithEtag(personSchema, 'The person.'), ...unauthorized, ...notFound },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: '/api/v1/people/{id}',
    operationId: 'updatePerson',
    summary: 'Update a person',
    description:
      'Updates the fields you send (RFC 7396). A change of `role`, `tags` or `disabled` ends all sessions of the person. The response is 409 if an identity provider decides the field, and if no admin would remain.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(personPatchSchema, 'The fields to update.'),
    },
    responses: {
      200: jsonWithEtag(personSchema, 'The updated person.'),
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
    path: '/api/v1/people/{id}',
    operationId: 'deletePerson',
    summary: 'Delete a person',
    description:
      'Deletes a person, with all sessions and credentials. A person of an identity provider who signs in again is a new one: to keep the person out, use `disabled` or the groups. The response is 409 if no admin would remain, and if an on-call schedule names the person, unless you add `detach=true`.',
    request: { params, headers: ifMatchHeaders, query: detachQuery },
    responses: {
      200: json(detachedSchema, 'Deleted, with `detach=true`: the schedules that named the person.'),
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...preconditionFailed,
      ...invalidInput,
    },
  }),
  invite: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/people/{id}/invitation',
    operationId: 'invitePerson',
    summary: 'Invite a local person again',
    description:
      'Makes a new link, for example after the loss of a device. Earlier links stop working. What the person signs in with stays until the link is used.',
    request: { params },
    responses: {
      201: json(invitationSchema, 'The invitation.'),
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  }),
};

export function addPeopleRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { q, role, disabled } = c.req.valid('query');
    const { config, now } = c.var;
    const credentials = await listCredentials(config.db, now);
    const rows = (await listPeople(config.db))
      .filter(({ id, name, username, email }) => isFound(q, [id, name, username ?? '', email ?? '']))
      .filter((row) => role === undefined || (row.role !== null && role.includes(row.role)))
      .filter((row) => disabled === undefined || row.disabled === disabled);
    const people = rows.map((row) => toPersonResponse(row, credentials.get(row.id) ?? NO_CREDENTIALS));
    return c.json({ people, setupOpen: await isSetupOpen(config) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const created = await createPerson(config, caller, c.req.valid('json'));
    if (!created.ok) return toProblem(created.error);
    const { row, invitation } = created.value;
    c.header('location', `/api/v1/people/${row.id}`);
    c.header('etag', etagOf(row));
    const credentials = { ...NO_CREDENTIALS, invitationExpiresAt: invitation.expiresAt };
    return c.json({ ...toPersonResponse(row, credentials), invitation: shown(c, invitation) }, 201);
  });

  app.openapi(routes.get, async (c) => {
    const { id } = c.req.valid('param');
    const row = await findPerson(c.var.config.db, id);
    if (row === null) return problem('not-found', unknownPerson(id).message);
    c.header('etag', etagOf(row));
    return c.json(toPersonResponse(row, await credentialsOf(c, row)), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const changes = c.req.valid('json');
    const patch = (stored: PersonDefinition) => ok(mergePerson(stored, changes));
    const expected = c.req.valid('header')['if-match'];
    const updated = await updatePerson(config, caller, c.req.valid('param').id, patch, expected);
    if (!updated.ok) return toProblem(updated.error);
    c.header('etag', etagOf(updated.value));
    return c.json(toPersonResponse(updated.value, await credentialsOf(c, updated.value)), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { config, caller } = c.var;
    const detach = c.req.valid('query').detach === 'true';
    const options = { expectedVersion: c.req.valid('header')['if-match'], detach };
    const deleted = await deletePerson(config, caller, c.req.valid('param').id, options);
    if (!deleted.ok) return toProblem(deleted.error);
    return detach ? c.json(toDetachedResponse(deleted.value), 200) : c.body(null, 204);
  });

  app.openapi(routes.invite, async (c) => {
    const { config, caller } = c.var;
    const invited = await invitePerson(config, caller, c.req.valid('param').id);
    return invited.ok ? c.json(shown(c, invited.value.invitation), 201) : toProblem(invited.error);
  });
}

const credentialsOf = async (c: Context<HttpEnv>, { id }: Pick<PersonRow, 'id'>): Promise<Credentials> =>
  (await listCredentials(c.var.config.db, c.var.now, id)).get(id) ?? NO_CREDENTIALS;

const shown = (c: Context<HttpEnv>, invitation: Invitation): z.input<typeof invitationSchema> => ({
  url: `${ownOrigin(c)}${invitationPath(invitation)}`,
  expiresAt: iso(invitation.expiresAt),
});
