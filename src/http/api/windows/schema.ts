// Owns maintenances and silences as the API shows them: the fields of create, update and read, and how an update merges.
// Does not check against stored data (do the monitors exist?): services do.
import { z } from 'zod';
import { err, ok, type Result, type ValidationError } from '../../../result.ts';
import { type Interval, occurrences } from '../../../services/windows/schedule.ts';
import type { WindowDefinition } from '../../../services/windows/windows.ts';
import type { WindowKind, WindowRow } from '../../../store/windows.ts';
import { allOrIds, idSchema, iso, nameSchema, timeSchema } from '../common.ts';

const WEEK_MINUTES = 7 * 24 * 60;
const MAX_WINDOWS_SHOWN = 5;

const instant = z.iso
  .datetime({ offset: true, error: 'Must be a time such as 2026-11-24T09:30:00Z.' })
  .meta({ example: '2026-11-24T09:30:00Z' });
const minutes = z.int().min(1).max(WEEK_MINUTES);
const monitors = allOrIds('monitor', idSchema).meta({
  description: 'The monitors that the window applies to.',
  example: ['web-shop'],
});

const fields = {
  name: nameSchema,
  monitors: monitors.default('all'),
  startsAt: instant.optional().meta({ description: 'The start time. Defaults to now for silences.' }),
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

export const maintenanceInputSchema = z
  .strictObject({ id: idSchema.optional(), ...fields, ...recurring })
  .meta({
    id: 'MaintenanceInput',
    description:
      'The fields of a maintenance to create. Once: set `startsAt` and `endsAt`. Recurring: set `cron`, `durationMinutes` and `timeZone`. At DST changes, a skipped start time moves to the next valid minute. A repeated one uses the first occurrence.',
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

const patchOf = (extra: z.ZodRawShape) =>
  z.strictObject({ ...fields, ...extra, monitors, name: nameSchema }).partial();
export const maintenancePatchSchema = patchOf(recurring).meta({
  id: 'MaintenancePatch',
  description:
    'The fields of a maintenance to update. Setting `cron` on a one-time maintenance, or a time on a recurring one, replaces the schedule.',
  example: { durationMinutes: 90 },
});
export const silencePatchSchema = patchOf({}).meta({
  id: 'SilencePatch',
  description: 'The fields of a silence to update.',
  example: { durationMinutes: 240 },
});

/** All fields of both inputs. */
export interface WindowInput {
  readonly id?: string | undefined;
  readonly name: string;
  readonly monitors: 'all' | readonly string[];
  readonly startsAt?: string | undefined;
  readonly endsAt?: string | undefined;
  readonly durationMinutes?: number | undefined;
  readonly cron?: string | undefined;
  readonly timeZone?: string | undefined;
}

/** The definition that the fields give together, or the invalid field. */
export function toDefinition(
  kind: WindowKind,
  input: WindowInput,
  now: number,
): Result<WindowDefinition, ValidationError> {
  const { id, name, monitors, startsAt, endsAt, durationMinutes, cron, timeZone } = input;
  const valid = (schedule: WindowDefinition['schedule']): Result<WindowDefinition, ValidationError> =>
    ok({ id, name, monitors, schedule });
  const invalid = (field: string, message: string): Result<WindowDefinition, ValidationError> =>
    err({ kind: 'invalid', path: [field], message });
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
  if (startsAt === undefined && kind === 'maintenance') {
    return invalid('startsAt', 'Required, unless you set `cron`.');
  }
  const from = startsAt === undefined ? now : Date.parse(startsAt);
  if (durationMinutes !== undefined)
    return valid({ startsAt: from, endsAt: from + durationMinutes * 60_000 });
  if (endsAt === undefined) return invalid('endsAt', 'Required, unless you set `durationMinutes`.');
  return valid({ startsAt: from, endsAt: Date.parse(endsAt) });
}

/** The stored fields, in the form of an input, with an update applied. */
export function mergeWindow(
  { name, monitors, schedule }: WindowRow,
  patch: Partial<WindowInput>,
): WindowInput {
  const stored =
    'cron' in schedule ? schedule : { startsAt: iso(schedule.startsAt), endsAt: iso(schedule.endsAt) };
  const other = 'cron' in schedule ? (patch.startsAt ?? patch.endsAt) : patch.cron;
  const kept = other === undefined ? { ...stored } : {};
  // A new duration replaces the stored end.
  if (patch.durationMinutes !== undefined && 'endsAt' in kept) delete (kept as { endsAt?: string }).endsAt;
  return { name, monitors, ...kept, ...patch };
}

const responseFields = {
  id: idSchema,
  name: nameSchema,
  monitors,
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
  { id, name, monitors, schedule, createdAt, updatedAt }: WindowRow,
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
});
