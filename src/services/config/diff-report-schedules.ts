// Owns the difference between the report schedules of a configuration and the stored ones, and what stored ones lose with a
// channel that the configuration deletes. Does not commit.
import type { Caller } from '../../access/caller.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import {
  insertReportSchedule,
  listReportSchedules,
  type ReportScheduleRow,
  removeReportSchedule,
  replaceReportSchedule,
} from '../../store/report-schedules.ts';
import { leftOutError, type Reference, type ReferencedError } from '../references/reference.ts';
import { type ReportTargets, withReportReferences } from '../report-schedules/check-references.ts';
import { detachReportSchedules } from '../report-schedules/detach-channel.ts';
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
  readonly references: readonly Reference[];
  readonly differences: readonly EntryDifference[];
}

/** Undefined definitions: all report schedules stay, without the channels that go. `targets` are what exists afterwards. */
export async function diffReportSchedules(
  db: D1Database,
  definitions: readonly ReportScheduleDefinition[] | undefined,
  targets: ReportTargets,
  goneChannels: ReadonlySet<string>,
  caller: Caller,
  detach: boolean,
): Promise<Result<ReportScheduleDiff, ValidationError | ReferencedError>> {
  const rows = await listReportSchedules(db);
  if (definitions === undefined) return detachStored(db, rows, goneChannels, caller, detach);
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
  return ok({ plan, storedCount: rows.length, statements, references: [], differences });
}

function detachStored(
  db: D1Database,
  rows: readonly ReportScheduleRow[],
  goneChannels: ReadonlySet<string>,
  { now }: Caller,
  detach: boolean,
): Result<ReportScheduleDiff, ReferencedError> {
  const cut = detachReportSchedules(rows, (id) => goneChannels.has(id), now);
  const references = cut.map(({ reference }) => reference);
  const [first] = cut;
  if (first && !detach) {
    const sentence = `The report schedule "${first.before.id}" names the channel "${first.missing}", which this configuration deletes.`;
    const keep = 'Keep the channel, or remove it from the report schedule first.';
    return err(leftOutError(['channels'], { first: sentence, keep }, references));
  }
  return ok({
    ...{ plan: NO_CHANGES, storedCount: rows.length, references },
    statements: cut.map(({ row }) => replaceReportSchedule(db, row)),
    differences: cut.map(({ before, row }) => ({ id: row.id, ...reportScheduleUpdated(before, row) })),
  });
}
