// Owns the lines of the outbox: the pending deliveries of one channel and subject, in order of their commits. Only the
// head of a line has a turn. Every statement here belongs into the batch that inserts or finishes a delivery.
// Literals in the SQL are on purpose: SQLite uses a partial index only if the query repeats its condition.
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { channels, deliveries, journal, notifications } from './schema.ts';

/** The clock of D1, ms since the epoch. */
export const NOW: SQL<number> = sql`cast(unixepoch('subsec') * 1000 as integer)`;

/** A position after every notification that a commit has raised. */
export const AFTER_NEWEST_COMMIT: SQL<number> = sql`(select coalesce(max(j.id), 0) from ${journal} j) * 10000 + 9999`;

/** Selects a delivery by its place in a line or in the order of the channel. */
export const rowidIn = (query: SQL): SQL => sql`${deliveries}.rowid in (${query})`;

/** A list of texts as one bound parameter, to be read with json_each. */
export const jsonList = (values: Iterable<string>): string => JSON.stringify([...new Set(values)]);

/** Whether an attempt of an opening of the incident can have reached the channel: also as a regional problem, before. */
export const mayKnowIncident = (incidentId: SQL, channelId: SQL): SQL => sql`exists (
  select 1 from ${notifications} o join ${deliveries} sent on sent.notification_id = o.id
  where o.incident_id = ${incidentId} and o.event in ('incident.opened', 'incident.partial')
    and sent.channel_id = ${channelId} and (sent.reached = 1 or sent.state = 'delivered'))`;

/** The rowid of the first pending delivery. `urgency` never decreases along a line, so the order is that of the commits. */
const headOf = (channelId: SQL, subject: SQL): SQL => sql`(
  select d.rowid from ${deliveries} d where d.channel_id = ${channelId} and d.subject = ${subject} and d.state = 'pending'
  order by d.urgency, d.position, d.rowid limit 1)`;

/** Another message carries it, and that message has the turn. */
const isCarried = sql`(${deliveries.mergedInto} is not null and ${deliveries.mergedInto} <> ${deliveries.notificationId})`;

/** A head that is held until others are gathered waits, unless another notification of its line waits for it. */
const turnOfHead = sql<'ready'>`case when ${deliveries.heldUntil} > ${NOW} and ${deliveries.attempts} = 0
  and not exists (select 1 from ${deliveries} behind where behind.channel_id = ${deliveries.channelId}
    and behind.subject = ${deliveries.subject} and behind.state = 'pending'
    and behind.notification_id <> ${deliveries.notificationId})
  then 'waiting' else 'ready' end`;

/** Gives its turn to each of these deliveries that has none. `heads` selects rowids. */
const promote = (db: D1Database, heads: SQL): Statement =>
  database(db)
    .update(deliveries)
    .set({ turn: turnOfHead })
    .where(and(sql`${deliveries.turn} is null`, rowidIn(heads), sql`not ${isCarried}`));

/** Gives the next delivery of each line its turn, after earlier ones were finished. */
export const promoteHeads = (db: D1Database, channelId: string, subjects: Iterable<string>): Statement =>
  promote(db, sql`select ${headOf(sql`${channelId}`, sql`s.value`)} from json_each(${jsonList(subjects)}) s`);

/** The same for every line of the channel. */
export const promoteAllHeads = (db: D1Database, channelId: string): Statement =>
  promote(
    db,
    sql`
      select ${headOf(sql`${channelId}`, sql`s.subject`)} from (
        select distinct p.subject from ${deliveries} p where p.channel_id = ${channelId} and p.state = 'pending') s`,
  );

/** The same after an insert, in the lines of every channel. A head that waits after a failure is due again. */
export const wakeHeads = (db: D1Database, subjects: Iterable<string>): Statement =>
  database(db)
    .update(deliveries)
    .set({ turn: turnOfHead, released: false })
    .where(
      and(
        sql`coalesce(${deliveries.turn}, 'waiting') = 'waiting'`,
        sql`${deliveries.state} = 'pending'`,
        rowidIn(sql`select coalesce(lead.rowid, head.rowid)
          from json_each(${jsonList(subjects)}) s cross join ${channels} c
          join ${deliveries} head on head.rowid = ${headOf(sql`c.id`, sql`s.value`)}
          left join ${deliveries} lead on lead.notification_id = head.merged_into and lead.channel_id = c.id
            and lead.state = 'pending'`),
        sql`not ${isCarried}`,
      ),
    );

/** Deliveries ahead of a more severe one become as urgent as it, because it waits for them. */
export const raiseUrgency = (db: D1Database, subjects: Iterable<string>, urgency: number): Statement =>
  database(db)
    .update(deliveries)
    .set({ urgency })
    .where(
      rowidIn(sql`
        select d.rowid from json_each(${jsonList(subjects)}) s cross join ${channels} c cross join ${deliveries} d
        where d.channel_id = c.id and d.subject = s.value and d.state = 'pending' and d.urgency > ${urgency}`),
    );

const waitingOf = (channelId: string) =>
  and(eq(deliveries.channelId, channelId), sql`${deliveries.turn} = 'waiting'`);

/** Every waiting delivery of the channel is due, whatever its pause. One that was released before keeps its pause. */
export const releaseWaiting = (db: D1Database, channelId: string, now: number): Statement =>
  database(db)
    .update(deliveries)
    .set({ turn: 'ready', released: true, nextAttemptAt: now })
    .where(and(waitingOf(channelId), eq(deliveries.released, false)));

/** A person changed or enabled the channel: everything that waits is due now, and attempts start without a pause. */
export const resumeChannel = (db: D1Database, channelId: string): Statement[] => [
  database(db).update(channels).set({ failures: 0, pausedUntil: 0 }).where(eq(channels.id, channelId)),
  database(db).update(deliveries).set({ turn: 'ready', released: false }).where(waitingOf(channelId)),
];
