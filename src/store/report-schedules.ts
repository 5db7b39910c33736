// Owns the table of report schedules, and the notification of a report that is sent, in one transaction with the period that
// it moves on. Does not build a report: services/reports does.
import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { database, runBatch, type Statement } from './database.ts';
import { type NewNotification, notificationInserts } from './outbox-insert.ts';
import { reportSchedules } from './schema.ts';

export type ReportScheduleRow = typeof reportSchedules.$inferSelect;

export const listReportSchedules = (db: D1Database): Promise<ReportScheduleRow[]> =>
  database(db).select().from(reportSchedules).orderBy(asc(reportSchedules.name), asc(reportSchedules.id));

export const listEnabledReportSchedules = (db: D1Database): Promise<ReportScheduleRow[]> =>
  database(db).select().from(reportSchedules).where(eq(reportSchedules.enabled, true));

export async function findReportSchedule(db: D1Database, id: string): Promise<ReportScheduleRow | null> {
  const rows = await database(db).select().from(reportSchedules).where(eq(reportSchedules.id, id));
  return rows[0] ?? null;
}

/** Nothing if the id is taken. */
export const insertReportSchedule = (db: D1Database, row: ReportScheduleRow): Statement =>
  database(db).insert(reportSchedules).values(row).onConflictDoNothing();

/**
 * Nothing if the stored row has another version than the one before, or the condition is false. Writes the version of `row`.
 */
export const replaceReportSchedule = (
  db: D1Database,
  row: ReportScheduleRow,
  condition: SQL = sql`true`,
): Statement =>
  database(db)
    .update(reportSchedules)
    .set(row)
    .where(and(eq(reportSchedules.id, row.id), eq(reportSchedules.version, row.version - 1), condition));

export const removeReportSchedule = (
  db: D1Database,
  { id, version }: Pick<ReportScheduleRow, 'id' | 'version'>,
): Statement =>
  database(db)
    .delete(reportSchedules)
    .where(and(eq(reportSchedules.id, id), eq(reportSchedules.version, version)));

/**
 * Stores the notification of the period that begins at `period`, and that it was sent: both, or neither if another tick did
 * or a person changed the schedule since.
 */
export async function recordSentReport(
  db: D1Database,
  { id, version }: Pick<ReportScheduleRow, 'id' | 'version'>,
  period: number,
  notification: NewNotification,
): Promise<void> {
  const isDue = sql`${reportSchedules.id} = ${id} and ${reportSchedules.version} = ${version}
    and ${reportSchedules.enabled} = 1 and coalesce(${reportSchedules.sentPeriod}, ${-1}) < ${period}`;
  await runBatch(db, [
    ...notificationInserts(db, [notification], sql`exists (select 1 from ${reportSchedules} where ${isDue})`),
    database(db).update(reportSchedules).set({ sentPeriod: period }).where(isDue),
  ]);
}
