// Owns on-call schedules as the API shows and takes them. Plain zod: Node reads it too, for `npm start --config`.

import { z } from 'zod';
import type { Override } from '../../../routing/model.ts';
import { WEEKDAYS } from '../../../routing/model.ts';
import type { ScheduleDefinition } from '../../../services/schedules/schedule-record.ts';
import type { ScheduleRow } from '../../../store/schedules.ts';
import type { Tags } from '../../../tags.ts';
import { isTimeZone } from '../../../time-zone.ts';
import { idSchema, iso, isUnique, nameSchema, timeSchema } from '../common.ts';
import { mergePatch } from '../merge-patch.ts';
import { tagsPatchSchema, tagsSchema } from '../tags.ts';

const LOCAL_TIME = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d$/;

/** February 30 has the form of a date, and does not exist. */
const isLocalTime = (text: string): boolean =>
  LOCAL_TIME.test(text) && new Date(`${text}Z`).toISOString().startsWith(text);

const localTimeSchema = z.string().refine(isLocalTime, {
  error: 'Must be a local date and time such as 2026-11-23T09:00.',
});

const clockSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'Must be a time such as 09:00.' });

const personSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .meta({ description: 'The id, the username or the e-mail address of a person.', example: 'ada' });

export const timeZoneSchema = z.string().refine(isNamedTimeZone, {
  error: 'Unknown time zone. Use an IANA name such as Europe/Berlin.',
});

/** An offset such as `+01:00` has no daylight saving, so it is refused. */
function isNamedTimeZone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && isTimeZone(name);
}

const MAX_TURN = { hours: 168, days: 60, weeks: 8 } as const;

const turnSchema = z
  .strictObject({
    unit: z.enum(['hours', 'days', 'weeks']).meta({ description: 'The unit of `count`.' }),
    count: z.int().min(1).meta({ description: 'How many units a turn has.', example: 1 }),
  })
  .superRefine(({ unit, count }, context) => {
    if (count <= MAX_TURN[unit]) return;
    const message = `Must be at most ${MAX_TURN[unit]} ${unit}.`;
    context.addIssue({ code: 'custom', path: ['count'], message });
  })
  .meta({
    description: 'The length of a turn: at most 168 hours, 60 days or 8 weeks.',
    example: { unit: 'weeks', count: 1 },
  });

const timesSchema = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .refine(isUnique, { error: 'Must have unique days.' })
      .meta({ description: 'The days on which the time begins.', example: ['monday', 'tuesday'] }),
    from: clockSchema.meta({ description: 'The local time at which it begins.', example: '09:00' }),
    to: clockSchema.meta({
      description: 'The local time at which it ends: on the next day, if it is not after `from`.',
      example: '17:00',
    }),
  })
  .meta({ description: 'A time of the week.' });

const rotationSchema = z
  .strictObject({
    name: nameSchema.meta({ description: 'The name of the rotation.', example: 'Primary' }),
    people: z
      .array(personSchema)
      .min(1)
      .max(50)
      .meta({
        description:
          'The people in the order of their turns: ids, usernames or e-mail addresses. A read returns ids.',
        example: ['ada', 'bob'],
      }),
    start: localTimeSchema.meta({
      description: 'The local start of the first turn. Its time of the day is that of every hand-off.',
      example: '2026-11-23T09:00',
    }),
    end: localTimeSchema
      .nullable()
      .default(null)
      .meta({ description: 'The local end of the rotation. Null: it has none.', example: null }),
    turn: turnSchema.default({ unit: 'weeks', count: 1 }),
    times: z.array(timesSchema).min(1).max(20).nullable().default(null).meta({
      description: 'The times of the week in which the rotation applies. Null: always.',
      example: null,
    }),
  })
  .refine(({ start, end }) => end === null || end > start, {
    path: ['end'],
    error: '`end` must be after `start`.',
  })
  .meta({ id: 'Rotation', description: 'People who take turns.' });

