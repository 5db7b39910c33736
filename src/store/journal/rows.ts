// Owns a journal row with its checksum: writing it, reading it, and whether it is whole and follows the one before it.
import { Buffer } from 'node:buffer';
import { and, asc, gt, lt, type SQL, sql } from 'drizzle-orm';
import type { Entry } from '../../engine/model/journal.ts';
import { CLOCK_TOLERANCE_MS, STATE_AHEAD_MS } from '../../engine/model/policy.ts';
import { checksumOf } from '../checksum.ts';
import { databaseTime } from '../clock.ts';
import { Damage, NewerFormat } from '../damage.ts';
import { database, type Statement } from '../database.ts';
import { isRestoringSql } from '../restore-marker.ts';
import { journal } from '../schema.ts';
import { decodeEntry, decodePartOfEntry, type EntryColumns } from './codec.ts';
import { assertRowSize } from './row-budget.ts';

/** Room for 2^40 commits a shard; the id stays below 2^53. */
const SHARD_SPAN = 2 ** 40;
export const journalId = (shard: number, seq: number): number => shard * SHARD_SPAN + seq;

/** All monitors run in one shard. */
export const SHARD = 0;

/** A row as D1 returns it: `detail` is the text itself, as its checksum covers it. */
export type JournalRow = Omit<typeof journal.$inferSelect, 'detail' | 'statesKept'> & {
  readonly detail: string | null;
};

export const journalColumns = {
  id: journal.id,
  tick: journal.tick,
  commitId: journal.commitId,
  at: journal.at,
  kind: journal.kind,
  location: journal.location,
  monitors: journal.monitors,
  starts: journal.starts,
  outcomes: journal.outcomes,
  phases: journal.phases,
  detail: sql<string | null>`${journal.detail}`,
  checksum: journal.checksum,
};

/** A row, and whether its transaction kept the tables that lists read. */
export type MarkedRow = JournalRow & { readonly statesKept?: number | null };

/** At most `limit` rows after the one with the id `after`, in order. */
export const selectRows = (db: D1Database, after: SQL | number, limit: number) =>
  database(db)
    .select({ ...journalColumns, statesKept: journal.statesKept })
    .from(journal)
    .where(and(gt(journal.id, after), lt(journal.id, journalId(SHARD + 1, 0))))
    .orderBy(asc(journal.id))
    .limit(limit);

const BYTES = sql`coalesce(length(monitors), 0) + coalesce(length(starts), 0) + coalesce(length(outcomes), 0)
      + coalesce(length(phases), 0) + coalesce(length(detail), 0)`;

/** Of the rows after the one with the id `after`, at most so many. */
export async function sizeAfter(
  db: D1Database,
  after: number,
  maxRows: number,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const [row] = await database(db).all<{ rows: number; bytes: number }>(sql`
    select count(*) as rows, coalesce(sum(${BYTES}), 0) as bytes from (
      select * from ${journal} where id > ${after} and id < ${journalId(SHARD + 1, 0)} order by id limit ${maxRows})`);
  return row!;
}

/** Ids of the first rows after the one with the id `after` that have at most so many bytes together. */
export const firstIdsWithin = (
  after: number,
  { rows, bytes }: { readonly rows: number; readonly bytes: number },
): SQL => sql`select id from (
  select id, sum(${BYTES}) over (order by id) as bytes
    from (select * from ${journal} where id > ${after} and id < ${journalId(SHARD + 1, 0)} order by id limit ${rows}))
  where bytes <= ${bytes}`;

/** The first rows after the one with the id `after` that have at most so many bytes together, in order. */
export const selectRowsWithin = (
  db: D1Database,
  after: number,
  limit: { readonly rows: number; readonly bytes: number },
) =>
  database(db)
    .select(journalColumns)
    .from(journal)
    .where(sql`${journal.id} in (${firstIdsWithin(after, limit)})`)
    .orderBy(asc(journal.id));

/** A row `j` as one text, for a statement that also reads other tables. */
export const rowAsJson: SQL = sql`json_array(j.id, j.tick, j.commit_id, j.at, j.kind, j.location,
  iif(j.monitors is null, null, hex(j.monitors)), iif(j.starts is null, null, hex(j.starts)),
  iif(j.outcomes is null, null, hex(j.outcomes)), iif(j.phases is null, null, hex(j.phases)), j.detail, j.checksum)`;

