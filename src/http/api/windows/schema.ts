// Owns maintenances and silences as the API shows them: the fields of create, update and read, and how an update merges.
// Does not check against stored data (do the monitors exist?): services do.
// More than 300 lines: the schema of each field is beside its description.
import { z } from 'zod';
import { err, ok, type Result, type ValidationError } from '../../../result.ts';
import { type Interval, occurrences } from '../../../services/windows/schedule.ts';
import type { WindowDefinition } from '../../../services/windows/windows.ts';
import type { WindowScope } from '../../../store/window-scope.ts';
import type { WindowRow } from '../../../store/windows.ts';
import { allOrIds, idSchema, iso, isoOrNull, nameSchema, timeSchema } from '../common.ts';
import { mergePatch } from '../merge-patch.ts';
import { tagSelectorSchema } from '../tags.ts';

const WEEK_MINUTES = 7 * 24 * 60;
const MAX_WINDOWS_SHOWN = 5;

const instant = z.iso
  .datetime({ offset: true, error: 'Must be a time such as 2026-11-24T09:30:00Z.' })
  .meta({ example: '2026-11-24T09:30:00Z' });
const minutes = z.int().min(1).max(WEEK_MINUTES);
const monitors = allOrIds('monitor', idSchema, { allowNone: true }).meta({
  description:
    'The monitors that the window applies to, besides those with one of its `tags`. Default: "all" without `tags`, else none.',
  example: ['web-shop'],
});
const TAGS_FORM = 'Must be a list of at most 20 tags, such as ["team:shop", "staging"].';
const tags = z
  .array(tagSelectorSchema, { error: TAGS_FORM })
  .max(20, { error: TAGS_FORM })
  .refine((list) => new Set(list).size === list.length, { error: 'Must not repeat a tag.' })
  .meta({
    description:
      'The window also applies to every monitor that has any of these tags, as `name` or `name:value`. A monitor that gets the tag later joins, and leaves with it. Default: none.',
    example: ['team:shop'],
  });

const fields = {
  name: nameSchema,
  monitors: monitors.optional(),
  tags: tags.optional(),
  startsAt: instant.optional().meta({ description: 'The start time. Default: now.' }),
  endsAt: instant.optional().meta({ description: 'The end time. Alternatively, set `durationMinutes`.' }),
  durationMinutes: minutes
    .optional()
    .meta({ description: 'The duration in minutes of elapsed time, at most 10080 (a week).' }),
};

const recurring = {
  cron: z.string().max(100).optional().meta({
    description: 'A cron expression of five fields, in the local time of `timeZone`.',
    example: '0 2 * * SUN',
  }),
  timeZone: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'An IANA time zone. Defaults to UTC.', example: 'Europe/Berlin' }),
};

/** Not stored: each change chooses anew. */
const notifying = {
  notify: z.boolean().optional().meta({
    description:
      'Whether subscribers of the status pages that show one of the monitors get a message about this change. Not stored. Default: false.',
    example: true,
  }),
};

export const notifyQuery = z.strictObject({
  notify: z.enum(['true', 'false']).optional().meta({
    description:
      'Whether subscribers of the status pages that show one of the monitors get a message about it. Default: false.',
    example: 'true',
  }),
});

export const maintenanceInputSchema = z
  .strictObject({ id: idSchema.optional(), ...fields, ...recurring, ...notifying })
  .meta({
    id: 'MaintenanceInput',
    description:
      'The fields of a maintenance to create. Once: set `endsAt` or `durationMinutes`, and `startsAt` unless it starts now. Recurring: set `cron`, `durationMinutes` and `timeZone`. At DST changes, a skipped start time moves to the next valid minute. A repeated one uses the first occurrence.',
    example: {
      name: 'Database upgrade',
      monitors: ['web-shop'],
      cron: '0 2 * * SUN',
      durationMinutes: 60,
      timeZone: 'Europe/Berlin',
    },
  });

export const silenceInputSchema = z.strictObject({ id: idSchema.optional(), ...fields }).meta({
  id: 'SilenceInput',
  description: 'The fields of a silence to create. Use `name` for the reason.',
  example: { name: 'Known issue', monitors: ['web-shop'], durationMinutes: 120 },
});

/** RFC 7396: null removes a field, so that its default applies. A name has none. */
const patchOf = (shape: z.ZodRawShape) =>
  z.strictObject({
    ...Object.fromEntries(
      Object.entries(shape).map(([field, schema]) => [field, (schema as z.ZodType).nullable()]),
    ),
    name: nameSchema.optional(),
  });
