// Maintenance and silences on the wire: what a person may write, and what is read back.
import { z } from 'zod';
import { err, ok, type Result, type ValidationError } from '../../../result.ts';
import { type Interval, occurrences } from '../../../services/windows/schedule.ts';
import type { WindowDefinition } from '../../../services/windows/windows.ts';
import type { WindowKind, WindowRow } from '../../../store/windows.ts';
import { allOrIds, idSchema, iso, nameSchema, timeSchema } from '../common.ts';

const WEEK_MINUTES = 7 * 24 * 60;
const MOST_SHOWN = 5;

const instant = z.iso
  .datetime({ offset: true, error: 'Write a time as 2026-11-24T09:30:00Z.' })
  .meta({ example: '2026-11-24T09:30:00Z' });
const minutes = z.int().min(1).max(WEEK_MINUTES);
const monitors = allOrIds('monitor', idSchema).meta({
  description: 'Which monitors.',
  example: ['web-shop'],
});

const fields = {
  name: nameSchema,
  monitors: monitors.default('all'),
  startsAt: instant.optional().meta({ description: 'Once: from then. A silence begins at once without it.' }),
  endsAt: instant.optional().meta({ description: 'Once: until then; or give durationMinutes.' }),
  durationMinutes: minutes
    .optional()
    .meta({ description: 'How long, in minutes of real time; at most a week.' }),
};

const recurring = {
  cron: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'Again and again: five fields, in local time.', example: '0 2 * * SUN' }),
  timeZone: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'IANA name; UTC without it.', example: 'Europe/Berlin' }),
};

export const maintenanceInputSchema = z
  .strictObject({ id: idSchema.optional(), ...fields, ...recurring })
  .meta({
    id: 'MaintenanceInput',
    description:
      'Planned work: once, with startsAt and endsAt, or again and again, with cron, durationMinutes and timeZone. Where the clock skips the local time, it begins at the first moment after the gap; where that time comes twice, the first time.',
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
  description: 'Mutes notifications, and nothing else. `name` says why.',
  example: { name: 'Known, being worked on', monitors: ['web-shop'], durationMinutes: 120 },
});

const patchOf = (extra: z.ZodRawShape) =>
  z.strictObject({ ...fields, ...extra, monitors, name: nameSchema }).partial();
export const maintenancePatchSchema = patchOf(recurring).meta({
  id: 'MaintenancePatch',
  description: 'What to change; a field of the other sort of schedule replaces the schedule.',
  example: { durationMinutes: 90 },
});
export const silencePatchSchema = patchOf({}).meta({
  id: 'SilencePatch',
  description: 'What to change.',
  example: { durationMinutes: 240 },
});

/** Everything that either input may have. */
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

/** The schedule that the fields make together, or which field is wrong. */
export function readWindow(
  kind: WindowKind,
  input: WindowInput,
  now: number,
): Result<WindowDefinition, ValidationError> {
  const { id, name, monitors, startsAt, endsAt, durationMinutes, cron, timeZone } = input;
  const made = (schedule: WindowDefinition['schedule']): Result<WindowDefinition, ValidationError> =>
    ok({ id, name, monitors, schedule });
  const invalid = (field: string, message: string): Result<WindowDefinition, ValidationError> =>
    err({ kind: 'invalid', path: [field], message });
  if (cron !== undefined) {
    if (startsAt !== undefined || endsAt !== undefined) {
      const field = startsAt === undefined ? 'endsAt' : 'startsAt';
      return invalid(field, 'A window with cron has no start and no end of its own. Leave it out.');
    }
    if (durationMinutes === undefined) return invalid('durationMinutes', 'Write how many minutes it lasts.');
    return made({ cron, durationMinutes, timeZone: timeZone ?? 'UTC' });
  }
  if (timeZone !== undefined) {
    return invalid(
      'timeZone',
      'Only a window with cron has a time zone: times with Z or an offset need none.',
    );
  }
  if (endsAt !== undefined && durationMinutes !== undefined) {
    return invalid('durationMinutes', 'Write either endsAt or durationMinutes.');
  }
  if (startsAt === undefined && kind === 'maintenance') {
    return invalid('startsAt', 'Write when it begins, or a cron expression.');
  }
  const from = startsAt === undefined ? now : Date.parse(startsAt);
  if (durationMinutes !== undefined) return made({ startsAt: from, endsAt: from + durationMinutes * 60_000 });
  if (endsAt === undefined) return invalid('endsAt', 'Write when it ends, or durationMinutes.');
  return made({ startsAt: from, endsAt: Date.parse(endsAt) });
}

/** The stored fields, as they may be written again, under a patch. */
export function mergeWindow(
  { name, monitors, schedule }: WindowRow,
  patch: Partial<WindowInput>,
): WindowInput {
  const stored =
    'cron' in schedule ? schedule : { startsAt: iso(schedule.startsAt), endsAt: iso(schedule.endsAt) };
  const other = 'cron' in schedule ? (patch.startsAt ?? patch.endsAt) : patch.cron;
  const kept = other === undefined ? { ...stored } : {};
  // Whichever of end and length is given replaces the other.
  if (patch.durationMinutes !== undefined && 'endsAt' in kept) delete (kept as { endsAt?: string }).endsAt;
  return { name, monitors, ...kept, ...patch };
}

const shownFields = {
  id: idSchema,
  name: nameSchema,
  monitors,
  state: z.enum(['active', 'scheduled', 'ended']),
  windows: z.array(z.strictObject({ startsAt: timeSchema, endsAt: timeSchema })).meta({
    description: 'The one that goes on and those to come, at most five; the last one when all are over.',
  }),
  createdAt: timeSchema,
  updatedAt: timeSchema,
};

export const maintenanceSchema = z
  .strictObject({
    ...shownFields,
    cron: z.string().nullable(),
    durationMinutes: z.int().nullable(),
    timeZone: z.string().nullable(),
  })
  .meta({ id: 'Maintenance', description: 'Planned work: no notifications, left out of uptime.' });

export const silenceSchema = z.strictObject(shownFields).meta({
  id: 'Silence',
  description: 'Notifications are muted; what still holds when it ends is told then.',
});

export function toWindowResponse(
  { id, name, monitors, schedule, createdAt, updatedAt }: WindowRow,
  now: number,
) {
  const spans = occurrences(schedule, now, MOST_SHOWN);
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

export const showMaintenance = (row: WindowRow, now: number) => ({
  ...toWindowResponse(row, now),
  cron: 'cron' in row.schedule ? row.schedule.cron : null,
  durationMinutes: 'cron' in row.schedule ? row.schedule.durationMinutes : null,
  timeZone: 'cron' in row.schedule ? row.schedule.timeZone : null,
});
