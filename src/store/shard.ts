// The engine's state in D1: the packed row, and the journal after it. One row's id is the only lock.
import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { replay } from '../engine/apply.ts';
import type { Entry } from '../engine/model/journal.ts';
import { emptyState, type State } from '../engine/model/state.ts';
import { decodeEntry, type EntryColumns } from './journal/codec.ts';
import * as schema from './schema.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot/codec.ts';

export const database = (db: D1Database) => drizzle(db);
export type Database = ReturnType<typeof database>;

/** Room for 2^40 commits a cohort; the id stays below 2^53. */
const SHARD_SPAN = 2 ** 40;
export const journalId = (shard: number, seq: number): number => shard * SHARD_SPAN + seq;

/** Everything runs in one cohort until scale asks for more. */
export const SHARD = 0;

export interface LoadedShard {
  readonly state: State;
  /** The newest tick that works on this cohort. */
  readonly tick: string;
  /** Seq of the packed row: what comes after it was replayed. */
  readonly snapshotSeq: number;
}

/** The state as of the newest journal row. Throws when a row is damaged. */
export async function loadShard(db: D1Database): Promise<LoadedShard> {
  const orm = database(db);
  const first = journalId(SHARD, 0);
  const snapshotSeq = sql`coalesce((select ${schema.shards.seq} from ${schema.shards} where ${schema.shards.number} = ${SHARD}), 0)`;
  // One batch is one transaction: the row and the journal after it belong together.
  const [rows, tail] = await orm.batch([
    orm.select().from(schema.shards).where(eq(schema.shards.number, SHARD)),
    orm
      .select()
      .from(schema.journal)
      .where(
        and(
          gt(schema.journal.id, sql`${first} + ${snapshotSeq}`),
          lt(schema.journal.id, journalId(SHARD + 1, 0)),
        ),
      )
      .orderBy(asc(schema.journal.id)),
  ]);
  const row = rows[0];
  const base = row && row.snapshot !== '' ? decodeSnapshot(row.snapshot) : emptyState;
  const entries: Entry[] = tail.map((entry) => decodeEntry(entry as EntryColumns));
  return { state: replay(base, entries), tick: row?.tick ?? '', snapshotSeq: base.seq };
}

export const loadState = async (db: D1Database): Promise<State> => (await loadShard(db)).state;

/** Makes a tick known as the newest one, and stores its packed state unless a newer one is there. An older tick changes nothing. */
export async function registerTick(
  db: D1Database,
  tick: string,
  startedAt: number,
  state: State,
): Promise<void> {
  const { shards } = schema;
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

/** The newest tick and the newest seq: what a tick asks before it starts anything. */
export async function loadHead(db: D1Database): Promise<{ tick: string; seq: number }> {
  const orm = database(db);
  const [shard, newest] = await orm.batch([
    orm.select({ tick: schema.shards.tick }).from(schema.shards).where(eq(schema.shards.number, SHARD)),
    orm.select({ id: schema.journal.id }).from(schema.journal).orderBy(desc(schema.journal.id)).limit(1),
  ]);
  return { tick: shard[0]?.tick ?? '', seq: (newest[0]?.id ?? journalId(SHARD, 0)) - journalId(SHARD, 0) };
}

/** Was this commit written, although its answer was lost? */
export async function commitExists(db: D1Database, seq: number, commitId: string): Promise<boolean> {
  const rows = await database(db)
    .select({ commitId: schema.journal.commitId })
    .from(schema.journal)
    .where(eq(schema.journal.id, journalId(SHARD, seq)));
  return rows[0]?.commitId === commitId;
}
