// Owns how the monitors of a report or of a figure are written: as query parameters, and as the scope of a schedule.
import { z } from 'zod';
import { REPORT_PERIODS } from '../../routing/report-periods.ts';
import type { HistoryScope } from '../../services/history/history-access.ts';
import { allOrIds, idSchema, isUnique, nameSchema } from './common.ts';
import { filterTexts } from './filters.ts';
import { timeZoneSchema } from './schedules/schema.ts';
import { tagSelectorSchema } from './tags.ts';

export const reportPeriodSchema = z.enum(REPORT_PERIODS).meta({
  description: 'The calendar period. A week begins on Monday.',
  example: 'month',
});

/** Each may be repeated. Without any of them: all monitors. */
export const scopeQuery = {
  monitor: filterTexts(idSchema, 'Only the monitors with these ids. Repeatable.', 'web-shop'),
  group: filterTexts(nameSchema, 'Also the monitors of these groups. Repeatable.', 'Checkout'),
  tag: filterTexts(
    tagSelectorSchema,
    'Also the monitors with one of these tags: `name`, which any value matches, or `name:value`. Repeatable.',
    'team:shop',
  ),
};

export const timeZoneQuery = timeZoneSchema
  .default('UTC')
  .meta({ description: 'The IANA time zone of the period. Default: UTC.', example: 'Europe/Berlin' });

interface ScopeParameters {
  readonly monitor?: readonly string[] | undefined;
  readonly group?: readonly string[] | undefined;
  readonly tag?: readonly string[] | undefined;
}

export const scopeOf = ({ monitor = [], group = [], tag = [] }: ScopeParameters): HistoryScope =>
  monitor.length + group.length + tag.length === 0
    ? { monitors: 'all', groups: [], tags: [] }
    : { monitors: monitor, groups: group, tags: tag };

const MAX_LISTED = 'Must have at most 100 unique values.';
const listed = (schema: z.ZodType<string>) =>
  z.array(schema).max(100, { error: MAX_LISTED }).refine(isUnique, { error: MAX_LISTED });

export const scopeSchema = z
  .strictObject({
    monitors: allOrIds('monitor', idSchema, { allowNone: true })
      .default([])
      .meta({ description: '`all`, or ids of monitors.', example: ['web-shop'] }),
    groups: listed(nameSchema)
      .default([])
      .meta({ description: 'Groups whose monitors are included too.', example: [] }),
    tags: listed(tagSelectorSchema)
      .default([])
      .meta({ description: 'Tags whose monitors are included too.', example: ['team:shop'] }),
  })
  .refine(({ monitors, groups, tags }) => monitors.length + groups.length + tags.length > 0, {
    when: ({ issues }) => issues.length === 0,
    error: 'The scope is empty. Set `monitors` to "all", or list monitors, groups or tags.',
  })
  .meta({ description: 'The monitors of the report.', example: { monitors: 'all' } });

/** A scope as the API returns it. */
export const shownScopeSchema = z
  .strictObject({
    monitors: z.union([z.literal('all'), z.array(z.string())]).meta({
      description: '`all`, or ids of monitors.',
      example: 'all',
    }),
    groups: z.array(z.string()).meta({ description: 'Groups whose monitors are included.', example: [] }),
    tags: z.array(z.string()).meta({ description: 'Tags whose monitors are included.', example: [] }),
  })
  .meta({ description: 'The monitors that are included.' });

export const toScopeResponse = ({ monitors, groups, tags }: HistoryScope) => ({
  monitors: monitors === 'all' ? ('all' as const) : [...monitors],
  groups: [...groups],
  tags: [...tags],
});
