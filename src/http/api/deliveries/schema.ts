// Owns deliveries as the API shows them: without bodies, addresses and secrets.
import { z } from 'zod';
import { type EventType, eventTypes } from '../../../channels/events.ts';
import { DELIVERY_STATES, type DeliveryRow } from '../../../store/deliveries.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';

export const stateSchema = z.enum(DELIVERY_STATES);
export const eventSchema = z.enum(eventTypes);

export const deliverySchema = z
  .strictObject({
    notificationId: z.string().meta({
      description: 'The id of the notification: the `webhook-id` that the receiver gets.',
      example: 'inc_mbx1k2_7_opened',
    }),
    channelId: z.string().meta({ description: 'The id of the channel.', example: 'on-call' }),
    event: eventSchema.meta({ description: 'The event of the notification.', example: 'incident.opened' }),
    timestamp: timeSchema.meta({ description: 'The time of the event.' }),
    monitor: z.string().nullable().meta({
      description: 'The id of the monitor. Null if the event is not about one.',
      example: 'web-shop',
    }),
    incident: z.string().nullable().meta({
      description: 'The id of the incident. Null if the event is not about one.',
      example: 'inc_mbx1k2_7',
    }),
    state: stateSchema.meta({
      description:
        'The state. `pending`: waits for its next attempt, or for its channel to be enabled. `delivered`: the receiver accepted it. `merged`: the message of `mergedInto` carries it. `failed`: not sent any more. `superseded`: it has no meaning any more.',
    }),
    attempts: z.int().meta({ description: 'The number of attempts since it was queued.' }),
    lastStatus: z
      .int()
      .nullable()
      .meta({ description: "The receiver's HTTP status in the newest attempt. Null without a response." }),
    lastError: z.string().nullable().meta({
      description: 'Why the newest attempt failed, or why none was made. Contains no secret. Null otherwise.',
      example: 'hooks.example.com responded 500',
    }),
    lastResponse: z.string().nullable().meta({
      description:
        'The beginning of the newest response, at most 500 characters, on one line. Contains no secret. Null without a body.',
      example: 'no_service',
    }),
    warning: z
      .string()
      .nullable()
      .meta({ description: 'Why the default text was sent in place of a template. Null: it was not.' }),
    mergedInto: z.string().nullable().meta({
      description:
        'The id of the notification whose message carries this one, on channels that people read. Null: it has its own message.',
      example: 'inc_mbx1k2_6_opened',
    }),
    route: z.string().nullable().meta({
      description:
        "The id of the route that named the channel. Null: the monitor's or the default channels, or a route that you cannot see.",
      example: 'shop-team',
    }),
    nextAttemptAt: timeSchema.nullable().meta({
      description:
        'The time of the next attempt, while the delivery waits after a failed one or to be gathered with others. Null if it is due, waits for an earlier delivery, or is finished.',
    }),
    finishedAt: timeSchema
      .nullable()
      .meta({ description: 'When the delivery was delivered, merged or failed. Null while it is pending.' }),
  })
  .meta({ id: 'Delivery', description: 'The delivery of a notification to one channel.' });

/** `shownRoutes` null: all. */
export function toDeliveryResponse(
  row: DeliveryRow,
  shownRoutes: ReadonlySet<string> | null,
): z.input<typeof deliverySchema> {
  return {
    notificationId: row.notificationId,
    channelId: row.channelId,
    event: row.event as EventType,
    timestamp: iso(row.at),
    monitor: row.monitorId,
    incident: row.incidentId,
    state: row.state,
    attempts: row.attempts,
    lastStatus: row.lastStatus,
    lastError: row.lastError,
    lastResponse: row.lastResponse,
    warning: row.warning,
    mergedInto: row.mergedInto,
    route: shownRoutes === null || shownRoutes.has(row.routeId ?? '') ? row.routeId : null,
    nextAttemptAt: row.turn === 'waiting' ? iso(row.nextAttemptAt) : null,
    finishedAt: isoOrNull(row.finishedAt),
  };
}
