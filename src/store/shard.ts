// Owns the engine's state in D1: the journal, and the snapshot after one of its rows. A row's id is the only lock.
import { and, asc, desc, eq, gt, lt, type SQL, sql } from 'drizzle-orm';
import { replay } from '../engine/apply.ts';
import type { Entry } from '../engine/model/journal.ts';
import { CLOCK_TOLERANCE_MS, MAX_CLOCK_DIFFERENCE_MS } from '../engine/model/policy.ts';
import { emptyState, type State } from '../engine/model/state.ts';
import { databaseTime, databaseTimeQuery } from './clock.ts';
import { database, type Statement } from './database.ts';
import { decodeEntry, type EntryColumns } from './journal/codec.ts';
import { journal, shards } from './schema.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot/codec.ts';

/** Room for 2^40 commits a shard; the id stays below 2^53. */
const SHARD_SPAN = 2 ** 40;
const journalId = (shard: number, seq: number): number => shard * SHARD_SPAN + seq;

/** As far ahead as a clock may be, and the commits of one moment, each of which is a millisecond later. */
const MAX_COMMIT_AHEAD_MS = MAX_CLOCK_DIFFERENCE_MS + CLOCK_TOLERANCE_MS;
/** As far behind as a clock may be, and a commit that waits for D1. */
const MAX_COMMIT_AGE_MS = MAX_CLOCK_DIFFERENCE_MS + 30_000;

/** All monitors run in one shard. */
const SHARD = 0;

export interface LoadedShard {
  readonly state: State;
  /** D1's clock, ms since the epoch. */
  readonly databaseTime: number | null;
}

/** The state after the newest journal row. Throws if a row is damaged. */
export async function loadShard(db: D1Database): Promise<LoadedShard> {
  const orm = database(db);
  const first = journalId(SHARD, 0);
  const snapshotSeq = sql`coalesce((select ${shards.seq} from ${shards} where ${shards.number} = ${SHARD}), 0)`;
  // One batch is one transaction: the snapshot and the journal after it match.
  const [rows, tail, clock] = await orm.batch([
    orm.select().from(shards).where(eq(shards.number, SHARD)),
    orm
      .select()
      .from(journal)
      .where(and(gt(journal.id, sql`${first} + ${snapshotSeq}`), lt(journal.id, journalId(SHARD + 1, 0))))
      .orderBy(asc(journal.id)),
    databaseTimeQuery(db),
  ]);
  const row = rows[0];
  const base = row && row.snapshot !== '' ? decodeSnapshot(row.snapshot) : emptyState;
  const entries: Entry[] = tail.map((entry) => decodeEntry(entry as EntryColumns));
  return { state: replay(base, entries), databaseTime: clock[0]?.time ?? null };
}

export const loadState = async (db: D1Database): Promise<State> => (await loadShard(db)).state;

/**
 * Makes a tick the newest one, and stores its snapshot unless a newer one is stored. Returns its number: D1 counts, so
 * two ticks never have the same one, whatever their clocks show. If D1's response is lost, calling again takes another.
 */
export async function registerTick(db: D1Database, startedAt: number, state: State): Promise<number> {
  const { seq } = state;
  const snapshot = encodeSnapshot(state);
  const register = database(db)
    .insert(shards)
    .values({ number: SHARD, seq, tick: 1, tickAt: startedAt, snapshot })
    .onConflictDoUpdate({
      target: shards.number,
      set: {
        tick: sql`${shards.tick} + 1`,
        tickAt: startedAt,
        seq: sql`max(${shards.seq}, excluded.seq)`,
        snapshot: sql`case when ${shards.seq} <= excluded.seq then excluded.snapshot else ${shards.snapshot} end`,
      },
    })
    .returning({ tick: shards.tick });
  const [rows] = await database(db).batch([register]);
  return rows[0]!.tick;
}

export interface ShardHead {
  /** Number of the newest tick. */
  readonly tick: number;
  readonly seq: number;
  /** D1's clock, ms since the epoch. */
  readonly databaseTime: number | null;
}

export async function loadHead(db: D1Database): Promise<ShardHead> {
  const orm = database(db);
  const [shard, newest, clock] = await orm.batch([
    orm.select({ tick: shards.tick }).from(shards).where(eq(shards.number, SHARD)),
    orm.select({ id: journal.id }).from(journal).orderBy(desc(journal.id)).limit(1),
    databaseTimeQuery(db),
  ]);
  return {
    tick: shard[0]?.tick ?? 0,
    seq: (newest[0]?.id ?? journalId(SHARD, 0)) - journalId(SHARD, 0),
    databaseTime: clock[0]?.time ?? null,
  };
}

/** Whether this commit was written, although D1's response was lost. */
export async function commitExists(db: D1Database, seq: number, commitId: string): Promise<boolean> {
  const rows = await database(db)
    .select({ commitId: journal.commitId })
    .from(journal)
    .where(eq(journal.id, journalId(SHARD, seq)));
  return rows[0]?.commitId === commitId;
}

/** Fails if the row exists, or if its time is not D1's: then the whole batch writes nothing. */
export const insertJournalRow = (
  db: D1Database,
  seq: number,
  row: EntryColumns & { readonly tick: number; readonly commitId: string },
): Statement =>
  database(db)
    .insert(journal)
    .values({ id: journalId(SHARD, seq), ...row, at: timeNearDatabase(row.at) });

/** The time, or null, which the column does not accept. */
const timeNearDatabase = (at: number): SQL<number> =>
  sql`case when ${at} - ${databaseTime} > ${MAX_COMMIT_AHEAD_MS} or ${databaseTime} - ${at} > ${MAX_COMMIT_AGE_MS}
    then null else ${at} end`;

export function saveSnapshot(db: D1Database, state: State, at: number): Statement {
  const row = { seq: state.seq, snapshot: encodeSnapshot(state) };
  return database(db)
    .insert(shards)
    .values({ number: SHARD, tick: 0, tickAt: at, ...row })
    .onConflictDoUpdate({ target: shards.number, set: row });
}

/** Runs the statements in one transaction: all of them, or none. */
export const runBatch = async (db: D1Database, statements: readonly Statement[]): Promise<void> => {
  await database(db).batch(statements as [Statement, ...Statement[]]);
};
