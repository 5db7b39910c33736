// Owns the difference between the report schedules of a configuration and the stored ones. Does not commit.
import type { Caller } from '../../access/caller.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import {
  insertReportSchedule,
  listReportSchedules,
  removeReportSchedule,
  replaceReportSchedule,
} from '../../store/report-schedules.ts';
import { type ReportTargets, withReportReferences } from '../report-schedules/check-references.ts';
import {
  type ReportScheduleDefinition,
  reportScheduleDefinition,
  reportScheduleRow,
  reportScheduleUpdated,
} from '../report-schedules/report-schedule-record.ts';
import type { EntryDifference } from './audit-config.ts';
import {
  changedFields,
  type KindPlan,
  NO_CHANGES,
  type PlannedUpdate,
  prefixPath,
  type Statements,
  withIds,
} from './entries.ts';

export interface ReportScheduleDiff {
  readonly plan: KindPlan;
  readonly storedCount: number;
  readonly statements: Statements;
  readonly differences: readonly EntryDifference[];
}

/** Undefined definitions: all report schedules stay. `targets` are what exists afterwards. */
export async function diffReportSchedules(
  db: D1Database,
  definitions: readonly ReportScheduleDefinition[] | undefined,
  targets: ReportTargets,
  caller: Caller,
): Promise<Result<ReportScheduleDiff, ValidationError>> {
  if (definitions === undefined)
    return ok({ plan: NO_CHANGES, storedCount: 0, statements: [], differences: [] });
  const rows = await listReportSchedules(db);
  const left = new Map(rows.map((row) => [row.id, row]));
  const created: string[] = [];
  const updated: PlannedUpdate[] = [];
  const statements: Statements = [];
  const differences: EntryDifference[] = [];
  for (const [index, definition] of withIds(definitions, 'report').entries()) {
    const { id } = definition;
    const known = left.get(id) ?? null;
    left.delete(id);
    const checked = withReportReferences(caller, definition, null, targets);
    if (!checked.ok) return err(prefixPath(['reportSchedules', index], checked.error));
    const row = reportScheduleRow(checked.value, known, caller.now);
    const after = reportScheduleDefinition(row);
    if (known === null) {
      created.push(id);
      statements.push(insertReportSchedule(db, row));
      differences.push({ id, before: null, after });
      continue;
    }
    const fields = changedFields(reportScheduleDefinition(known), after);
    if (fields.length === 0) continue;
    updated.push({ id, fields });
    statements.push(replaceReportSchedule(db, row));
    const { before, after: changed } = reportScheduleUpdated(known, row);
    differences.push({ id, before, after: changed });
  }
  for (const row of left.values()) {
    statements.push(removeReportSchedule(db, row));
    differences.push({ id: row.id, before: reportScheduleDefinition(row), after: null });
  }
  const plan = { create: created, update: updated, delete: [...left.keys()] };
  return ok({ plan, storedCount: rows.length, statements, differences });
}
