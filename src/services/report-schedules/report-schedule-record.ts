// Owns a report schedule as people write it, and what the audit log keeps of it. Pure. Does not write the log.
import { lastPeriodBefore, type ReportPeriod } from '../../routing/report-periods.ts';
import { type AuditRecord, changedFields } from '../../store/audit.ts';
import type { ReportScheduleRow } from '../../store/report-schedules.ts';
import type { Tags } from '../../tags.ts';
import type { HistoryScope } from '../history/history-access.ts';

export interface ReportScheduleDefinition {
  readonly id?: string | undefined;
  readonly name: string;
  readonly period: ReportPeriod;
  readonly timeZone: string;
  readonly scope: HistoryScope;
  readonly channels: readonly string[];
  readonly enabled: boolean;
  readonly tags: Tags;
}

export const reportScheduleDefinition = (row: ReportScheduleRow) => {
  const { id, name, period, timeZone, channels, enabled, tags } = row;
  return {
    ...{ id, name, period, timeZone, scope: row.scope as HistoryScope, channels, enabled, tags },
  } satisfies ReportScheduleDefinition;
};

/**
 * The row of a definition. The first report is that of the period which runs now: a new schedule, another period, another
 * time zone or enabling sends nothing of the past.
 */
export function reportScheduleRow(
  definition: ReportScheduleDefinition & { readonly id: string },
  stored: ReportScheduleRow | null,
  now: number,
): ReportScheduleRow {
  const { period, timeZone, enabled } = definition;
  const isSame =
    stored !== null && stored.period === period && stored.timeZone === timeZone && stored.enabled === enabled;
  return {
    ...{ id: definition.id, name: definition.name, period, timeZone, enabled },
    ...{ scope: definition.scope, channels: [...definition.channels], tags: { ...definition.tags } },
    sentPeriod: isSame ? stored.sentPeriod : lastPeriodBefore(period, timeZone, now).from,
    version: (stored?.version ?? 0) + 1,
    ...{ createdAt: stored?.createdAt ?? now, updatedAt: now },
  };
}

const target = ({ id, name }: ReportScheduleRow) => ({ type: 'report_schedule', id, name });

export const reportScheduleCreated = (row: ReportScheduleRow): AuditRecord => ({
  ...{ action: 'report_schedule.created', target: target(row) },
  ...{ before: null, after: reportScheduleDefinition(row) },
});

export const reportScheduleUpdated = (before: ReportScheduleRow, after: ReportScheduleRow): AuditRecord => ({
  ...{ action: 'report_schedule.updated', target: target(after) },
  ...changedFields(reportScheduleDefinition(before), reportScheduleDefinition(after)),
});

export const reportScheduleDeleted = (row: ReportScheduleRow): AuditRecord => ({
  ...{ action: 'report_schedule.deleted', target: target(row) },
  ...{ before: reportScheduleDefinition(row), after: null },
});
