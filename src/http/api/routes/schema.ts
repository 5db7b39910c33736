// Owns routes as the API shows them: the fields of create, update, order and read, and how an update merges. Plain zod.
// Does not check against stored data (do the channels exist?): services do.
// More than 300 lines, because every field has its rule and its description here.

import { z } from 'zod';
import { eventTypes } from '../../../channels/events.ts';
import { WEEKDAYS } from '../../../routing/model.ts';
import type { RouteDefinition } from '../../../services/routes/route-rules.ts';
import { definitionOf } from '../../../services/routes/routes.ts';
import type { RouteRow } from '../../../store/routes.ts';
import { isTimeZone } from '../../../time-zone.ts';
import { idSchema, iso, isUnique, nameSchema, timeSchema } from '../common.ts';
import { mergePatch } from '../merge-patch.ts';
import { tagSelectorSchema, tagsPatchSchema, tagsSchema } from '../tags.ts';

const MAX_STEPS = 10;
const MAX_DELAY_SECONDS = 7 * 24 * 3_600;

const clockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'Must be a time of day such as "22:00".' });

export const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, { error: 'Unknown time zone. Use an IANA name such as "Europe/Berlin".' })
  .meta({ description: 'An IANA time zone.', example: 'Europe/Berlin' });

export const weekTimesSchema = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1, { error: 'Must have at least one day.' })
      .refine(isUnique, { error: 'Must not repeat a day.' })
      .meta({ description: 'The days on which the times begin.', example: ['monday', 'friday'] }),
    from: clockTime.meta({ description: 'Local time of the start.', example: '22:00' }),
    to: clockTime.meta({
      description: 'Local time of the end. If it is not after `from`, the times end on the next day.',
      example: '07:00',
    }),
    timeZone: timeZoneSchema,
  })
  .meta({ id: 'WeekTimes', description: 'Times of the week in a time zone.' });

const FEW = (what: string) => `Must be a list of 1 to 100 unique ${what}.`;
const list = <S extends z.ZodType<string>>(item: S, what: string) =>
  z
    .array(item)
    .min(1, { error: FEW(what) })
    .max(100, { error: FEW(what) })
    .refine(isUnique, { error: FEW(what) })
    .optional();

const matchSchema = z
  .strictObject({
    tags: list(tagSelectorSchema, 'tags').meta({
      description: 'The monitor has one of these tags, as `name` or `name:value`.',
      example: ['team:shop'],
    }),
    monitors: list(idSchema, 'monitor ids').meta({
      description: 'Ids of monitors.',
      example: ['web-shop'],
    }),
    groups: list(nameSchema, 'groups').meta({
      description: 'The monitor is in one of these groups.',
      example: ['Checkout'],
    }),
    severities: list(z.enum(['critical', 'warning', 'info']), 'severities').meta({
      description: 'Severities of the notification.',
      example: ['critical'],
    }),
    events: list(z.enum(eventTypes), 'events').meta({
      description:
        'Events. `monitor.degraded` and `monitor.certificate` go only to routes that name them here, or have `warning` in `severities`.',
      example: ['incident.opened'],
    }),
    times: z
      .array(weekTimesSchema)
      .min(1, { error: 'Must be a list of 1 to 20 times of the week.' })
      .max(20, { error: 'Must be a list of 1 to 20 times of the week.' })
      .optional()
      .meta({ description: 'The notification is raised in one of these times.' }),
  })
  .meta({
    id: 'RouteMatch',
    description:
      'A notification matches if every field that is present matches. Without fields, every one matches.',
  });

const stepSchema = z
  .strictObject({
    afterSeconds: z.int().min(0).max(MAX_DELAY_SECONDS).default(0).meta({
      description:
        'Seconds after the opening, at most 604800. The step is left out if the incident is acknowledged or over by then. Default: 0.',
      example: 0,
    }),
    channels: z
      .array(idSchema)
      .max(100)
      .refine(isUnique, { error: 'Must not repeat a channel id.' })
      .default([])
      .meta({ description: 'Ids of channels. Default: none.', example: ['on-call'] }),
    schedules: z
      .array(idSchema)
      .max(20)
      .refine(isUnique, { error: 'Must not repeat a schedule id.' })
      .default([])
      .meta({
        description:
          'Ids of on-call schedules: the channels of the people who are on call then. If the step reaches no channel, the default channels get it. Default: none.',
      }),
  })
  .meta({ id: 'RouteStep', description: 'The channels and schedules that a step of a route notifies.' });

