// Owns the deletion of history that is too old. The two newest days, and what is not compacted, always stay.
import { sql } from 'drizzle-orm';
import { database } from '../database.ts';
import { journalId, SHARD } from '../journal/rows.ts';
import { NOW } from '../outbox-lines.ts';
import { DAY_MS, DAY_SPAN, dayOf, dayStart } from './ids.ts';

export interface HistoryLimits {
  /** The first UTC days that stay. */
  readonly seriesBefore: number;
  readonly daysBefore: number;
  /** Status changes before this time are deleted, if they are compacted. */
  readonly changesBefore: number;
}

export interface DeletedHistory {
  readonly series: number;
  readonly days: number;
  readonly changes: number;
  readonly monitors: number;
}

/** A day of this many monitors at once. A run follows every quarter of an hour. */
const ROWS_AT_ONCE = 1_000;
const MAX_CLOCK_DIFFERENCE_MS = 60_000;

/** Null: nothing was deleted. A clock that differs from D1's deletes nothing, because it would delete what is young. */
export async function deleteHistory(
  db: D1Database,
  now: number,
  limitsFor: (databaseBytes: number | null) => HistoryLimits,
): Promise<DeletedHistory | null> {
  const orm = database(db);
  const head = await orm.run(sql`select ${NOW} as "time", day, seq from compaction where shard = ${SHARD}`);
  const [row] = head.results as { time: number | null; day: number; seq: number }[];
  if (!row || Math.abs((row.time ?? now) - now) > MAX_CLOCK_DIFFERENCE_MS) return null;
  const { seriesBefore, daysBefore, changesBefore } = limitsFor(head.meta.size_after ?? null);
  // A day is made of its series, and corrected from it while late runs arrive.
  const firstSeries = Math.min(seriesBefore, row.day, dayOf(now) - 1);
  const firstDay = Math.min(daysBefore, row.day);
  const remove = async (statement: ReturnType<typeof sql>): Promise<number> =>
    (await orm.run(statement)).meta.changes ?? 0;
  const series = await remove(sql`delete from series where id in (
    select id from series where id < ${firstSeries * DAY_SPAN} order by id limit ${ROWS_AT_ONCE})`);
  const days = await remove(sql`delete from days where id in (
    select id from days where id < ${firstDay * DAY_SPAN} order by id limit ${ROWS_AT_ONCE})`);
  const changes = await remove(sql`delete from status_changes where id in (
    select id from status_changes where id <= ${journalId(SHARD, row.seq)} and at < ${changesBefore}
    order by id limit ${ROWS_AT_ONCE})`);
  const monitors = await remove(
    sql`delete from monitor_histories where deleted_at < ${dayStart(firstDay) - DAY_MS}`,
  );
  return series + days + changes + monitors === 0 ? null : { series, days, changes, monitors };
}
