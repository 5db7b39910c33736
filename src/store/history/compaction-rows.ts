// Owns the rows that a run of the compaction reads and writes. Everything that it writes is one transaction, which fails if
// another run was faster: a run that is killed, repeated or doubled changes nothing.
// Statements are D1's own: a batch of drizzle takes no statement that it did not build.
import { sql } from 'drizzle-orm';
import { database } from '../database.ts';
import { journalId, SHARD } from '../journal/rows.ts';
import { inParts } from '../json-rows.ts';
import { toHex } from './day-codec.ts';
import { type FactRow, factRows } from './facts.ts';
import type { StatusRow } from './fold.ts';
import type { Fact } from './history-state.ts';
import { MAX_PARTS } from './ids.ts';
import { type CompactionState, decodeState, encodeState } from './state-codec.ts';

type Prepared = ReturnType<D1Database['prepare']>;

export interface Compaction extends CompactionState {
  readonly seq: number;
  readonly at: number;
  readonly day: number;
}

export interface Pending {
  /** Null before the first run. */
  readonly compaction: Compaction | null;
  /** Time of the first journal row that is not compacted. Null: none. */
  readonly firstAt: number | null;
}

interface PendingRow {
  readonly compaction: string | null;
  readonly firstAt: number | null;
}

export async function readPending(db: D1Database): Promise<Pending> {
  const end = journalId(SHARD + 1, 0);
  const [row] = await database(db).all<PendingRow>(sql`select
    (select json_object('seq', seq, 'at', at, 'day', day, 'state', json(state)) from compaction where shard = ${SHARD})
      as compaction,
    (select at from journal where id > ${journalId(SHARD, 0)} + (select seq from compaction where shard = ${SHARD})
      and id < ${end} order by id limit 1) as "firstAt"`);
  const { compaction, firstAt } = row!;
  return { compaction: compaction === null ? null : parseCompaction(compaction), firstAt };
}

function parseCompaction(json: string): Compaction {
  const { state, ...position } = JSON.parse(json) as Omit<Compaction, 'history'> & { state: unknown };
  return { ...position, ...decodeState(state) };
}

/** Where the history can begin: whether status changes exist from the first journal row on. */
export async function readBeginning(
  db: D1Database,
): Promise<{ readonly firstSeq: number; readonly firstAt: number; readonly isWhole: boolean } | null> {
  const [row] = await database(db).all<{ id: number; at: number; status: number | null }>(sql`
    select id, at, (select min(id) from status_changes) as status from journal
    where id > ${journalId(SHARD, 0)} and id < ${journalId(SHARD + 1, 0)} order by id limit 1`);
  if (!row) return null;
  const firstSeq = row.id - journalId(SHARD, 0);
  return { firstSeq, firstAt: row.at, isWhole: firstSeq === 1 && row.status === row.id };
}

/** The first row. Another run that was faster keeps its own. */
export async function insertCompaction(db: D1Database, compaction: Compaction, now: number): Promise<void> {
  const { seq, at, day, history } = compaction;
  await db.batch([
    db
      .prepare(
        `insert into compaction (shard, seq, at, day, state, ran_at, error) values (?, ?, ?, ?, ?, ?, null)
          on conflict (shard) do nothing`,
      )
      .bind(SHARD, seq, at, day, encodeState(compaction), now),
    ...parts(db, INSERT_MONITORS, [...history.monitors.values()].map(newMonitor)),
  ]);
}

const newMonitor = ({ number, from }: NewMonitor): NewMonitor => ({ number, from });

export async function recordFailure(db: D1Database, now: number, error: string): Promise<void> {
  await database(db).run(
    sql`update compaction set ran_at = ${now}, error = ${error.slice(0, 1_000)} where shard = ${SHARD}`,
  );
}

/** Changes after one journal row, up to another. */
export async function readStatusRows(db: D1Database, after: number, to: number): Promise<StatusRow[]> {
  const rows = await database(db).all<{ id: number; at: number; data: string }>(sql`
    select id, at, data from status_changes
    where id > ${journalId(SHARD, after)} and id <= ${journalId(SHARD, to)} order by id`);
  return rows.map(({ id, at, data }) => ({ id, at, data: JSON.parse(data) as StatusRow['data'] }));
}

export interface SeriesHead {
  readonly id: number;
  readonly facts: readonly FactRow[];
  readonly bytes: number;
}

