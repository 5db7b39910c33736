// Owns /api/v1/deliveries: what was sent to each channel and what waits, newest first, in pages; and redelivery.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Restriction } from '../../../access/restriction.ts';
import { ifInside, insideIds } from '../../../services/access/references.ts';
import { redeliver, unknownDelivery } from '../../../services/deliveries/redeliver.ts';
import { findChannel, listChannels } from '../../../store/channels.ts';
import { type DeliveryPosition, findDelivery, listDeliveries } from '../../../store/deliveries.ts';
import { listRoutes } from '../../../store/routes.ts';
import type { HttpEnv } from '../../context.ts';
import { problem, toProblem } from '../../problems.ts';
import { cursorSchema, encodeCursor, limitSchema, nextCursorSchema } from '../cursor.ts';
import { filterId } from '../filters.ts';
import { conflict, invalidInput, json, notFound, security, unauthorized } from '../responses.ts';
import { deliverySchema, eventSchema, stateSchema, toDeliveryResponse } from './schema.ts';

const about = { tags: ['Deliveries'], security };

function parsePosition(text: string): DeliveryPosition | null {
  const match = /^(\d{1,16}) ([\x21-\x7e]{1,200}) ([\x21-\x7e]{0,63})$/.exec(text);
  if (!match) return null;
  return { position: Number(match[1]), notificationId: match[2] as string, channelId: match[3] as string };
}

const cursorOf = ({ position, notificationId, channelId }: DeliveryPosition): string =>
  encodeCursor(`${position} ${notificationId} ${channelId}`);

const params = z.object({
  notificationId: z.string().meta({
    description: 'The id of the notification.',
    example: 'inc_mbx1k2_7_opened',
  }),
  channelId: z.string().meta({ description: 'The id of the channel.', example: 'on-call' }),
});

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/deliveries',
    operationId: 'listDeliveries',
    summary: 'List deliveries, newest first',
    description:
      'Lists deliveries of the newest notifications first. A page can have fewer deliveries than `limit`: continue until `nextCursor` is null.',
    request: {
      query: z.strictObject({
        channel: filterId('Filter by channel id.', 'on-call'),
        state: stateSchema.optional().meta({ description: 'Filter by state.', example: 'failed' }),
        event: eventSchema.optional().meta({ description: 'Filter by event.', example: 'incident.opened' }),
        monitor: filterId('Filter by monitor id.'),
        incident: filterId('Filter by incident id.', 'inc_mbx1k2_7', 200),
        limit: limitSchema('deliveries'),
        cursor: cursorSchema(parsePosition).optional(),
      }),
    },
    responses: {
      200: json(
        z.strictObject({
          deliveries: z.array(deliverySchema).meta({ description: 'The deliveries of this page.' }),
          nextCursor: nextCursorSchema,
        }),
        'A page of deliveries.',
      ),
      ...unauthorized,
      ...invalidInput,
    },
  }),
  get: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/deliveries/{notificationId}/{channelId}',
    operationId: 'getDelivery',
    summary: 'Get a delivery',
    request: { params },
    responses: { 200: json(deliverySchema, 'The delivery.'), ...unauthorized, ...notFound },
  }),
  redeliver: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/deliveries/{notificationId}/{channelId}/redeliver',
    operationId: 'redeliver',
    summary: 'Redeliver a notification',
    description:
      'Makes a finished delivery pending again, with the same `webhook-id` and the full number of attempts. It is due once earlier deliveries about the same monitor are finished. If it failed to open an incident that has ended, the end is sent again behind it. The response is 409 if it is pending or superseded, if the end of its incident replaced it, if the end is pending, or if its channel is disabled or deleted.',
    request: { params },
    responses: {
      200: json(deliverySchema, 'The delivery, which is pending now.'),
      ...unauthorized,
      ...notFound,
      ...conflict,
      ...invalidInput,
    },
  }),
};

/** Channels whose deliveries a list shows. Undefined: all, also deleted ones. A restriction leaves those inside. */
async function shownChannels(
  db: D1Database,
  restriction: Restriction,
  channel: string | undefined,
): Promise<readonly string[] | undefined> {
  if (restriction === null) return channel === undefined ? undefined : [channel];
  const inside = insideIds(restriction, await listChannels(db));
  return channel === undefined ? [...inside] : [channel].filter((id) => inside.has(id));
}

/** Routes that a restricted caller sees. Null: all, also deleted ones. */
const shownRoutes = async (db: D1Database, restriction: Restriction): Promise<ReadonlySet<string> | null> =>
  restriction === null ? null : insideIds(restriction, await listRoutes(db));

export function addDeliveryRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { channel, state, event, monitor, incident, limit, cursor } = c.req.valid('query');
    const { db } = c.var.config;
    const { restriction } = c.var.caller;
    const page = await listDeliveries(db, {
      channelIds: await shownChannels(db, restriction, channel),
      onlyOfChannels: restriction !== null,
      state,
      event,
      monitorId: monitor,
      incidentId: incident,
      after: cursor,
      limit: Number(limit),
    });
    const nextCursor = page.next ? cursorOf(page.next) : null;
    const shown = await shownRoutes(db, restriction);
    const deliveries = page.rows.map((row) => toDeliveryResponse(row, shown));
    return c.json({ deliveries, nextCursor }, 200);
  });

  app.openapi(routes.get, async (c) => {
    const { notificationId, channelId } = c.req.valid('param');
    const { db } = c.var.config;
    const { restriction } = c.var.caller;
    const [row, channel] = await Promise.all([
      findDelivery(db, notificationId, channelId),
      restriction === null ? null : findChannel(db, channelId),
    ]);
    if (!row || (restriction !== null && !ifInside(restriction, channel)))
      return problem('not-found', unknownDelivery(notificationId, channelId));
    return c.json(toDeliveryResponse(row, await shownRoutes(db, restriction)), 200);
  });

  app.openapi(routes.redeliver, async (c) => {
    const { notificationId, channelId } = c.req.valid('param');
    const queued = await redeliver(c.var.config, notificationId, channelId, c.var.caller);
    if (!queued.ok) return toProblem(queued.error);
    const shown = await shownRoutes(c.var.config.db, c.var.caller.restriction);
    return c.json(toDeliveryResponse(queued.value, shown), 200);
  });
}