export const maintenancePatchSchema = patchOf({ ...fields, ...recurring, ...notifying })
  .extend({
    endedAt: z.null({ error: 'Must be null. To end an occurrence, use `POST …/end`.' }).optional().meta({
      description:
        'Null: the occurrence of a recurring maintenance that was ended early goes on until its planned end.',
    }),
  })
  .meta({
    id: 'MaintenancePatch',
    description:
      'The fields of a maintenance to update. Null removes a field, so that its default applies. Setting `cron` on a one-time maintenance, or a time on a recurring one, replaces the schedule.',
    example: { durationMinutes: 90 },
  });
export const silencePatchSchema = patchOf(fields).meta({
  id: 'SilencePatch',
  description: 'The fields of a silence to update. Null removes a field, so that its default applies.',
  example: { durationMinutes: 240 },
});

/** All fields of both inputs. */
export interface WindowInput {
  readonly id?: string | undefined;
  readonly name: string;
  readonly monitors?: 'all' | readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly startsAt?: string | undefined;
  readonly endsAt?: string | undefined;
  readonly durationMinutes?: number | undefined;
  readonly cron?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly notify?: boolean | undefined;
}

/** The fields of an update. */
export type WindowPatch = { readonly [F in keyof Omit<WindowInput, 'id'>]?: WindowInput[F] | null } & {
  /** Ends nothing: lets go on what was ended early. */
  readonly endedAt?: null;
};

const invalid = (field: string, message: string) => err({ kind: 'invalid' as const, path: [field], message });

/** The monitors that the fields give together. A window without any is a mistake. */
function scopeOf({ monitors, tags = [] }: WindowInput): Result<WindowScope, ValidationError> {
  const listed = monitors ?? (tags.length > 0 ? [] : 'all');
  if (listed === 'all' && tags.length > 0)
    return invalid(
      'tags',
      'Conflicts with `monitors`: "all" includes every tag. Send a list of monitors, or no tags.',
    );
  if (listed.length === 0 && tags.length === 0)
    return invalid(
      'monitors',
      'The window applies to no monitor. Send "all", a list of monitor ids, or `tags`.',
    );
  return ok({ monitors: listed === 'all' ? listed : [...listed], tags: [...tags] });
}

/** The definition that the fields give together, or the invalid field. */
export function toDefinition(input: WindowInput, now: number): Result<WindowDefinition, ValidationError> {
  const { id, name, startsAt, endsAt, durationMinutes, cron, timeZone, notify } = input;
  const scope = scopeOf(input);
  if (!scope.ok) return scope;
  const valid = (schedule: WindowDefinition['schedule']): Result<WindowDefinition, ValidationError> =>
    ok({ id, name, ...scope.value, schedule, notify });
  if (cron !== undefined) {
    if (startsAt !== undefined || endsAt !== undefined) {
      const field = startsAt === undefined ? 'endsAt' : 'startsAt';
      return invalid(field, 'Conflicts with `cron`. Remove one of the two.');
    }
    if (durationMinutes === undefined) return invalid('durationMinutes', 'Required with `cron`.');
    return valid({ cron, durationMinutes, timeZone: timeZone ?? 'UTC' });
  }
  if (timeZone !== undefined) {
    return invalid(
      'timeZone',
      'Only allowed with `cron`. Times carry their own offset, so remove this field.',
    );
  }
  if (endsAt !== undefined && durationMinutes !== undefined) {
    return invalid('durationMinutes', 'Conflicts with `endsAt`. Remove one of the two.');
  }
  const from = startsAt === undefined ? now : Date.parse(startsAt);
  if (durationMinutes !== undefined)
    return valid({ startsAt: from, endsAt: from + durationMinutes * 60_000 });
  if (endsAt === undefined) return invalid('endsAt', 'Required, unless you set `durationMinutes`.');
  return valid({ startsAt: from, endsAt: Date.parse(endsAt) });
}

/** The stored fields, in the form of an input, with an update applied by RFC 7396. */
export function mergeWindow(
  { name, monitors, tags, schedule }: WindowRow,
  { endedAt: _, ...patch }: WindowPatch,
): object {
  const other = 'cron' in schedule ? (patch.startsAt ?? patch.endsAt) : patch.cron;
  const kept = other === undefined || other === null ? writtenSchedule(schedule) : {};
  // A new duration replaces the stored end.
  const replaced = typeof patch.durationMinutes === 'number' ? { endsAt: null } : {};
  return mergePatch(mergePatch({ name, monitors, tags, ...kept }, replaced), patch);
}

