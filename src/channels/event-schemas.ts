// Owns the exact schema of each event's body: which keys of `data` it has. The OpenAPI document and the types of
// webhooks.d.ts follow from it. Schemas only. Does not decide what is sent.
import { z } from 'zod';
import { type EventType, events, eventTypes, isReserved } from './events.ts';
import { bodyShape, dataShape, type WebhookBody } from './notification.ts';

type Key = keyof typeof dataShape;

/** Keys that an event always has, and those that it can have. All others are null, and `evidence` is empty. */
interface Shown {
  readonly always: readonly Key[];
  readonly maybe?: readonly Key[];
}

const BY_SUBJECT: Record<(typeof events)[EventType]['about'], Shown> = {
  incident: { always: ['incident', 'monitor', 'evidence'], maybe: ['quorum', 'heartbeat'] },
  monitor: { always: ['monitor', 'evidence'], maybe: ['incident', 'quorum', 'heartbeat'] },
  location: { always: ['location'] },
  port: { always: ['port'] },
  channel: { always: ['channel'] },
  mesh: { always: ['mesh'] },
  heartbeat: { always: ['heartbeat'] },
  report: { always: ['report'] },
};

/** A person can comment on an incident whose monitor is deleted. */
const FOLLOW_UP: readonly Key[] = ['monitor', 'quorum', 'heartbeat'];

const FLAPPING: Shown = {
  always: ['monitor', 'evidence', 'flapping'],
  maybe: ['incident', 'quorum', 'heartbeat'],
};

const BY_EVENT: Partial<Record<EventType, Shown>> = {
  'incident.reminder': { always: ['incident', 'evidence'], maybe: FOLLOW_UP },
  'incident.acknowledged': { always: ['incident', 'evidence', 'action'], maybe: FOLLOW_UP },
  'incident.commented': { always: ['incident', 'evidence', 'action'], maybe: FOLLOW_UP },
  'incident.updated': { always: ['incident', 'evidence', 'action'], maybe: FOLLOW_UP },
  'incident.escalated': { always: ['incident', 'evidence', 'escalation'], maybe: FOLLOW_UP },
  'monitor.flapping': FLAPPING,
  'monitor.flapping_ended': FLAPPING,
  test: { always: [] },
};

const ABSENT = { description: 'Not in this event.' };
const KEYS = Object.keys(dataShape) as Key[];

function dataOf(type: EventType): z.ZodObject {
  const { always, maybe = [] } = BY_EVENT[type] ?? BY_SUBJECT[events[type].about];
  const shape = KEYS.map((key): [Key, z.ZodType] => {
    if (key === 'evidence')
      return [key, always.includes(key) ? dataShape.evidence : dataShape.evidence.max(0).meta(ABSENT)];
    const own = dataShape[key].unwrap();
    if (always.includes(key)) return [key, own];
    const { description } = dataShape[key].meta() ?? {};
    return [
      key,
      maybe.includes(key) ? z.union([own, z.null()]).meta({ description }) : z.null().meta(ABSENT),
    ];
  });
  return z.strictObject(Object.fromEntries(shape));
}

/** `IncidentOpenedEvent` */
export const schemaName = (type: EventType): string =>
  `${type
    .split(/[._]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')}Event`;

function eventSchema(type: EventType) {
  const { severity, description } = events[type];
  const levels = severity === 'incident' ? (['critical', 'warning'] as const) : ([severity] as const);
  return z
    .strictObject({
      ...bodyShape,
      type: z.literal(type).meta({ description: 'The event.' }),
      severity: z.enum(levels).meta({ description: 'How severe the event is.' }),
      data: dataOf(type).meta({
        description: 'All keys are always present. A key that the event is not about is null.',
      }),
    })
    .meta({
      id: schemaName(type),
      description: `${description}${isReserved(type) ? ' Reserved: not sent today.' : ''}`,
    });
}

export const eventSchemas = Object.fromEntries(eventTypes.map((type) => [type, eventSchema(type)])) as Record<
  EventType,
  ReturnType<typeof eventSchema>
>;

const options = Object.values(eventSchemas);

/** The union by `type`. A body that it accepts is a WebhookBody: the compiler cannot follow the map over the events. */
export const notificationSchema = z.discriminatedUnion('type', [options[0]!, ...options.slice(1)]).meta({
  id: 'Notification',
  description: 'The body of every webhook.',
}) as unknown as z.ZodType<WebhookBody>;
