// The engine's state in D1: the packed row, and the journal after it. One row's id is the only lock.
import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { replay } from '../engine/apply.ts';
import type { Entry } from '../engine/model/journal.ts';
import { emptyState, type State } from '../engine/model/state.ts';
import { decodeEntry, type EntryColumns } from './journal/codec.ts';
import * as schema from './schema.ts';
import { pack, unpack } from './snapshot/codec.ts';

export const database = (db: D1Database) => drizzle(db);
export type Database = ReturnType<typeof database>;

/** Room for 2^40 commits a cohort; the id stays below 2^53. */
const COHORT_SPAN = 2 ** 40;
export const journalId = (cohort: number, seq: number): number => cohort * COHORT_SPAN + seq;

/** Everything runs in one cohort until scale asks for more. */
export const COHORT = 0;

export interface Loaded {
  readonly state: State;
  /** The newest tick that works on this cohort. */
  readonly tick: string;
  /** Seq of the packed row: what comes after it was replayed. */
  readonly packedSeq: number;
}

/** The state as of the newest journal row. Throws when a row is damaged. */
export async function load(db: D1Database): Promise<Loaded> {
  const orm = database(db);
  const first = journalId(COHORT, 0);
  const packedSeq = sql`coalesce((select ${schema.cohorts.seq} from ${schema.cohorts} where ${schema.cohorts.number} = ${COHORT}), 0)`;
  // One batch is one transaction: the row and the journal after it belong together.
  const [rows, tail] = await orm.batch([
    orm.select().from(schema.cohorts).where(eq(schema.cohorts.number, COHORT)),
    orm
      .select()
      .from(schema.journal)
      .where(
        and(
          gt(schema.journal.id, sql`${first} + ${packedSeq}`),
          lt(schema.journal.id, journalId(COHORT + 1, 0)),
        ),
      )
      .orderBy(asc(schema.journal.id)),
  ]);
  const row = rows[0];
  const base = row && row.packed !== '' ? unpack(row.packed) : emptyState;
  const entries: Entry[] = tail.map((entry) => decodeEntry(entry as EntryColumns));
  return { state: replay(base, entries), tick: row?.tick ?? '', packedSeq: base.seq };
}

export const loadState = async (db: D1Database): Promise<State> => (await load(db)).state;

/** Makes a tick known as the newest one, and stores its packed state unless a newer one is there. An older tick changes nothing. */
export async function announce(db: D1Database, tick: string, startedAt: number, state: State): Promise<void> {
  const { cohorts } = schema;
  const { seq } = state;
  const packed = pack(state);
  await database(db)
    .insert(cohorts)
    .values({ number: COHORT, seq, tick, tickAt: startedAt, packed })
    .onConflictDoUpdate({
      target: cohorts.number,
      set: {
        tick,
        tickAt: startedAt,
        seq: sql`max(${cohorts.seq}, excluded.seq)`,
        packed: sql`case when ${cohorts.seq} <= excluded.seq then excluded.packed else ${cohorts.packed} end`,
      },
      setWhere: sql`${cohorts.tick} < ${tick}`,
    });
}

/** The newest tick and the newest seq: what a tick asks before it starts anything. */
export async function peek(db: D1Database): Promise<{ tick: string; seq: number }> {
  const orm = database(db);
  const [cohort, newest] = await orm.batch([
    orm.select({ tick: schema.cohorts.tick }).from(schema.cohorts).where(eq(schema.cohorts.number, COHORT)),
    orm.select({ id: schema.journal.id }).from(schema.journal).orderBy(desc(schema.journal.id)).limit(1),
  ]);
  return { tick: cohort[0]?.tick ?? '', seq: (newest[0]?.id ?? journalId(COHORT, 0)) - journalId(COHORT, 0) };
}

/** Was this commit written, although its answer was lost? */
export async function hasCommit(db: D1Database, seq: number, commitId: string): Promise<boolean> {
  const rows = await database(db)
    .select({ commitId: schema.journal.commitId })
    .from(schema.journal)
    .where(eq(schema.journal.id, journalId(COHORT, seq)));
  return rows[0]?.commitId === commitId;
}
