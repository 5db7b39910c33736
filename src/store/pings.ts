// Owns the pings table: a ping is one statement and one row. Does not decide what a ping means: src/heartbeats does.
import { and, desc, type SQL, sql } from 'drizzle-orm';
import type { Ping, PingKind } from '../heartbeats/memory.ts';
import { database, type Statement } from './database.ts';
import { pings } from './schema.ts';

/** A monitor has room for this many pings: 136 years of one every second. */
export const PING_SPAN = 2 ** 32;
const SPAN = PING_SPAN;

/** The id of a ping: pings of one monitor are together, in the order in which they were stored. */
export const pingId = (monitor: number, seq: number): number => monitor * SPAN + seq;

/** A ping as it arrived. */
export interface ReceivedPing {
  readonly at: number;
  readonly kind: PingKind;
  readonly runId: string | null;
  readonly exitCode: number | null;
  readonly body: string | null;
  readonly bodyBytes: number;
}

export interface StoredPing extends Ping {
  readonly durationMs: number | null;
  readonly body: string | null;
  readonly bodyBytes: number;
}

/**
 * Stores a ping of the heartbeat with this key and returns the number of its monitor. Null: no heartbeat has the key. One
 * statement, so that two pings at once get two numbers.
 */
export async function storePing(db: D1Database, keyHash: string, ping: ReceivedPing): Promise<number | null> {
  const { at, kind, runId, exitCode, body, bodyBytes } = ping;
  const rows = await database(db).all<{ id: number }>(sql`
    with heartbeat as (
      select number from heartbeats where key_hash = ${keyHash}
      union all
      select number from heartbeats where previous_key_hash = ${keyHash} and previous_key_until > ${at}
      limit 1
    )
    insert into pings (id, at, kind, run_id, exit_code, duration_ms, body, body_bytes)
    select coalesce((${newest('id')}), number * ${SPAN}) + 1, ${at}, ${kind}, ${runId}, ${exitCode},
      ${durationOf(ping)}, ${body}, ${bodyBytes}
    from heartbeat where true
    returning id`);
  const [row] = rows;
  return row === undefined ? null : Math.floor(row.id / SPAN);
}

const ofHeartbeat = sql.raw(`id > number * ${SPAN} and id < (number + 1) * ${SPAN}`);
const newest = (column: 'id' | 'at', condition: SQL = sql`true`): SQL =>
  sql`select ${sql.raw(column)} from pings where ${ofHeartbeat} and ${condition} order by id desc limit 1`;

/** A run ends what began since the one before ended. Only its newest pings are read. */
const RECENT_PINGS = 200;

function durationOf({ at, kind, runId }: ReceivedPing): SQL {
  if (kind !== 'success' && kind !== 'fail') return sql`null`;
  return sql`(select ${at} - recent.at from (
      select * from pings where ${ofHeartbeat} order by id desc limit ${RECENT_PINGS}
    ) recent where recent.run_id is ${runId} and recent.kind <> 'log' and recent.at <= ${at}
    order by recent.id desc limit 1)`;
}

