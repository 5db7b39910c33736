// Owns the deletion of rows that are too old: journal, notifications with their deliveries, evidence, and damaged rows.
// Does not decide how long rows are kept: scheduler/prune.ts does. Every query reads rows in proportion to what it deletes.
import { type SQL, sql } from 'drizzle-orm';
import { database, runBatch } from './database.ts';
import { journalId, SHARD } from './journal/rows.ts';
import { jsonList, NOW, promoteHeads } from './outbox-lines.ts';
import { deliveries, notifications } from './schema.ts';
import { selectPosition } from './snapshot/rows.ts';

/** Rows from `before` on are kept. A time after `now` was written by a wrong clock: its neighbours decide. */
export interface Age {
  readonly before: number;
  readonly now: number;
}

const CLOCK_TOLERANCE_MS = 3_600_000;

const isYoung = (at: SQL, { before, now }: Age): SQL =>
  sql`${at} >= ${before} and ${at} <= ${now + CLOCK_TOLERANCE_MS}`;

export const isOld = (at: number, { before, now }: Age): boolean =>
  at < before || at > now + CLOCK_TOLERANCE_MS;

export interface Claimed {
  readonly notificationCursor: number;
  /** The clock of D1, ms since the epoch. */
  readonly databaseTime: number;
  /** Size of the database. Null if D1 does not return it. */
  readonly databaseBytes: number | null;
}

/** Claims a run. Null if another one began less than `everyMs` ago. */
export async function claimPruning(db: D1Database, now: number, everyMs: number): Promise<Claimed | null> {
  const result = await database(db).run(sql`
    insert into pruning (shard, ran_at) values (${SHARD}, ${now})
    on conflict (shard) do update set ran_at = excluded.ran_at
      where pruning.ran_at <= ${now - everyMs} or pruning.ran_at > ${now + everyMs}
    returning notification_cursor as "notificationCursor", ${NOW} as "databaseTime"`);
  const [row] = result.results as Pick<Claimed, 'notificationCursor' | 'databaseTime'>[];
  return row ? { ...row, databaseBytes: result.meta.size_after ?? null } : null;
}

interface JournalPace {
  /** Id of the oldest row. */
  readonly oldestId: number;
  readonly oldestAt: number;
  /** Rows that are appended in a millisecond: the higher one of the whole journal and of the time since the older checkpoint. */
  readonly rowsPerMs: number;
}

/** A shorter time shows little of the pace. */
const MIN_PACE_MS = 600_000;

/** Null without a journal. */
export async function journalPace(db: D1Database, now: number): Promise<JournalPace | null> {
  const orm = database(db);
  const edge = (order: SQL) =>
    orm.all<{ id: number; at: number }>(sql`select id, at from journal
      where id >= ${journalId(SHARD, 0)} and id < ${journalId(SHARD + 1, 0)} order by id ${order} limit 1`);
  const [[oldest], [newest], [older]] = await Promise.all([
    edge(sql`asc`),
    edge(sql`desc`),
    selectPosition(db, 'older'),
  ]);
  if (!oldest || !newest) return null;
  const pace = (rows: number, spanMs: number): number => (spanMs < MIN_PACE_MS ? 0 : rows / spanMs);
  const whole = pace(newest.id - oldest.id, newest.at - oldest.at);
  const recent = older ? pace(newest.id - journalId(SHARD, older.seq), now - older.at) : 0;
  return { oldestId: oldest.id, oldestAt: oldest.at, rowsPerMs: Math.max(whole, recent) };
}

interface JournalPass {
  readonly fromId: number;
  readonly limit: number;
  readonly belowSeq: number;
  readonly age: Age;
  /** The database is so full that the checks matter more than the history. */
  readonly evenIfNotCompacted: boolean;
}

/**
 * Deletes at most `limit` rows from `fromId` on, up to the first that is young, and below `seq`. Rows that the history does
 * not contain yet stay. Returns their number.
 */
export async function deleteJournal(
  db: D1Database,
  { fromId, limit, belowSeq, age, evenIfNotCompacted }: JournalPass,
): Promise<number> {
  const last = Math.min(fromId + limit, journalId(SHARD, belowSeq));
  const compacted = sql`${journalId(SHARD, 1)} + coalesce((select seq from compaction where shard = ${SHARD}), 0)`;
  const end = evenIfNotCompacted ? sql`${last}` : sql`min(${last}, ${compacted})`;
  const firstYoung = sql`select j.id from journal j
    where j.id >= ${fromId} and j.id < ${end} and ${isYoung(sql`j.at`, age)} order by j.id limit 1`;
  const { meta } = await database(db).run(
    sql`delete from journal where id >= ${fromId} and id < coalesce((${firstYoung}), ${end})`,
  );
  return meta.changes;
}

/** Empties the evidence of incidents that ended before `before`. Returns their number. */
export async function deleteEvidence(db: D1Database, { before, now }: Age, limit: number): Promise<number> {
  // Literals repeat the condition of the partial index. SQLite would prefer an index of all that ended.
  const { meta } = await database(db).run(sql`
    update incidents set evidence = '[]', evidence_deleted_at = ${now} where rowid in (
      select i.rowid from incidents i indexed by incidents_with_evidence
      where i.state = 'resolved' and i.evidence <> '[]' and i.resolved_at < ${before}
      order by i.resolved_at limit ${limit})`);
  return meta.changes;
}

