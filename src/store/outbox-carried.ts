// Owns what happens to the deliveries that another message carries, when that message arrives, is given up or refused.
// Statements for the batch that writes the outcome of that message. Does not decide what it carries: outbox-gather.ts does.
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { jsonList, mayKnowIncident } from './outbox-lines.ts';
import { deliveries, notifications } from './schema.ts';

/** The plus keeps SQLite from a partial index with all that is pending for the channel: each row is found by its key. */
export const pendingAmong = (channelId: string, notificationIds: SQL): SQL => sql`
  ${deliveries.notificationId} in (${notificationIds}) and ${deliveries.channelId} = ${channelId}
  and +${deliveries.state} = 'pending'`;

/** The message arrived, and with it what it carries. */
export const finishCarried = (
  db: D1Database,
  channelId: string,
  ids: readonly string[],
  now: number,
): Statement =>
  database(db)
    .update(deliveries)
    .set({ state: 'merged', turn: null, finishedAt: now, lastError: null })
    .where(
      sql`${deliveries.notificationId} in (select value from json_each(${jsonList(ids)}))
        and ${deliveries.channelId} = ${channelId} and ${deliveries.state} in ('pending', 'failed')`,
    );

const NOT_CARRIED = 'not sent: the message that carries it was given up';

/** What these messages carry is given up with them, and what that carries. */
export const failCarried = (
  db: D1Database,
  channelId: string,
  leads: readonly string[],
  now: number,
): Statement =>
  database(db)
    .update(deliveries)
    .set({ state: 'failed', turn: null, finishedAt: now, lastError: NOT_CARRIED })
    .where(
      sql`${deliveries}.rowid in (
        with recursive carried(row, id) as (
          select m.rowid, m.notification_id from json_each(${jsonList(leads)}) l join ${deliveries} m
            on m.merged_into = l.value and m.channel_id = ${channelId} and m.notification_id <> l.value
          union
          select m.rowid, m.notification_id from carried join ${deliveries} m
            on m.merged_into = carried.id and m.channel_id = ${channelId} and m.notification_id <> carried.id)
        select row from carried) and ${deliveries.state} in ('pending', 'merged')`,
    );

/** Each is a message of its own from now on. */
export const splitOff = (db: D1Database, channelId: string, lead: string): Statement =>
  database(db)
    .update(deliveries)
    .set({ mergedInto: sql`${deliveries.notificationId}` })
    .where(
      sql`${deliveries.mergedInto} = ${lead} and ${deliveries.channelId} = ${channelId}
        and +${deliveries.state} = 'pending'`,
    );

export const forgetReached = (db: D1Database, channelId: string, ids: readonly string[]): Statement =>
  database(db)
    .update(deliveries)
    .set({ reached: false })
    .where(
      and(
        pendingAmong(channelId, sql`select value from json_each(${jsonList(ids)})`),
        eq(deliveries.reached, true),
      ),
    );

/** The end of the same incident tells the whole story. */
export const mergeReplaced = (
  db: D1Database,
  channelId: string,
  ids: readonly string[],
  now: number,
): Statement =>
  database(db)
    .update(deliveries)
    .set({ state: 'merged', mergedInto: deliveries.supersededBy, turn: null, finishedAt: now })
    .where(
      and(
        pendingAmong(channelId, sql`select value from json_each(${jsonList(ids)})`),
        eq(deliveries.reached, false),
      ),
    );

/** The notifications that are sent in place of those that were merged into them just now, if nothing of the incident arrived. */
export const markOpenedNotSent = (
  db: D1Database,
  channelId: string,
  notificationIds: readonly string[],
): Statement =>
  database(db)
    .update(deliveries)
    .set({ openedNotSent: true })
    .where(
      pendingAmong(
        channelId,
        sql`select b.superseded_by from json_each(${jsonList(notificationIds)}) r cross join ${deliveries} b
          join ${notifications} n on n.id = b.notification_id
          where b.notification_id = r.value and b.channel_id = ${channelId} and b.state = 'merged'
            and not ${mayKnowIncident(sql`n.incident_id`, sql`${channelId}`)}`,
      ),
    );
