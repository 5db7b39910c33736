// Owns finding the history of a monitor by its id, also after the monitor was deleted. Does not write: the compaction does.
import { desc, eq, sql } from 'drizzle-orm';
import { database } from '../database.ts';
import { monitorHistories, monitors } from '../schema.ts';

/** A monitor with a history. */
export interface HistoryMonitor {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly group: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Percent. Null: none, or the monitor was deleted. */
  readonly sloTarget: number | null;
  readonly deletedAt: number | null;
}

const live = {
  number: monitors.number,
  id: monitors.id,
  name: monitors.name,
  group: monitors.group,
  tags: monitors.tags,
  sloTarget: monitors.sloTarget,
};

/** Without the newest days, which only a status page reads. */
const former = {
  number: monitorHistories.number,
  id: monitorHistories.id,
  name: monitorHistories.name,
  group: monitorHistories.group,
  tags: monitorHistories.tags,
  deletedAt: monitorHistories.deletedAt,
};

/** Monitors that exist, by name. */
export async function listHistoryMonitors(db: D1Database): Promise<HistoryMonitor[]> {
  const rows = await database(db).select(live).from(monitors).orderBy(monitors.name, monitors.number);
  return rows.map((row) => ({ ...row, deletedAt: null }));
}

/**
 * The monitor with this id, or the last one that had it: an id of a deleted monitor may belong to another one now. What is
 * compacted has no row in `monitors` if it was deleted since.
 */
export async function findHistoryMonitor(db: D1Database, id: string): Promise<HistoryMonitor | null> {
  const orm = database(db);
  const [existing, deleted] = await orm.batch([
    orm.select(live).from(monitors).where(eq(monitors.id, id)),
    orm
      .select(former)
      .from(monitorHistories)
      .where(eq(monitorHistories.id, id))
      .orderBy(desc(monitorHistories.number))
      .limit(1),
  ]);
  if (existing[0]) return { ...existing[0], deletedAt: null };
  return deleted[0] ? formerMonitor(deleted[0]) : null;
}

/** Monitors that were deleted and have a history. */
export async function listFormerMonitors(db: D1Database): Promise<HistoryMonitor[]> {
  const rows = await database(db)
    .select(former)
    .from(monitorHistories)
    .where(sql`not exists (select 1 from ${monitors} m where m.number = ${monitorHistories.number})`)
    .orderBy(monitorHistories.number);
  return rows.map(formerMonitor);
}

const formerMonitor = (row: Omit<HistoryMonitor, 'sloTarget'>): HistoryMonitor => ({
  ...row,
  sloTarget: null,
});
