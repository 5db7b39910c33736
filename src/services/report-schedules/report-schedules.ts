// Creates, updates and deletes report schedules. Does not send a report: send-reports.ts does.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { type AuditedWrite, runAudited } from '../../store/audit.ts';
import * as store from '../../store/report-schedules.ts';
import { listRouteTargets } from '../../store/tagged.ts';
import { ifInside, takenId } from '../access/references.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import { freeDerivedId } from '../derived-id.ts';
import { changedMeanwhile, versionError } from '../expected-version.ts';
import { reportTargets, withReportReferences } from './check-references.ts';
import {
  type ReportScheduleDefinition,
  reportScheduleCreated,
  reportScheduleDefinition,
  reportScheduleDeleted,
  reportScheduleRow,
  reportScheduleUpdated,
} from './report-schedule-record.ts';

type Row = store.ReportScheduleRow;

export const unknownReportSchedule = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown report schedule "${id}". GET /api/v1/report-schedules lists all report schedules.`,
});

export async function createReportSchedule(
  config: Config,
  definition: ReportScheduleDefinition,
  caller: Caller,
): Promise<Result<Row, ValidationError>> {
  const { db } = config;
  const names = await readRestrictingNames(db, caller);
  const refused = restrictingTagsError(caller, definition.tags, null, names);
  if (refused) return err(refused);
  let row: Row | null = null;
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const [rows, targets] = await Promise.all([store.listReportSchedules(db), listRouteTargets(db)]);
    const id = definition.id ?? freeDerivedId(definition.name, 'report', rows);
    const taken = rows.find((one) => one.id === id);
    if (taken) {
      const message = takenId('report schedule', id, isInside(caller.restriction, taken));
      return err({ kind: 'conflict', path: ['id'], message });
    }
    const checked = withReportReferences(caller, definition, null, reportTargets(caller, targets));
    if (!checked.ok) return checked;
    row = reportScheduleRow({ ...checked.value, id }, null, caller.now);
    return ok(onlyIfChanged(store.insertReportSchedule(db, row), reportScheduleCreated(row)));
  });
  if (!written.ok) return written;
  return hasChanged(written.value) ? ok(row!) : err(changedMeanwhile(`the report schedule "${row!.id}"`));
}

/** Applies `patch` to the stored schedule. Fails with `precondition_failed` if it has another version than the expected one. */
export async function updateReportSchedule<E = ValidationError>(
  config: Config,
  id: string,
  patch: (stored: ReportScheduleDefinition) => Result<ReportScheduleDefinition, E>,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<Row, ValidationError | VersionError | E>> {
  const { db } = config;
  const names = await readRestrictingNames(db, caller);
  let result: Row | null = null;
  const written = await runAudited<ValidationError | VersionError | E | 'unchanged'>(
    db,
    config,
    caller,
    async () => {
      const row = ifInside(caller.restriction, await store.findReportSchedule(db, id));
      if (!row) return err(unknownReportSchedule(id));
      const outdated = versionError(`The report schedule "${id}"`, row, expectedVersion);
      if (outdated) return err(outdated);
      const stored = reportScheduleDefinition(row);
      const patched = patch(stored);
      if (!patched.ok) return patched;
      const refused = restrictingTagsError(caller, patched.value.tags, row.tags, names);
      if (refused) return err(refused);
      const targets = reportTargets(caller, await listRouteTargets(db));
      const checked = withReportReferences(caller, { ...patched.value, id }, stored, targets);
      if (!checked.ok) return checked;
      const next = reportScheduleRow(checked.value, row, caller.now);
      if (JSON.stringify(stored) === JSON.stringify(reportScheduleDefinition(next))) {
        result = row;
        return err('unchanged' as const);
      }
      result = next;
      return ok(onlyIfChanged(store.replaceReportSchedule(db, next), reportScheduleUpdated(row, next)));
    },
  );
  if (!written.ok) return written.error === 'unchanged' ? ok(result!) : err(written.error as E);
  return hasChanged(written.value) ? ok(result!) : err(changedMeanwhile(`the report schedule "${id}"`));
}

export async function deleteReportSchedule(
  config: Config,
  id: string,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<null, ValidationError | VersionError>> {
  const { db } = config;
  const written = await runAudited<ValidationError | VersionError>(db, config, caller, async () => {
    const row = ifInside(caller.restriction, await store.findReportSchedule(db, id));
    if (!row) return err(unknownReportSchedule(id));
    const outdated = versionError(`The report schedule "${id}"`, row, expectedVersion);
    if (outdated) return err(outdated);
    return ok(onlyIfChanged(store.removeReportSchedule(db, row), reportScheduleDeleted(row)));
  });
  if (!written.ok) return written;
  return hasChanged(written.value) ? ok(null) : err(changedMeanwhile(`the report schedule "${id}"`));
}

const onlyIfChanged = (
  statement: AuditedWrite['statements'][number],
  record: AuditedWrite['record'],
): AuditedWrite => ({
  ...{ statements: [statement], record, options: { ifChanged: true } },
});

/** Whether the last statement, which the entry of the audit log depends on, changed a row. */
const hasChanged = (results: readonly unknown[]): boolean => (results.at(-1) as D1Result).meta.changes > 0;