const writtenSchedule = (schedule: WindowRow['schedule']): Partial<WindowInput> => {
  if ('startsAt' in schedule) return { startsAt: iso(schedule.startsAt), endsAt: iso(schedule.endsAt) };
  const { cron, durationMinutes, timeZone } = schedule;
  return { cron, durationMinutes, timeZone };
};

/** An occurrence that a person ended stays ended, unless the update changes when occurrences begin. */
function keepEnded({ schedule: stored }: WindowRow, definition: WindowDefinition): WindowDefinition {
  const { schedule } = definition;
  if (!('cron' in stored && 'cron' in schedule) || stored.endedAt === undefined) return definition;
  const isSame = stored.cron === schedule.cron && stored.timeZone === schedule.timeZone;
  return isSame ? { ...definition, schedule: { ...schedule, endedAt: stored.endedAt } } : definition;
}

/** With `endedAt` null, the occurrence that was ended early goes on. What is over stays as it was. */
export function withEnded(
  stored: WindowRow,
  { endedAt }: WindowPatch,
  definition: WindowDefinition,
  now: number,
): Result<WindowDefinition, ValidationError> {
  if (endedAt === undefined) return ok(keepEnded(stored, definition));
  const { schedule } = definition;
  if (!('cron' in stored.schedule && 'cron' in schedule))
    return invalid('endedAt', 'Only allowed if the maintenance recurs. Set `endsAt` instead.');
  const { endedAt: ended, ...planned } = stored.schedule;
  const [first] = occurrences(planned, now, 1);
  if (ended !== undefined && !(first !== undefined && first[0] <= ended))
    return invalid('endedAt', 'The occurrence that was ended early is over by its plan, too.');
  return ok(definition);
}

const responseFields = {
  id: idSchema,
  name: nameSchema,
  monitors,
  tags,
  state: z.enum(['active', 'scheduled', 'ended']).meta({ description: 'The state now.' }),
  windows: z
    .array(
      z.strictObject({
        startsAt: timeSchema.meta({ description: 'The start.' }),
        endsAt: timeSchema.meta({ description: 'The end.' }),
      }),
    )
    .meta({
      description: 'The active and upcoming occurrences, at most 5. If all have ended, the last one.',
    }),
  createdAt: timeSchema,
  updatedAt: timeSchema,
};

export const maintenanceSchema = z
  .strictObject({
    ...responseFields,
    cron: z.string().nullable().meta({ description: 'The cron expression. Null if it does not recur.' }),
    durationMinutes: z
      .int()
      .nullable()
      .meta({ description: 'The duration of each occurrence, in minutes. Null if it does not recur.' }),
    timeZone: z
      .string()
      .nullable()
      .meta({ description: 'The time zone of `cron`. Null if it does not recur.' }),
    endedAt: timeSchema.nullable().meta({
      description:
        'When a person ended an occurrence before its planned end. Null if none was, or it does not recur.',
    }),
  })
  .meta({
    id: 'Maintenance',
    description: 'Planned work. Notifications are suppressed, and the time does not count for uptime.',
  });

export const silenceSchema = z.strictObject(responseFields).meta({
  id: 'Silence',
  description: 'Suppresses notifications. Problems that persist are notified when the silence ends.',
});

export function toSilenceResponse(
  { id, name, monitors, tags, schedule, createdAt, updatedAt }: WindowRow,
  now: number,
) {
  const spans = occurrences(schedule, now, MAX_WINDOWS_SHOWN);
  const last: Interval[] = 'startsAt' in schedule ? [[schedule.startsAt, schedule.endsAt]] : [];
  const next = spans[0];
  const state = !next ? ('ended' as const) : next[0] <= now ? ('active' as const) : ('scheduled' as const);
  return {
    id,
    name,
    monitors,
    tags,
    state,
    windows: (spans.length > 0 ? spans : last).map(([from, to]) => ({
      startsAt: iso(from),
      endsAt: iso(to),
    })),
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}

export const toMaintenanceResponse = (row: WindowRow, now: number) => ({
  ...toSilenceResponse(row, now),
  cron: 'cron' in row.schedule ? row.schedule.cron : null,
  durationMinutes: 'cron' in row.schedule ? row.schedule.durationMinutes : null,
  timeZone: 'cron' in row.schedule ? row.schedule.timeZone : null,
  endedAt: 'cron' in row.schedule ? isoOrNull(row.schedule.endedAt ?? null) : null,
});