type Hex = string | null;
type RowOfJson = readonly [
  ...[
    id: number,
    tick: number,
    commitId: string,
    at: number,
    kind: JournalRow['kind'],
    location: number | null,
  ],
  ...[monitors: Hex, starts: Hex, outcomes: Hex, phases: Hex, detail: string | null, checksum: string],
];

export function rowOfJson(json: string): JournalRow {
  const [id, tick, commitId, at, kind, location, monitors, starts, outcomes, phases, detail, checksum] =
    JSON.parse(json) as RowOfJson;
  return {
    ...{ id, tick, commitId, at, kind, location, detail, checksum },
    ...{ monitors: bytesOf(monitors), starts: bytesOf(starts) },
    ...{ outcomes: bytesOf(outcomes), phases: bytesOf(phases) },
  };
}

const bytesOf = (hex: Hex): Buffer | null => (hex === null ? null : Buffer.from(hex, 'hex'));

const checksumOfRow = (row: Omit<JournalRow, 'checksum'>): string =>
  checksumOf([
    ...[row.id, row.tick, row.commitId, row.at, row.kind, row.location],
    ...[row.monitors, row.starts, row.outcomes, row.phases, row.detail],
  ]);

/** As far ahead as a clock may be, and the commits of one moment, each of which is a millisecond later. */
const MAX_COMMIT_AHEAD_MS = CLOCK_TOLERANCE_MS + STATE_AHEAD_MS;
/** As far behind as a clock may be, and a commit that waits for D1. */
const MAX_COMMIT_AGE_MS = CLOCK_TOLERANCE_MS + 30_000;

/** The time, or null, which the column does not accept. */
const timeNearDatabase = (at: number): SQL<number> =>
  sql`case when ${at} - ${databaseTime} > ${MAX_COMMIT_AHEAD_MS} or ${databaseTime} - ${at} > ${MAX_COMMIT_AGE_MS}
    then null else ${at} end`;

/**
 * Fails if the row exists, or if its time is not D1's: then the whole batch writes nothing. `statesKept`: the batch also
 * writes what lists show.
 */
export function insertJournalRow(
  db: D1Database,
  seq: number,
  entry: EntryColumns & { readonly tick: number; readonly commitId: string },
  statesKept = false,
): Statement {
  const row = {
    ...entry,
    id: journalId(SHARD, seq),
    detail: entry.detail === null ? null : JSON.stringify(entry.detail),
  };
  assertRowSize(row);
  return database(db)
    .insert(journal)
    .values({
      ...row,
      at: timeNearDatabase(row.at),
      // While the mesh is being restored, a tick that began before writes nothing.
      commitId: sql`iif(${isRestoringSql}, null, ${row.commitId})`,
      detail: sql`${row.detail}`,
      statesKept: statesKept ? 1 : null,
      checksum: checksumOfRow(row),
    });
}

export const isWhole = (row: JournalRow): boolean => checksumOfRow(row) === row.checksum;

/** The entry of a row that follows `seq`. Throws {@link Damage} if the row is not whole, or rows are missing. */
export function readRow(row: JournalRow, seq: number): Entry {
  const found = row.id - journalId(SHARD, 0);
  if (!isWhole(row)) throw new Damage('damaged_journal', `journal row ${found} does not match its checksum`);
  let entry: Entry;
  try {
    entry = decodeEntry({ ...row, detail: row.detail === null ? null : JSON.parse(row.detail) });
  } catch (error) {
    if (error instanceof NewerFormat) throw error;
    throw new Damage('damaged_journal', `journal row ${found} is not valid: ${(error as Error).message}`);
  }
  if (found !== seq + 1 + lostBefore(entry))
    throw new Damage('damaged_journal', `journal row ${seq + 1} is missing: row ${found} follows row ${seq}`);
  return entry;
}

/**
 * As {@link readRow}, with the observations of some monitors only. Null: rows are missing, or were when it was written. Throws
 * if the row is not whole.
 */
export function readPartOfRow(
  row: JournalRow,
  seq: number,
  isWanted: (monitor: number) => boolean,
): Entry | null {
  if (row.id !== journalId(SHARD, seq + 1) || !isWhole(row)) return null;
  return decodePartOfEntry({ ...row, detail: row.detail === null ? null : JSON.parse(row.detail) }, isWanted);
}

/** The rows that were removed when this one was written. */
function lostBefore(entry: Entry): number {
  const first = entry.kind === 'change' ? entry.changes[0] : undefined;
  return first?.type === 'state.rebuilt' ? first.lost : 0;
}