const fields = {
  name: nameSchema.meta({
    description: 'The display name: one line of 1 to 120 characters.',
    example: 'Shop on call',
  }),
  timeZone: timeZoneSchema.meta({
    description: 'The IANA time zone of all local times.',
    example: 'Europe/Berlin',
  }),
  rotations: z.array(rotationSchema).max(10).meta({
    description:
      'The rotations. At a time, one person of each is on call. Without a rotation, only overrides count.',
  }),
  tags: tagsSchema('Labels. They decide which restricted people and keys see the schedule.'),
};

const EXAMPLE = {
  name: 'Shop on call',
  timeZone: 'Europe/Berlin',
  rotations: [
    { name: 'Primary', people: ['ada', 'bob'], start: '2026-11-23T09:00', turn: { unit: 'weeks', count: 1 } },
  ],
  tags: { team: 'shop' },
};

export const scheduleInputSchema = z
  .strictObject({
    id: idSchema
      .optional()
      .meta({ description: 'The id. Derived from the name if you omit it.', example: 'shop-on-call' }),
    name: fields.name,
    timeZone: fields.timeZone.default('UTC'),
    rotations: fields.rotations.default([]),
    tags: fields.tags.default({}),
  })
  .meta({
    id: 'ScheduleInput',
    description: 'The fields of an on-call schedule to create.',
    example: EXAMPLE,
  });
export type ScheduleInput = z.output<typeof scheduleInputSchema>;

export const schedulePatchSchema = z
  .strictObject({
    name: fields.name.optional(),
    timeZone: fields.timeZone.optional(),
    rotations: fields.rotations.optional(),
    tags: tagsPatchSchema,
  })
  .meta({
    id: 'SchedulePatch',
    description: 'The fields of a schedule to update. `rotations` replaces all rotations.',
    example: { timeZone: 'Europe/Paris' },
  });

export const overrideInputSchema = z
  .strictObject({
    person: personSchema,
    startsAt: timeSchema.meta({ description: 'When the override begins.' }),
    endsAt: timeSchema.meta({ description: 'When it ends.', example: '2026-11-25T09:30:00.000Z' }),
  })
  .refine(({ startsAt, endsAt }) => Date.parse(endsAt) > Date.parse(startsAt), {
    path: ['endsAt'],
    error: '`endsAt` must be after `startsAt`.',
  })
  .meta({ id: 'OverrideInput', description: 'One person takes the place of all rotations for a time.' });

export const overrideSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id of the override.', example: 'ovr_4q0rk2m9s7w1x3z5b8d6' }),
    person: z.string().meta({ description: 'The id of the person.', example: 'per_4q0rk2m9s7w1x3z5b8d6' }),
    startsAt: timeSchema.meta({ description: 'When the override begins.' }),
    endsAt: timeSchema.meta({ description: 'When it ends.' }),
  })
  .meta({ id: 'Override', description: 'One person takes the place of all rotations for a time.' });

export const scheduleSchema = z
  .strictObject({
    id: idSchema,
    name: fields.name,
    timeZone: fields.timeZone,
    rotations: fields.rotations,
    overrides: z.array(overrideSchema).meta({
      description: 'The overrides, by their start. Those that ended 90 days ago go with the next change.',
    }),
    tags: fields.tags,
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Schedule', description: 'An on-call schedule.' });

/** The stored schedule with an update applied (RFC 7396). */
export const mergeSchedule = (
  stored: ScheduleDefinition,
  patch: z.output<typeof schedulePatchSchema>,
): Record<string, unknown> => ({
  ...{ name: patch.name ?? stored.name, timeZone: patch.timeZone ?? stored.timeZone },
  rotations: patch.rotations ?? stored.rotations,
  tags:
    patch.tags === undefined
      ? stored.tags
      : patch.tags === null
        ? {}
        : (mergePatch(stored.tags, patch.tags) as Tags),
});

export const toOverrideResponse = ({
  id,
  person,
  startsAt,
  endsAt,
}: Override): z.input<typeof overrideSchema> => ({
  ...{ id, person, startsAt: iso(startsAt), endsAt: iso(endsAt) },
});

export function toScheduleResponse(row: ScheduleRow): z.output<typeof scheduleSchema> {
  const { id, name, timeZone, tags } = row;
  return {
    ...{ id, name, timeZone, tags },
    rotations: structuredClone(row.rotations) as never,
    overrides: row.overrides.map(toOverrideResponse),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
