// Owns what the routes of /api/v1/public-incidents take and return, as the API document shows them. Does not answer them.
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { cursorSchema, limitSchema, nextCursorSchema } from '../cursor.ts';
import { ifMatchHeaders, jsonWithEtag } from '../etag.ts';
import { filterFlag } from '../filters.ts';
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
import { publicIncidentSchema } from './response.ts';
import {
  incidentUpdateInputSchema,
  incidentUpdatePatchSchema,
  postmortemInputSchema,
  publicationSchema,
  publicIncidentInputSchema,
  publicIncidentPatchSchema,
} from './schema.ts';

export const PATH = '/api/v1/public-incidents';

const id = z.string().meta({
  description: 'The id of the public incident.',
  example: 'pub_4x8j2m0q7c1v9b3n5k6p',
});
const updateId = z
  .string()
  .meta({ description: 'The id of the update.', example: 'upd_4x8j2m0q7c1v9b3n5k6p' });
const params = z.object({ id });
const updateParams = z.object({ id, updateId });
const about = { tags: ['Public incidents'], security };
const outcomes = {
  ...{ ...badBody, ...unauthorized, ...notFound },
  ...{ ...conflict, ...preconditionFailed, ...invalidInput },
};
const asItIs = jsonWithEtag(publicIncidentSchema, 'The public incident as it is now.');

function parsePosition(text: string) {
  const match = /^(\d{1,16})\.([\x21-\x7e]{1,160})$/.exec(text);
  return match ? { startedAt: Number(match[1]), id: match[2] as string } : null;
}

export const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: PATH,
    operationId: 'listPublicIncidents',
    summary: 'List public incidents, newest first',
    description: 'Lists drafts too. With a restriction by tag: those with one of its tags.',
    request: {
      query: z.strictObject({
        state: z
          .enum(['draft', 'published'])
          .optional()
          .meta({ description: 'Filter by state.', example: 'draft' }),
        open: filterFlag('Filter by whether the incident is open.'),
        limit: limitSchema('public incidents'),
        cursor: cursorSchema(parsePosition).optional(),
      }),
    },
    responses: {
      200: json(
        z.strictObject({
          publicIncidents: z
            .array(publicIncidentSchema)
            .meta({ description: 'The public incidents of this page.' }),
          nextCursor: nextCursorSchema,
        }),
        'A page of public incidents.',
      ),
      ...unauthorized,
      ...invalidInput,
    },
  }),
  create: createRoute({
    ...about,
    method: 'post',
    path: PATH,
    operationId: 'createPublicIncident',
    summary: 'Create a public incident with its first update',
    description:
      'Creates an incident in the words of people, as a draft or for readers at once. Channels that were notified of its measured incidents get `incident.updated` when it is published. To report what is over, set `status`, `startedAt` and `at`.',
    request: { body: jsonBody(publicIncidentInputSchema, 'The public incident.') },
    responses: {
      201: jsonWithEtag(publicIncidentSchema, 'The new public incident. `Location` is its path.'),
      ...outcomes,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: `${PATH}/{id}`,
    operationId: 'getPublicIncident',
    summary: 'Get a public incident with its updates',
    request: { params },
    responses: {
      200: jsonWithEtag(publicIncidentSchema, 'The public incident.'),
      ...unauthorized,
      ...notFound,
    },
  }),
  update: createRoute({
    ...about,
    method: 'patch',
    path: `${PATH}/{id}`,
    operationId: 'updatePublicIncident',
    summary: 'Update a public incident',
    description: 'Updates the fields you send (RFC 7396). Status and impact change by an incident update.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(publicIncidentPatchSchema, 'The fields to update.'),
    },
    responses: { 200: asItIs, ...outcomes },
  }),
  remove: createRoute({
    ...about,
    method: 'delete',
    path: `${PATH}/{id}`,
    operationId: 'deletePublicIncident',
    summary: 'Delete a public incident, or discard a draft',
    description:
      'Deletes a public incident with its updates. Responders discard drafts. A published incident needs the role editor. The outage of a discarded draft opens no other draft.',
    request: { params, headers: ifMatchHeaders },
    responses: {
      204: { description: 'Deleted.' },
      ...unauthorized,
      ...notFound,
      ...preconditionFailed,
      ...conflict,
      ...invalidInput,
    },
  }),
  publish: createRoute({
    ...about,
    method: 'post',
    path: `${PATH}/{id}/publish`,
    operationId: 'publishPublicIncident',
    summary: 'Publish a draft',
    description:
      'Shows the draft to readers. You become the author of what the coordinator wrote. The response is 409 if it is published already.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: jsonBody(publicationSchema, 'How it is published.'),
    },
    responses: { 200: asItIs, ...outcomes },
  }),
  addUpdate: createRoute({
    ...about,
    method: 'post',
    path: `${PATH}/{id}/updates`,
    operationId: 'createIncidentUpdate',
    summary: 'Write an incident update',
    description:
      'Adds an update. The newest one decides the status. An update of what the coordinator published makes it yours: it is on every page then, and the coordinator does not resolve it.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: jsonBody(incidentUpdateInputSchema, 'The incident update.'),
    },
    responses: { 201: asItIs, ...outcomes },
  }),
  editUpdate: createRoute({
    ...about,
    method: 'patch',
    path: `${PATH}/{id}/updates/{updateId}`,
    operationId: 'updateIncidentUpdate',
    summary: 'Correct an incident update',
    description: 'Updates the fields you send. Subscribers are not notified again.',
    request: {
      params: updateParams,
      headers: ifMatchHeaders,
      body: mergePatchBody(incidentUpdatePatchSchema, 'The fields to update.'),
    },
    responses: { 200: asItIs, ...outcomes },
  }),
  removeUpdate: createRoute({
    ...about,
    method: 'delete',
    path: `${PATH}/{id}/updates/{updateId}`,
    operationId: 'deleteIncidentUpdate',
    summary: 'Delete an incident update',
    description: 'Deletes an update. The one before it decides the status then. The last one stays.',
    request: { params: updateParams, headers: ifMatchHeaders },
    responses: { 200: asItIs, ...outcomes },
  }),
  writePostmortem: createRoute({
    ...about,
    method: 'put',
    path: `${PATH}/{id}/postmortem`,
    operationId: 'putPostmortem',
    summary: 'Write the postmortem',
    description: 'Writes or replaces the postmortem, on the page of the incident.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: jsonBody(postmortemInputSchema, 'The postmortem.'),
    },
    responses: { 200: asItIs, ...outcomes },
  }),
  removePostmortem: createRoute({
    ...about,
    method: 'delete',
    path: `${PATH}/{id}/postmortem`,
    operationId: 'deletePostmortem',
    summary: 'Delete the postmortem',
    request: { params, headers: ifMatchHeaders },
    responses: { 200: asItIs, ...outcomes },
  }),
};
