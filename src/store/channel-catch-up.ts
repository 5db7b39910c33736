// Owns what a channel is sent that did not reach it while it was disabled or failing: each incident that is still open,
// and the end of each incident that its receiver may know of. Does not decide when: enabling and a recovery do.
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { database, type Statement } from './database.ts';
import { AFTER_NEWEST_COMMIT, NOW, promoteAllHeads } from './outbox-lines.ts';
import { channels, deliveries } from './schema.ts';

const OPENINGS = sql`('incident.opened', 'incident.partial', 'location.quarantined', 'location.lost')`;
const ENDS = sql`('incident.resolved', 'incident.partial_resolved', 'location.recovered')`;

/** Statements for the transaction in which the channel becomes usable. They queue nothing unless `condition` holds. */
export const catchUpStatements = (
  db: D1Database,
  channelId: string,
  condition: SQL,
  now: number,
): Statement[] => [
  takeApart(db, channelId, condition),
  queueEnds(db, channelId, condition),
  queueOpen(db, channelId, condition, now),
  ...([0, 1] as const).map((urgency) => raiseLines(db, channelId, urgency)),
  promoteAllHeads(db, channelId),
];

/** What was given up in one message is queued on its own, as far as it is of use. */
const takeApart = (db: D1Database, channelId: string, condition: SQL): Statement =>
  database(db)
    .update(deliveries)
    .set({ mergedInto: null })
    .where(
      and(
        eq(deliveries.channelId, channelId),
        sql`${deliveries.state} = 'failed' and ${deliveries.state} <> 'pending'`,
        sql`${deliveries.mergedInto} is not null`,
        condition,
      ),
    );

/**
 * Ends that were given up while the channel failed, of what its receiver may know of. They keep their place: what began
 * later was given up too, or is behind them.
 */
const queueEnds = (db: D1Database, channelId: string, condition: SQL): Statement =>
  database(db)
    .update(deliveries)
    .set({
      state: 'pending',
      createdAt: NOW,
      finishedAt: null,
      attempts: 0,
      turn: null,
      released: false,
      heldUntil: null,
    })
    .where(
      and(
        eq(deliveries.channelId, channelId),
        // The partial index with what is finished needs its own condition.
        sql`${deliveries.state} = 'failed' and ${deliveries.state} <> 'pending'`,
        sql`${deliveries.finishedAt} >= (select c.failing_since from ${channels} c where c.id = ${channelId})`,
        condition,
        mayEndKnownIncident(channelId),
      ),
    );

/**
 * The newest opening of each open incident, and each open "no data", of the monitors that use the channel. The delivery
 * keeps the id of the notification. It goes behind what is pending already: that is older. One that was delivered is not
 * sent again.
 */
function queueOpen(db: D1Database, channelId: string, condition: SQL, now: number): Statement {
  const orm = database(db);
  const open = orm
    .select({
      notificationId: sql<string>`open.id`.as('notification_id'),
      channelId: sql<string>`${channelId}`.as('channel_id'),
      position: AFTER_NEWEST_COMMIT.as('position'),
      subject: sql<string>`open.subject`.as('subject'),
      urgency: sql<number>`open.urgency`.as('urgency'),
      state: sql<'pending'>`'pending'`.as('state'),
      turn: sql<null>`null`.as('turn'),
      released: sql<boolean>`0`.as('released'),
      reached: sql<boolean>`0`.as('reached'),
      supersededBy: sql<null>`null`.as('superseded_by'),
      openedNotSent: sql<boolean>`0`.as('opened_not_sent'),
      attempts: sql<number>`0`.as('attempts'),
      nextAttemptAt: sql<number>`${now}`.as('next_attempt_at'),
      lastStatus: sql<null>`null`.as('last_status'),
      lastError: sql<null>`null`.as('last_error'),
      lastResponse: sql<null>`null`.as('last_response'),
      warning: sql<null>`null`.as('warning'),
      routeId: sql<null>`null`.as('route_id'),
      heldUntil: sql<null>`null`.as('held_until'),
      mergedInto: sql<null>`null`.as('merged_into'),
      createdAt: NOW.as('created_at'),
      finishedAt: sql<null>`null`.as('finished_at'),
    })
    .from(openNotifications(channelId))
    .where(condition);
  const unlessPending = (column: SQL | SQLiteColumn, otherwise: SQL): SQL =>
    sql`case when ${deliveries.state} = 'pending' then ${column} else ${otherwise} end`;
  return orm
    .insert(deliveries)
    .select(open)
    .onConflictDoUpdate({
      target: [deliveries.notificationId, deliveries.channelId],
      set: {
        ...{ state: 'pending', createdAt: NOW, finishedAt: null },
        position: unlessPending(deliveries.position, sql`excluded.position`),
        urgency: unlessPending(deliveries.urgency, sql`excluded.urgency`),
        attempts: unlessPending(deliveries.attempts, sql`0`),
        mergedInto: unlessPending(deliveries.mergedInto, sql`null`),
        heldUntil: unlessPending(deliveries.heldUntil, sql`null`),
      },
      // What another message carried was delivered with it.
      setWhere: sql`${deliveries.state} <> 'delivered' and not (${deliveries.state} = 'merged' and ${deliveries.reached} = 1)`,
    });
}