export interface PingQuery {
  readonly monitor: number;
  /** Only pings with a smaller `seq`. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** The newest first. */
export async function listPings(
  db: D1Database,
  { monitor, before, limit }: PingQuery,
): Promise<StoredPing[]> {
  const until = before === undefined ? pingId(monitor + 1, 0) : pingId(monitor, before);
  const rows = await database(db)
    .select()
    .from(pings)
    .where(and(sql`${pings.id} > ${pingId(monitor, 0)}`, sql`${pings.id} < ${until}`))
    .orderBy(desc(pings.id))
    .limit(limit);
  return rows.map(({ id, ...row }) => ({ ...row, seq: id % SPAN }));
}

/** A monitor and the newest of its pings that was evaluated. */
export interface PingCursor {
  readonly number: number;
  readonly seq: number;
}

/** As many of one monitor at once, and of all. The next evaluation takes the others. */
export const MAX_NEW_PINGS = 500;
export const MAX_ALL_NEW_PINGS = 20_000;

export interface NewPings {
  readonly pings: ReadonlyMap<number, readonly Ping[]>;
  /** Of these monitors, there may be more. */
  readonly unread: ReadonlySet<number>;
}

/** The pings after these cursors, by monitor, in the order in which they were stored. */
export async function newPings(
  db: D1Database,
  cursors: readonly PingCursor[],
  limit = MAX_ALL_NEW_PINGS,
): Promise<NewPings> {
  const json = JSON.stringify(cursors.map(({ number, seq }) => [pingId(number, seq), pingId(number + 1, 0)]));
  const rows = await database(db).all<{
    id: number;
    at: number;
    kind: PingKind;
    run_id: string | null;
    exit_code: number | null;
  }>(sql`
    select p.id, p.at, p.kind, p.run_id, p.exit_code from json_each(${json}) c
    cross join pings p on p.id in (
      select q.id from pings q where q.id > c.value ->> 0 and q.id < c.value ->> 1
      order by q.id limit ${MAX_NEW_PINGS}
    )
    limit ${limit}`);
  const pings = Map.groupBy(
    rows.map(({ id, run_id, exit_code, ...row }) => ({
      number: Math.floor(id / SPAN),
      ...{ ...row, seq: id % SPAN, runId: run_id, exitCode: exit_code },
    })),
    ({ number }) => number,
  );
  const last = rows.at(-1);
  // They are read in the order of the cursors.
  const from =
    rows.length < limit
      ? cursors.length
      : cursors.findIndex(({ number }) => number === Math.floor(last!.id / SPAN));
  const unread = new Set(cursors.slice(from).map(({ number }) => number));
  for (const [number, found] of pings) if (found.length >= MAX_NEW_PINGS) unread.add(number);
  return { pings, unread };
}

/** The newest ping of each of these monitors. */
export async function newestSeqs(
  db: D1Database,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  if (numbers.length === 0) return new Map();
  const rows = await database(db).all<{ number: number; id: number | null }>(sql`
    select m.value number, (select max(p.id) from pings p where p.id > m.value * ${SPAN}
      and p.id < (m.value + 1) * ${SPAN}) id
    from json_each(${JSON.stringify(numbers)}) m`);
  return new Map(rows.map(({ number, id }) => [number, id === null ? 0 : id % SPAN]));
}

/** A run that ended, and how long it took. */
export interface RunDuration {
  readonly at: number;
  readonly durationMs: number;
}

/** More would make a page slow. A job that runs every minute has 1,440 a day. */
const MAX_DURATIONS = 20_000;

/** Of runs that succeeded from `from` on and said when they began, newest first. */
export const listDurations = (
  db: D1Database,
  { number, from }: { readonly number: number; readonly from: number },
): Promise<RunDuration[]> =>
  database(db).all<RunDuration>(sql`
    select at, duration_ms as "durationMs" from pings
    where id > ${pingId(number, 0)} and id < ${pingId(number + 1, 0)} and at >= ${from}
      and kind = 'success' and duration_ms is not null
    order by id desc limit ${MAX_DURATIONS}`);

/** The newest pings of heartbeats, as far as figures show them. */
export interface NewestPing {
  readonly number: number;
  /** When the newest ping arrived. Null: none has. */
  readonly lastPingAt: number | null;
  /** When the newest run ended. */
  readonly lastRunAt: number | null;
  /** Of the newest run that ended and said when it began. */
  readonly lastDurationMs: number | null;
}

/** Of these monitors, or of all heartbeats. Only the newest pings of each are read. */
export function newestPings(db: D1Database, numbers: readonly number[] | null = null): Promise<NewestPing[]> {
  const wanted =
    numbers === null ? sql`true` : sql`number in (select value from json_each(${JSON.stringify(numbers)}))`;
  const recent = (column: string, condition: SQL): SQL =>
    sql`(select ${sql.raw(column)} from (
      select * from pings where ${ofHeartbeat} order by id desc limit ${RECENT_PINGS}
    ) where ${condition} order by id desc limit 1)`;
  return database(db).all<NewestPing>(sql`
    select number, (${newest('at')}) as "lastPingAt",
      ${recent('at', sql`kind in ('success', 'fail')`)} as "lastRunAt",
      ${recent('duration_ms', sql`duration_ms is not null`)} as "lastDurationMs"
    from heartbeats where ${wanted} order by number`);
}

/** With the monitors themselves. */
export const removePings = (db: D1Database, numbers: readonly number[]): Statement =>
  database(db)
    .delete(pings)
    .where(
      sql`${pings.id} in (select p.id from json_each(${JSON.stringify(numbers)}) m
        cross join pings p on p.id > m.value * ${SPAN} and p.id < (m.value + 1) * ${SPAN})`,
    );
