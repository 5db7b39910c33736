// Owns report schedules as the API shows and takes them. Plain zod: Node reads it too, for `npm start --config`.
import { z } from 'zod';
import type { Inside } from '../../../services/access/inside.ts';
import { shownIds } from '../../../services/access/references.ts';
import {
  type ReportScheduleDefinition,
  reportScheduleDefinition,
} from '../../../services/report-schedules/report-schedule-record.ts';
import type { ReportScheduleRow } from '../../../store/report-schedules.ts';
import { idSchema, iso, isUnique, nameSchema, timeSchema } from '../common.ts';
import { reportPeriodSchema, scopeSchema, shownScopeSchema, toScopeResponse } from '../history-scope.ts';
import { mergePatch } from '../merge-patch.ts';
import { timeZoneSchema } from '../schedules/schema.ts';
import { tagsPatchSchema, tagsSchema } from '../tags.ts';

const CHANNELS = 'Must have 1 to 20 unique channel ids.';

const fields = {
  name: nameSchema.meta({
    description: 'The display name: one line of 1 to 120 characters. Messages begin with it.',
    example: 'Shop, monthly',
  }),
  period: reportPeriodSchema,
  timeZone: timeZoneSchema.meta({
    description: 'The IANA time zone in which periods begin and end.',
    example: 'Europe/Berlin',
  }),
  scope: scopeSchema,
  channels: z
    .array(idSchema)
    .min(1, { error: CHANNELS })
    .max(20, { error: CHANNELS })
    .refine(isUnique, { error: CHANNELS })
    .meta({
      description: 'Ids of the channels that get the reports. Pagers are refused.',
      example: ['team-mail'],
    }),
  enabled: z.boolean().meta({ description: 'Whether reports are sent.' }),
  tags: tagsSchema('Labels. They decide which restricted people and keys see the schedule.'),
};

const EXAMPLE = {
  ...{ name: 'Shop, monthly', period: 'month', timeZone: 'Europe/Berlin' },
  ...{ scope: { tags: ['team:shop'] }, channels: ['team-mail'], tags: { team: 'shop' } },
};

export const reportScheduleInputSchema = z
  .strictObject({
    id: idSchema
      .optional()
      .meta({ description: 'The id. Derived from the name if you omit it.', example: 'shop-monthly' }),
    name: fields.name,
    period: fields.period,
    timeZone: fields.timeZone.default('UTC'),
    scope: fields.scope.default({ monitors: 'all', groups: [], tags: [] }),
    channels: fields.channels,
    enabled: fields.enabled.default(true),
    tags: fields.tags.default({}),
  })
  .meta({
    id: 'ReportScheduleInput',
    description: 'The fields of a report schedule to create.',
    example: EXAMPLE,
  });
export type ReportScheduleInput = z.output<typeof reportScheduleInputSchema>;

export const reportSchedulePatchSchema = z
  .strictObject({
    name: fields.name.optional(),
    period: fields.period.optional(),
    timeZone: fields.timeZone.optional(),
    scope: z
      .looseObject({})
      .optional()
      .meta({
        description: 'The lists of the scope to replace. The others stay.',
        example: { tags: ['team:shop'] },
      }),
    channels: fields.channels.optional(),
    enabled: fields.enabled.optional(),
    tags: tagsPatchSchema,
  })
  .meta({
    id: 'ReportSchedulePatch',
    description: 'The fields of a report schedule to update.',
    example: { enabled: false },
  });

export const reportScheduleSchema = z
  .strictObject({
    id: idSchema,
    ...fields,
    scope: shownScopeSchema,
    channels: z.array(z.string()).meta({
      description:
        'Ids of the channels that get the reports. Empty: the channels were deleted, so nothing is sent.',
      example: ['team-mail'],
    }),
    lastPeriodStart: timeSchema.nullable().meta({
      description:
        'The start of the newest period that needs no report any more: it was sent, or it began before the schedule. Null: none.',
    }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'ReportSchedule', description: 'A schedule that sends a report after each period.' });

/** The stored schedule with an update applied (RFC 7396). */
export const mergeReportSchedule = (
  stored: ReportScheduleDefinition,
  patch: z.output<typeof reportSchedulePatchSchema>,
): Record<string, unknown> => mergePatch({ ...stored }, patch) as Record<string, unknown>;

/** Without the ids that the caller cannot see. `inside` null: everything is shown. */
export function toReportScheduleResponse(
  row: ReportScheduleRow,
  inside: Inside | null,
): z.output<typeof reportScheduleSchema> {
  const { scope, channels, ...definition } = reportScheduleDefinition(row);
  const restriction = inside?.restriction ?? null;
  const none: ReadonlySet<string> = new Set();
  return {
    ...definition,
    scope: {
      ...toScopeResponse(scope),
      monitors: shownIds(restriction, toScopeResponse(scope).monitors, inside?.monitors ?? none),
    },
    channels: shownIds(restriction, [...channels], inside?.channels ?? none),
    lastPeriodStart: row.sentPeriod === null ? null : iso(row.sentPeriod),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
