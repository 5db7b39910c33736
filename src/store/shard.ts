// Owns the engine's state in D1: the newest checkpoint, and the journal rows after it. Never uses a damaged row.
import { desc, eq, sql } from 'drizzle-orm';
import type { State } from '../engine/model/state.ts';
import type { TickStarter } from '../env.ts';
import { log } from '../log.ts';
import { databaseTime } from './clock.ts';
import { Damage } from './damage.ts';
import { database, runBatch } from './database.ts';
import { PAGE_ROWS, type Replayed, replayFrom } from './journal/replay.ts';
import { type JournalRow, journalId, SHARD, selectRows } from './journal/rows.ts';
import { markKept } from './monitor-states.ts';
import { rebuild } from './rebuild.ts';
import { isRestoringSql, RestoreInProgress } from './restore-marker.ts';
import { journal, shards } from './schema.ts';
import {
  readCheckpoint,
  type SnapshotRow,
  saveCheckpoint,
  selectCheckpoint,
  selectPosition,
  seqOf,
} from './snapshot/rows.ts';

export interface LoadedShard {
  readonly state: State;
  /** D1's clock, ms since the epoch. Null if D1 does not return it. */
  readonly databaseTime: number | null;
  /** What was replayed after the newest checkpoint. */
  readonly tail: { readonly rows: number; readonly runs: number };
  /** When the older checkpoint was written. Null without one. */
  readonly olderAt: number | null;
}

export const MAX_REBUILDS = 5;

/** The state after the newest journal row. If a row is damaged, the state is rebuilt first. Throws {@link RestoreInProgress}. */
export async function loadShard(db: D1Database, now: () => number = Date.now): Promise<LoadedShard> {
  for (let rebuilds = 0; ; rebuilds += 1) {
    try {
      return await readShard(db);
    } catch (error) {
      if (!(error instanceof Damage) || rebuilds === MAX_REBUILDS) throw error;
      await rebuild(db, now);
    }
  }
}

async function readShard(db: D1Database): Promise<LoadedShard> {
  const orm = database(db);
  const position = sql`${journalId(SHARD, 0)} + ${seqOf('newest')}`;
  // One batch is one transaction: the checkpoint and the journal after it match.
  const [parts, older, anchor, tail, clock] = await orm.batch([
    selectCheckpoint(db, 'newest'),
    selectPosition(db, 'older'),
    orm
      .select({ id: journal.id, statesKept: journal.statesKept })
      .from(journal)
      .where(eq(journal.id, position)),
    selectRows(db, position, PAGE_ROWS),
    // A statement more would cost every load.
    orm
      .select({ time: databaseTime.as('time'), restoring: isRestoringSql.as('restoring') })
      .from(sql`(select 1)`),
  ]);
  if (clock[0]?.restoring) throw new RestoreInProgress();
  const replayed = await stateOf(db, {
    ...{ parts, tail, hasOlder: older.length > 0, hasAnchor: anchor.length > 0 },
  });
  const { state, rows: replayedRows, runs, kept = anchor[0]?.statesKept === 1 } = replayed;
  if (kept) markKept(state);
  return {
    state,
    databaseTime: clock[0]?.time ?? null,
    tail: { rows: replayedRows, runs },
    olderAt: older[0]?.at ?? null,
  };
}

/** Rows of one moment: the newest checkpoint, and the first page of the journal after it. */
interface ShardRows {
  readonly parts: readonly SnapshotRow[];
  readonly tail: readonly JournalRow[];
  readonly hasOlder: boolean;
  /** The journal row that the checkpoint is the state after exists. */
  readonly hasAnchor: boolean;
}

/** The state after the newest journal row. Throws {@link Damage}. */
export async function stateOf(
  db: D1Database,
  { parts, tail, hasOlder, hasAnchor }: ShardRows,
): Promise<Replayed> {
  const base = readCheckpoint(parts, 'newest');
  if (base === null && (tail.length > 0 || hasOlder))
    throw new Damage('damaged_snapshot', 'the newest checkpoint is missing');
  if (base !== null && !hasAnchor) throw new Damage('damaged_journal', `journal row ${base.seq} is missing`);
  const replayed = await replayFrom(db, base, tail);
  if (replayed.damage) throw replayed.damage;
  return replayed;
}

