// Owns the engine's state in D1: the journal, and the snapshot after one of its rows. A row's id is the only lock.
import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { replay } from '../engine/apply.ts';
import type { Entry } from '../engine/model/journal.ts';
import { emptyState, type State } from '../engine/model/state.ts';
import { database, type Statement } from './database.ts';
import { decodeEntry, type EntryColumns } from './journal/codec.ts';
import { journal, shards } from './schema.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot/codec.ts';

/** Room for 2^40 commits a shard; the id stays below 2^53. */
const SHARD_SPAN = 2 ** 40;
const journalId = (shard: number, seq: number): number => shard * SHARD_SPAN + seq;

/** All monitors run in one shard. */
const SHARD = 0;

export interface LoadedShard {
  readonly state: State;
  /** The newest tick of this shard. */
  readonly tick: string;
}

/** The state after the newest journal row. Throws if a row is damaged. */
export async function loadShard(db: D1Database): Promise<LoadedShard> {
  const orm = database(db);
  const first = journalId(SHARD, 0);
  const snapshotSeq = sql`coalesce((select ${shards.seq} from ${shards} where ${shards.number} = ${SHARD}), 0)`;
  // One batch is one transaction: the snapshot and the journal after it match.
  const [rows, tail] = await orm.batch([
    orm.select().from(shards).where(eq(shards.number, SHARD)),
    orm
      .select()
      .from(journal)
      .where(and(gt(journal.id, sql`${first} + ${snapshotSeq}`), lt(journal.id, journalId(SHARD + 1, 0))))
      .orderBy(asc(journal.id)),
  ]);
  const row = rows[0];
  const base = row && row.snapshot !== '' ? decodeSnapshot(row.snapshot) : emptyState;
  const entries: Entry[] = tail.map((entry) => decodeEntry(entry as EntryColumns));
  return { state: replay(base, entries), tick: row?.tick ?? '' };
}

export const loadState = async (db: D1Database): Promise<State> => (await loadShard(db)).state;

/** Stores a tick as the newest one, and its snapshot unless a newer one is stored. An older tick changes nothing. */
export async function registerTick(
  db: D1Database,
  tick: string,
  startedAt: number,
  state: State,
): Promise<void> {
  const { seq } = state;
  const snapshot = encodeSnapshot(state);
  await database(db)
    .insert(shards)
    .values({ number: SHARD, seq, tick, tickAt: startedAt, snapshot })
    .onConflictDoUpdate({
      target: shards.number,
      set: {
        tick,
        tickAt: startedAt,
        seq: sql`max(${shards.seq}, excluded.seq)`,
        snapshot: sql`case when ${shards.seq} <= excluded.seq then excluded.snapshot else ${shards.snapshot} end`,
      },
      setWhere: sql`${shards.tick} < ${tick}`,
    });
}

/** The newest tick and the newest seq. */
export async function loadHead(db: D1Database): Promise<{ tick: string; seq: number }> {
  const orm = database(db);
  const [shard, newest] = await orm.batch([
    orm.select({ tick: shards.tick }).from(shards).where(eq(shards.number, SHARD)),
    orm.select({ id: journal.id }).from(journal).orderBy(desc(journal.id)).limit(1),
  ]);
  return { tick: shard[0]?.tick ?? '', seq: (newest[0]?.id ?? journalId(SHARD, 0)) - journalId(SHARD, 0) };
}

/** Whether this commit was written, although D1's response was lost. */
export async function commitExists(db: D1Database, seq: number, commitId: string): Promise<boolean> {
  const rows = await database(db)
    .select({ commitId: journal.commitId })
    .from(journal)
    .where(eq(journal.id, journalId(SHARD, seq)));
  return rows[0]?.commitId === commitId;
}

export const insertJournalRow = (
  db: D1Database,
  seq: number,
  row: EntryColumns & { readonly tick: string; readonly commitId: string },
): Statement =>
  database(db)
    .insert(journal)
    .values({ id: journalId(SHARD, seq), ...row });

export function saveSnapshot(db: D1Database, state: State, at: number): Statement {
  const row = { seq: state.seq, snapshot: encodeSnapshot(state) };
  return database(db)
    .insert(shards)
    .values({ number: SHARD, tick: '', tickAt: at, ...row })
    .onConflictDoUpdate({ target: shards.number, set: row });
}

/** Runs the statements in one transaction: all of them, or none. */
export const runBatch = async (db: D1Database, statements: readonly Statement[]): Promise<void> => {
  await database(db).batch(statements as [Statement, ...Statement[]]);
};