/** Every part of these monitors' days, without the observations. */
export async function readSeriesHeads(db: D1Database, ids: readonly number[]): Promise<SeriesHead[]> {
  if (ids.length === 0) return [];
  const rows = await database(db).all<{ id: number; spans: string; bytes: number }>(sql`
    select s.id, s.spans, length(s.data) as bytes from json_each(${JSON.stringify(ids)}) i
    cross join series s on s.id between i.value and i.value + ${MAX_PARTS - 1} order by s.id`);
  return rows.map(({ id, spans, bytes }) => ({ id, facts: JSON.parse(spans) as FactRow[], bytes }));
}

export interface SeriesWrite {
  readonly id: number;
  readonly day: number;
  /** Replaces those of the row. */
  readonly facts: readonly Fact[];
  /** Appended. */
  readonly segment: Uint8Array | null;
}

export interface DayWrite {
  readonly id: number;
  readonly data: Uint8Array;
}

export interface RecentWrite {
  readonly number: number;
  readonly day: number;
  readonly recent: Uint8Array;
}

export interface NewMonitor {
  readonly number: number;
  readonly from: number;
}

export interface Written {
  readonly before: Compaction;
  readonly after: Compaction;
  readonly series?: readonly SeriesWrite[];
  readonly days?: readonly DayWrite[];
  readonly recents?: readonly RecentWrite[];
  readonly newMonitors?: readonly NewMonitor[];
}

/** False if another run has moved the cursor: then nothing is written. */
export async function writeCompaction(db: D1Database, written: Written, now: number): Promise<boolean> {
  const { before, series = [], days = [], recents = [], newMonitors = [] } = written;
  try {
    await db.batch([
      moveCursor(db, written, now),
      ...parts(db, INSERT_MONITORS, newMonitors.map(newMonitor)),
      ...parts(
        db,
        APPEND_SERIES,
        series.map(({ id, day, facts, segment }) => [
          ...[id, JSON.stringify(factRows(facts, day)), segment === null ? '' : toHex(segment)],
        ]),
      ),
      ...parts(
        db,
        WRITE_DAYS,
        days.map(({ id, data }) => [id, toHex(data)]),
      ),
      ...parts(
        db,
        WRITE_RECENTS,
        recents.map(({ number, day, recent }) => [number, day, toHex(recent)]),
      ),
    ]);
    return true;
  } catch (error) {
    const { compaction } = await readPending(db);
    const isMoved =
      compaction?.seq !== before.seq ||
      compaction.at !== before.at ||
      compaction.day !== before.day ||
      compaction.cursor !== before.cursor;
    if (isMoved) return false;
    throw error;
  }
}

/** A null violates the column, so that the whole transaction fails. */
const moveCursor = (db: D1Database, { before, after }: Written, now: number): Prepared =>
  db
    .prepare(
      `update compaction set
        seq = case when seq = ?1 and at = ?2 and day = ?3 and state ->> '$.cursor' = ?4 then ?5 end,
        at = ?6, day = ?7, state = ?8, ran_at = ?9, error = null where shard = ?10`,
    )
    .bind(
      ...[before.seq, before.at, before.day, before.cursor],
      ...[after.seq, after.at, after.day, encodeState(after), now, SHARD],
    );

const parts = (db: D1Database, statement: string, rows: readonly object[]): Prepared[] =>
  inParts(rows).map((json) => db.prepare(statement).bind(json));

const INSERT_MONITORS = `insert into monitor_histories
  (number, id, name, tags, group_name, starts_at, deleted_at, recent_day, recent)
  select m.number, m.id, m.name, m.tags, m.group_name, n.value ->> 'from', null, (n.value ->> 'from') / 86400000 - 1, x''
  from json_each(?) n join monitors m on m.number = n.value ->> 'number' where true
  on conflict (number) do nothing`;

/** SQLite joins bytes as a text, with every zero byte in it. */
const APPEND_SERIES = `insert into series (id, spans, data)
  select n.value ->> 0, n.value ->> 1, unhex(n.value ->> 2) from json_each(?) n where true
  on conflict (id) do update set spans = excluded.spans, data = cast(series.data || excluded.data as blob)`;

const WRITE_DAYS = `insert into days (id, data)
  select n.value ->> 0, unhex(n.value ->> 1) from json_each(?) n where true
  on conflict (id) do update set data = excluded.data`;

const WRITE_RECENTS = `update monitor_histories set recent_day = n.value ->> 1, recent = unhex(n.value ->> 2)
  from json_each(?) n where monitor_histories.number = n.value ->> 0`;