const openNotifications = (channelId: string): SQL =>
  sql`(${openIncidents(channelId)} union all ${openNoData(channelId)}) open`;

const openIncidents = (channelId: string): SQL => sql`
  select n.id, iif(n.event = 'incident.opened', 0, 1) urgency,
    iif(i.location is null, 'monitor/' || n.monitor_id, 'location/' || i.location) subject
  from incidents i
  join notifications n on n.incident_id = i.id and n.event in ${OPENINGS}
  where i.state = 'open'
    and not exists (select 1 from notifications later
      where later.incident_id = i.id and later.position > n.position and later.event in ${OPENINGS})
    and not exists (select 1 from notifications ended
      where ended.incident_id = i.id and ended.event in ${ENDS})
    and ${isNamed(channelId)}`;

const openNoData = (channelId: string): SQL => sql`
  select n.id, 1 urgency, 'monitor/' || n.monitor_id subject
  from notifications n
  join monitors m on m.id = n.monitor_id
  where n.event = 'monitor.no_data' and ${isNamed(channelId)}
    and not exists (select 1 from notifications ended where ended.id = n.id || '_ended')`;

/**
 * Whether the notification `n` concerns the channel: the routes named it then, it was queued, or the monitor lists it now.
 * Without an alert, the default channels do.
 */
const isNamed = (channelId: string): SQL => sql`(
  exists (select 1 from alerts a where a.id = n.id and a.ended_at is null
    and exists (select 1 from json_each(a.plan, '$.notified') where value = ${channelId}))
  or exists (select 1 from deliveries q where q.notification_id = n.id and q.channel_id = ${channelId})
  or exists (select 1 from monitors m where m.id = n.monitor_id and json_type(m.channels) = 'array'
    and exists (select 1 from json_each(m.channels) where value = ${channelId}))
  or not exists (select 1 from alerts a where a.id = n.id)
    and exists (select 1 from settings s, json_each(s.value, '$.defaultChannels') d
      where s.name = 'notifications' and d.value = ${channelId})
    and not exists (select 1 from monitors m where m.id = n.monitor_id and json_type(m.channels) = 'array'))`;

/** Deliveries ahead of an open incident become as urgent as it, because it waits for them. */
const raiseLines = (db: D1Database, channelId: string, urgency: 0 | 1): Statement =>
  database(db)
    .update(deliveries)
    .set({ urgency })
    .where(
      and(
        eq(deliveries.channelId, channelId),
        sql`${deliveries.state} = 'pending' and ${deliveries.urgency} > ${urgency}`,
        sql`${deliveries.subject} in (
          select open.subject from ${openNotifications(channelId)} where open.urgency = ${urgency})`,
      ),
    );

/** A receiver that may know of an incident gets its end, however long the channel was disabled. */
export const mayEndKnownIncident = (channelId: string): SQL => sql`exists (
  select 1 from notifications n
  join deliveries sent on sent.channel_id = ${channelId} and sent.notification_id in (
    select n.ends
    union all
    select o.id from notifications o where o.incident_id = n.incident_id and o.event in ${OPENINGS})
  where n.id = ${deliveries.notificationId} and n.ends is not null
    and (sent.state = 'delivered' or sent.reached = 1))`;