const fields = {
  name: nameSchema,
  match: matchSchema,
  continues: z.boolean().meta({
    description:
      'Whether later routes apply too. Otherwise, the first route that matches decides. Default: false.',
  }),
  steps: z
    .array(stepSchema)
    .max(MAX_STEPS, { error: `Must have at most ${MAX_STEPS} steps.` })
    .refine(
      (steps) =>
        steps.every((step, index) => index === 0 || step.afterSeconds > steps[index - 1]!.afterSeconds),
      {
        error: 'Each step must have a larger `afterSeconds` than the step before it.',
      },
    )
    .meta({
      description:
        'The first step is the opening, with its delay. The others are the escalation, while the incident is not acknowledged. An empty list: the route notifies no channel.',
    }),
  repeatMinutes: z.int().min(1).max(10_080).nullable().meta({
    description:
      'Minutes between reminders while an incident is open and not acknowledged, at most 10080. Null: no reminders.',
    example: 60,
  }),
  quietHours: weekTimesSchema.nullable().meta({
    description:
      'Notifications below critical wait until these times end, and are not sent if the problem is over by then. Null: none.',
  }),
  enabled: z.boolean().meta({ description: 'A route that is not enabled matches nothing. Default: true.' }),
  tags: tagsSchema('Labels. They decide which restricted people and keys see the route.'),
};

const example = {
  id: 'shop',
  name: 'Shop team',
  match: { tags: ['team:shop'], severities: ['critical'] },
  steps: [
    { afterSeconds: 0, channels: ['on-call'] },
    { afterSeconds: 900, channels: ['managers'] },
  ],
  repeatMinutes: 60,
};

export const routeInputSchema = z
  .strictObject({
    id: idSchema.optional(),
    ...fields,
    match: fields.match.default({}),
    continues: fields.continues.default(false),
    repeatMinutes: fields.repeatMinutes.default(null),
    quietHours: fields.quietHours.default(null),
    enabled: fields.enabled.default(true),
    tags: fields.tags.default({}),
  })
  .meta({ id: 'RouteInput', description: 'The fields of a route to create.', example });

const removable = <S extends z.ZodType>(schema: S) => schema.nullable().optional();

export const routePatchSchema = z
  .strictObject({
    name: fields.name.optional(),
    match: removable(
      z.looseObject({}).meta({ description: 'The fields of `match` to update. Null removes a field.' }),
    ),
    continues: removable(fields.continues),
    steps: fields.steps.optional(),
    repeatMinutes: removable(fields.repeatMinutes),
    quietHours: removable(fields.quietHours),
    enabled: removable(fields.enabled),
    tags: tagsPatchSchema,
  })
  .meta({
    id: 'RoutePatch',
    description:
      'The fields of a route to update (RFC 7396). Null removes a field, so that its default applies.',
    example: { repeatMinutes: 30 },
  });
export type RoutePatch = z.output<typeof routePatchSchema>;

export const routeSchema = z
  .strictObject({ id: idSchema, ...fields, createdAt: timeSchema, updatedAt: timeSchema })
  .meta({
    id: 'Route',
    description: 'A route: which notifications it matches, and which channels they go to.',
  });

export const orderSchema = z
  .strictObject({
    routes: z
      .array(idSchema)
      .max(1_000)
      .refine(isUnique, { error: 'Must not repeat a route id.' })
      .meta({
        description: 'Ids of all routes, in the order in which they apply.',
        example: ['shop', 'rest'],
      }),
  })
  .meta({ id: 'RouteOrder', description: 'The order of the routes.' });

export const toRouteResponse = (row: RouteRow): z.output<typeof routeSchema> =>
  ({
    ...structuredClone(definitionOf(row)),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  }) as z.output<typeof routeSchema>;

/** The stored fields with an update applied by RFC 7396, not validated yet. */
export const mergeRoute = (stored: RouteDefinition, patch: RoutePatch): Record<string, unknown> => {
  const { quietHours, ...rest } = patch;
  const merged = mergePatch({ ...stored }, rest);
  // Times of the week replace each other as a whole.
  return quietHours === undefined ? merged : { ...merged, quietHours };
};