export const loadState = async (db: D1Database): Promise<State> => (await loadShard(db)).state;

/** A longer tail makes every load slower than a row costs. */
const MAX_TAIL = { rows: 64, runs: 3_000 };
const OLDER_EVERY_MS = 3_600_000;

/** Keeps loads fast: writes the newest checkpoint if much was replayed, and the older one once an hour. */
export async function refreshCheckpoints(
  db: D1Database,
  { tail, olderAt }: Pick<LoadedShard, 'tail' | 'olderAt'>,
  state: State,
  now: number,
): Promise<void> {
  const isLong = tail.rows >= MAX_TAIL.rows || tail.runs >= MAX_TAIL.runs;
  // A time in the future is wrong: the clock was.
  const isOld = olderAt === null || Math.abs(now - olderAt) >= OLDER_EVERY_MS;
  if (!isLong && !isOld) return;
  try {
    await runBatch(db, [
      ...(isLong ? saveCheckpoint(db, 'newest', state, now) : []),
      ...(isOld ? saveCheckpoint(db, 'older', state, now) : []),
    ]);
  } catch (error) {
    // Nothing is lost: the next tick tries again.
    log.warn('tick.checkpoint_failed', { seq: state.seq, error });
  }
}

/**
 * Makes a tick the newest one. Returns its number: D1 counts, so two ticks never have the same one, whatever their clocks
 * show. If D1's response is lost, calling again takes another.
 */
export async function registerTick(
  db: D1Database,
  startedAt: number,
  source: TickStarter = 'cron',
): Promise<number> {
  const started = { tickAt: startedAt, tickSource: source };
  const values =
    source === 'cron'
      ? { ...started, cronAt: startedAt, otherSince: null }
      : { ...started, otherSince: startedAt };
  const otherSince = sql`coalesce(${shards.otherSince}, ${startedAt})`;
  const { results } = await database(db)
    .insert(shards)
    .values({ number: SHARD, tick: 1, ...values })
    .onConflictDoUpdate({
      target: shards.number,
      // Who started it is in the same row, so it costs no write of its own.
      set: {
        ...values,
        tick: sql`${shards.tick} + 1`,
        ...(source === 'cron' ? {} : { otherSince }),
      },
    })
    .returning({ tick: shards.tick })
    .run();
  return (results as { tick: number }[])[0]!.tick;
}

/** When the newest tick started. Null before the first. */
export async function readNewestTickAt(db: D1Database): Promise<number | null> {
  const rows = await database(db)
    .select({ at: shards.tickAt })
    .from(shards)
    .orderBy(desc(shards.tickAt))
    .limit(1);
  return rows[0]?.at ?? null;
}

export interface ShardHead {
  /** Number of the newest tick. */
  readonly tick: number;
  readonly seq: number;
  /** D1's clock, ms since the epoch. Null if D1 does not return it. */
  readonly databaseTime: number | null;
}

/** One statement, because a tick asks before each start: the Free plan of D1 has 50 for an invocation. */
export async function loadHead(db: D1Database): Promise<ShardHead> {
  const newestId = sql<number | null>`(select max(${journal.id}) from ${journal}
    where ${journal.id} < ${journalId(SHARD + 1, 0)})`;
  const [head] = await database(db)
    .select({
      tick: sql<number | null>`(select ${shards.tick} from ${shards} where ${shards.number} = ${SHARD})`.as(
        'tick',
      ),
      newest: newestId.as('newest'),
      time: databaseTime.as('time'),
    })
    .from(sql`(select 1)`);
  return {
    tick: head?.tick ?? 0,
    seq: (head?.newest ?? journalId(SHARD, 0)) - journalId(SHARD, 0),
    databaseTime: head?.time ?? null,
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
