// Owns /api/v1/routes: list, create, order, preview, get, update, delete.
import { createRoute as declare, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { isInside } from '../../../access/restriction.ts';
import { ifInside } from '../../../services/access/references.ts';
import { previewRoutes } from '../../../services/routes/preview.ts';
import type { RouteDefinition } from '../../../services/routes/route-rules.ts';
import {
  createRoute,
  deleteRoute,
  orderRoutes,
  showRoutes,
  unknownRoute,
  updateRoute,
} from '../../../services/routes/routes.ts';
import { findRoute, listRoutes } from '../../../store/routes.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { iso } from '../common.ts';
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
import { previewQuery, previewSchema } from './preview-schema.ts';
import {
  mergeRoute,
  orderSchema,
  routeInputSchema,
  routePatchSchema,
  routeSchema,
  toRouteResponse,
} from './schema.ts';

const about = { tags: ['Routes'], security };
const params = z.object({ id: z.string().meta({ description: 'The id of the route.', example: 'shop' }) });
const listSchema = z.strictObject({
  routes: z.array(routeSchema).meta({ description: 'All routes, in the order in which they apply.' }),
});
const outcomes = { ...badBody, ...unauthorized, ...notFound, ...conflict, ...invalidInput };

const routes = {
  list: declare({
    ...about,
    method: 'get',
    path: '/api/v1/routes',
    operationId: 'listRoutes',
    summary: 'List routes',
    responses: { 200: json(listSchema, 'All routes.'), ...unauthorized },
  }),
  create: declare({
    ...about,
    method: 'post',
    path: '/api/v1/routes',
    operationId: 'createRoute',
    summary: 'Create a route',
    description: 'Creates a route behind all others. If you omit `id`, it is derived from the name.',
    request: { body: jsonBody(routeInputSchema, 'The route.') },
    responses: { 201: jsonWithEtag(routeSchema, 'The new route. `Location` is its path.'), ...outcomes },
  }),
  order: declare({
    ...about,
    method: 'put',
    path: '/api/v1/routes/order',
    operationId: 'orderRoutes',
    summary: 'Order the routes',
    description: 'Sets the order in which the routes apply. List every route that you can see.',
    request: { body: jsonBody(orderSchema, 'The ids of all routes.') },
    responses: { 200: json(listSchema, 'All routes, in the new order.'), ...outcomes },
  }),
  preview: declare({
    ...about,
    method: 'get',
    path: '/api/v1/routing-preview',
    operationId: 'previewRoutes',
    summary: 'Preview who would be notified',
    description:
      'Applies the routes to a monitor, an event and a time, and notifies no channel. Windows, dependencies and flapping can suppress the notification before: see `explain` of the monitor.',
    request: { query: previewQuery },
    responses: {
      200: json(previewSchema, 'The channels that would be notified.'),
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  }),
  get: declare({
    ...about,
    method: 'get',
    path: '/api/v1/routes/{id}',
    operationId: 'getRoute',
    summary: 'Get a route',
    request: { params },
    responses: { 200: jsonWithEtag(routeSchema, 'The route.'), ...unauthorized, ...notFound },
  }),
  update: declare({
    ...about,
    method: 'patch',
    path: '/api/v1/routes/{id}',
    operationId: 'updateRoute',
    summary: 'Update a route',
    description:
      'Updates the fields you send (RFC 7396). Alerts that are open keep the plan they began with.',
    request: {
      params,
      headers: ifMatchHeaders,
      body: mergePatchBody(routePatchSchema, 'The fields to update.'),
    },
    responses: { 200: jsonWithEtag(routeSchema, 'The updated route.'), ...outcomes, ...preconditionFailed },
  }),
  remove: declare({
    ...about,
    method: 'delete',
    path: '/api/v1/routes/{id}',
    operationId: 'deleteRoute',
    summary: 'Delete a route',
    description: 'Deletes a route. Alerts that are open keep the plan they began with.',
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

export function addRouteRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { config, caller } = c.var;
    const rows = (await listRoutes(config.db)).filter((row) => isInside(caller.restriction, row));
    return c.json({ routes: (await showRoutes(config, rows, caller)).map(toRouteResponse) }, 200);
  });

  app.openapi(routes.create, async (c) => {
    const { config, caller } = c.var;
    const created = await createRoute(config, c.req.valid('json') as RouteDefinition, caller);
    if (!created.ok) return toProblem(created.error);
    c.header('location', `/api/v1/routes/${created.value.id}`);
    c.header('etag', etagOf(created.value));
    return c.json(toRouteResponse(created.value), 201);
  });

  app.openapi(routes.order, async (c) => {
    const { config, caller } = c.var;
    const ordered = await orderRoutes(config, c.req.valid('json').routes, caller);
    if (!ordered.ok) return toProblem(ordered.error);
    return c.json({ routes: (await showRoutes(config, ordered.value, caller)).map(toRouteResponse) }, 200);
  });

  app.openapi(routes.preview, async (c) => {
    const { config, caller, now } = c.var;
    const { monitor = null, event, at } = c.req.valid('query');
    const question = { monitor, event, at: at === undefined ? now : Date.parse(at) };
    const preview = await previewRoutes(config, question, caller);
    if (!preview.ok) return toProblem(preview.error);
    const { recipients, routes: decided } = preview.value;
    return c.json(
      {
        ...preview.value,
        at: iso(preview.value.at),
        recipients: recipients.map((one) => ({ ...one, at: iso(one.at) })),
        routes: [...decided],
      },
      200,
    );
  });

  app.openapi(routes.get, async (c) => {
    const { config, caller } = c.var;
    const { id } = c.req.valid('param');
    const row = ifInside(caller.restriction, await findRoute(config.db, id));
    if (!row) return problem('not-found', unknownRoute(id).message);
    const [shown] = await showRoutes(config, [row], caller);
    c.header('etag', etagOf(row));
    return c.json(toRouteResponse(shown!), 200);
  });

  app.openapi(routes.update, async (c) => {
    const { config, caller } = c.var;
    const { id } = c.req.valid('param');
    const patch = (stored: RouteDefinition) =>
      parseFields<RouteDefinition>(
        routeInputSchema as unknown as z.ZodType<RouteDefinition>,
        mergeRoute(stored, c.req.valid('json')),
      );
    const updated = await updateRoute(config, id, patch, caller, c.req.valid('header')['if-match']);
    if (!updated.ok) return toProblem(updated.error);
    c.header('etag', etagOf(updated.value));
    return c.json(toRouteResponse(updated.value), 200);
  });

  app.openapi(routes.remove, async (c) => {
    const { config, caller } = c.var;
    const { id } = c.req.valid('param');
    const deleted = await deleteRoute(config, id, caller, c.req.valid('header')['if-match']);
    return deleted.ok ? c.body(null, 204) : toProblem(deleted.error);
  });
}
