// Owns the tables of damaged rows: a rebuild moves them there exactly as they are. Reads none of them.
import { sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { journalId, SHARD } from './journal/rows.ts';
import { damagedJournal, damagedSnapshots, journal, snapshots } from './schema.ts';
import type { SnapshotRow } from './snapshot/rows.ts';

const JOURNAL = sql.raw(
  'tick, commit_id, at, kind, location, monitors, starts, outcomes, phases, detail, checksum',
);
const SNAPSHOT = sql.raw('seq, at, part, parts, whole, data, checksum');
const MOVED = sql.raw('rebuild_id, removed_at, source_id');

/** Moves every journal row after `seq`. */
export function moveJournal(db: D1Database, rebuildId: string, seq: number, at: number): Statement[] {
  const orm = database(db);
  const after = sql`id > ${journalId(SHARD, seq)} and id < ${journalId(SHARD + 1, 0)}`;
  return [
    orm.run(
      sql`insert into ${damagedJournal} (${MOVED}, ${JOURNAL}) select ${rebuildId}, ${at}, id, ${JOURNAL} from ${journal} where ${after}`,
    ),
    orm.run(sql`delete from ${journal} where ${after}`),
  ];
}

/** Copies a part of a damaged checkpoint, unless it was replaced meanwhile. The new checkpoint takes its place. */
export const moveSnapshot = (db: D1Database, rebuildId: string, row: SnapshotRow, at: number): Statement =>
  database(db).run(
    sql`insert into ${damagedSnapshots} (${MOVED}, ${SNAPSHOT}) select ${rebuildId}, ${at}, id, ${SNAPSHOT} from ${snapshots}
      where id = ${row.id} and checksum = ${row.checksum} and seq = ${row.seq}
        and not exists (select 1 from ${damagedSnapshots} where rebuild_id = ${rebuildId} and source_id = ${row.id})`,
  );