/** Deletes rows that a rebuild moved aside before `before`. Returns their number. */
export async function deleteDamaged(
  db: D1Database,
  table: 'damaged_journal' | 'damaged_snapshots',
  age: Age,
  limit: number,
): Promise<number> {
  const name = sql.raw(table);
  const orm = database(db);
  const [oldest] = await orm.all<{ at: number }>(
    sql`select removed_at as at from ${name} order by number limit 1`,
  );
  if (!oldest || !isOld(oldest.at, age)) return 0;
  const { meta } = await orm.run(sql`
    delete from ${name} where number in (select number from ${name} order by number limit ${limit})
      and not (${isYoung(sql`removed_at`, age)})`);
  return meta.changes;
}

/** Deletes what receivers returned for messages, once no later one updates them. */
export async function deleteReceipts(db: D1Database, { before }: Age): Promise<void> {
  await database(db).run(sql`delete from receipts where updated_at < ${before}`);
}

export interface NotificationPass {
  readonly cursor: number;
  readonly limit: number;
  readonly age: Age;
  /** A pending delivery that was queued before this time, by the clock of D1, has expired. */
  readonly maxPendingMs: number;
}

/** A delivery that keeps its notification: it may still be sent, or it ended recently. */
const isKept = (table: 'd' | 'deliveries', { age, maxPendingMs }: NotificationPass): SQL => {
  const d = sql.raw(table);
  return sql`case when ${d}.state = 'pending' then ${d}.created_at >= ${NOW} - ${maxPendingMs}
    else ${d}.finished_at >= ${age.before} end`;
};

/** The notification `n` is not needed: enabling a channel, the end of an incident, and a rebuild read these. */
const isUnused = (pass: NotificationPass): SQL => sql`
  not exists (select 1 from deliveries d where d.notification_id = n.id and ${isKept('d', pass)})
  and not exists (select 1 from incidents i where i.id = n.incident_id
    and (i.state = 'open' or i.resolved_at >= ${pass.age.before}))
  and (n.event <> 'monitor.no_data'
    or exists (select 1 from notifications e where e.id = n.id || '_ended' and e.at < ${pass.age.before})
    or not exists (select 1 from monitors m where m.id = n.monitor_id))`;

interface Candidate {
  readonly row: number;
  readonly id: string;
  readonly unused: number;
  /** Id of the notification whose condition this one ends, if it is stored. */
  readonly ends: string | null;
}

/**
 * Deletes old notifications that are not needed, each with all its deliveries: without its notification, a delivery would
 * be due forever. Reads at most `limit` of them, in the order in which they were stored. Returns how many were deleted.
 */
export async function deleteNotifications(db: D1Database, pass: NotificationPass): Promise<number> {
  const orm = database(db);
  const { cursor, limit, age } = pass;
  const candidates = await orm.all<Candidate>(sql`
    select n.rowid as row, n.id, ${isUnused(pass)} as unused,
      (select b.id from notifications b where b.id = n.ends) as ends
    from notifications n where n.rowid > ${cursor} and n.rowid < coalesce((
      select y.row from (
        select rowid as row, at from notifications where rowid > ${cursor} order by rowid limit ${limit}) y
      where ${isYoung(sql`y.at`, age)} order by y.row limit 1), 9e18)
    order by n.rowid limit ${limit}`);
  const ids = new Set<string>();
  // The end of a condition goes with its beginning or later: alone, the beginning would seem open.
  for (const { id, unused, ends } of candidates) if (unused && (ends === null || ids.has(ends))) ids.add(id);
  const next = candidates.length < limit ? 0 : candidates.at(-1)!.row;
  if (ids.size > 0) await deleteTogether(db, ids, pass);
  if (next !== cursor)
    await orm.run(sql`update pruning set notification_cursor = ${next} where shard = ${SHARD}`);
  return ids.size;
}

async function deleteTogether(
  db: D1Database,
  ids: ReadonlySet<string>,
  pass: NotificationPass,
): Promise<void> {
  const orm = database(db);
  const listed = sql`(select value from json_each(${jsonList(ids)}))`;
  const lines = await orm.all<{ channel: string; subject: string }>(sql`
    select distinct d.channel_id as channel, d.subject from deliveries d
    where d.notification_id in ${listed} and +d.state = 'pending'`);
  const subjects = Map.groupBy(lines, ({ channel }) => channel);
  await runBatch(db, [
    // A delivery that was queued again meanwhile stays, and so does its notification.
    orm
      .delete(deliveries)
      .where(sql`${deliveries.notificationId} in ${listed} and not (${isKept('deliveries', pass)})`),
    orm.delete(notifications).where(sql`${notifications.id} in ${listed}
      and not exists (select 1 from deliveries d where d.notification_id = ${notifications.id})`),
    ...[...subjects].map(([channel, own]) =>
      promoteHeads(
        db,
        channel,
        own.map(({ subject }) => subject),
      ),
    ),
  ]);
}

/** Average number of notifications that were stored in a millisecond of this span. */
export async function notificationPace(db: D1Database, spanMs: number): Promise<number> {
  const [row] = await database(db).all<{ count: number }>(sql`select
    coalesce((select rowid from notifications order by rowid desc limit 1), 0)
      - coalesce((select rowid from notifications order by rowid limit 1), 0) as count`);
  return (row?.count ?? 0) / spanMs;
}
