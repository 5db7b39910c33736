// Owns the tables of damaged rows: a rebuild moves them there exactly as they are. Reads none of them.
import { and, eq, getTableColumns, gt, lt, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { journalId, SHARD } from './journal/rows.ts';
import { damagedJournal, damagedSnapshots, journal, snapshots } from './schema.ts';
import type { SnapshotRow } from './snapshot/rows.ts';

/** The columns before those of the row. SQLite numbers the rows. */
const removal = (rebuildId: string, at: number) => ({
  number: sql<number>`null`.as('number'),
  rebuildId: sql<string>`${rebuildId}`.as('rebuild_id'),
  removedAt: sql<number>`${at}`.as('removed_at'),
});

/** Moves every journal row after `seq`. */
export function moveJournal(db: D1Database, rebuildId: string, seq: number, at: number): Statement[] {
  const orm = database(db);
  const after = and(gt(journal.id, journalId(SHARD, seq)), lt(journal.id, journalId(SHARD + 1, 0)));
  const { id, statesKept: _, ...columns } = getTableColumns(journal);
  const rows = orm
    .select({ ...removal(rebuildId, at), sourceId: sql<number>`${id}`.as('source_id'), ...columns })
    .from(journal)
    .where(after);
  return [orm.insert(damagedJournal).select(rows), orm.delete(journal).where(after)];
}

/** Copies a part of a damaged checkpoint, unless it was replaced meanwhile. The new checkpoint takes its place. */
export function moveSnapshot(db: D1Database, rebuildId: string, row: SnapshotRow, at: number): Statement {
  const orm = database(db);
  const { id, ...columns } = getTableColumns(snapshots);
  const rows = orm
    .select({ ...removal(rebuildId, at), sourceId: sql<number>`${id}`.as('source_id'), ...columns })
    .from(snapshots)
    .where(
      and(
        eq(snapshots.id, row.id),
        eq(snapshots.seq, row.seq),
        eq(snapshots.checksum, row.checksum),
        sql`not exists (select 1 from ${damagedSnapshots} where ${damagedSnapshots.rebuildId} = ${rebuildId} and ${damagedSnapshots.sourceId} = ${row.id})`,
      ),
    );
  return orm.insert(damagedSnapshots).select(rows);
}
