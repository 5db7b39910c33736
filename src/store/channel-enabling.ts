// Owns what enabling a channel does to its deliveries: what is still open is queued, what is too old ends.
// Does not write the channel's own row: channels.ts does, with the columns of `ENABLED_AFRESH`.
import { and, ne, type SQL, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { channels, deliveries } from './schema.ts';

/** Columns of a channel that a person enables: it starts afresh, but a failure that was notified ends with a success. */
export const ENABLED_AFRESH = {
  disabledReason: null,
  goneCount: sql`case when ${channels.enabled} then ${channels.goneCount} else 0 end`,
  goneSince: sql`case when ${channels.enabled} then ${channels.goneSince} end`,
  failedAttempts: sql`case when ${channels.enabled} then ${channels.failedAttempts} else 0 end`,
  failingSince: sql`case when ${channels.enabled} or ${channels.failureNotified} then ${channels.failingSince} end`,
  lastError: sql`case when ${channels.enabled} or ${channels.failureNotified} then ${channels.lastError} end`,
};

const OPENINGS = sql`('incident.opened', 'incident.partial', 'location.quarantined', 'location.lost')`;
const ENDS = sql`('incident.resolved', 'incident.partial_resolved', 'location.recovered')`;

/**
 * Statements for the transaction that enables the channel. They change nothing if it is not enabled afterwards.
 * Deliveries that were queued before `expiredBefore` are too old to send, unless they are about something open.
 */
export function enablingStatements(
  db: D1Database,
  channelId: string,
  now: number,
  expiredBefore: number,
): Statement[] {
  const orm = database(db);
  const isEnabled = sql`exists (select 1 from channels where id = ${channelId} and enabled = 1)`;
  const expired = isExpired(channelId, expiredBefore);
  const failed = {
    state: 'failed' as const,
    finishedAt: now,
    lastError: 'not sent: it expired while the channel was disabled',
  };
  const waits = sql`channel_id = ${channelId} and state = 'pending' and next_attempt_at > ${now}`;
  return [
    queueOpen(db, channelId, isEnabled, now),
    orm
      .update(deliveries)
      .set({ queuedAt: now })
      .where(and(expired, isEnabled, mayEndKnownIncident(channelId))),
    orm.update(deliveries).set(failed).where(and(expired, isEnabled)),
    orm.update(deliveries).set({ nextAttemptAt: now }).where(and(waits, isEnabled)),
  ];
}

/**
 * The newest opening of each open incident, and each open "no data", of the monitors that use the channel. The delivery
 * keeps the id of the notification and its place in the order. One that was delivered is not sent again.
 */
function queueOpen(db: D1Database, channelId: string, isEnabled: SQL, now: number): Statement {
  const orm = database(db);
  const open = orm
    .select({
      notificationId: sql<string>`open.id`.as('notification_id'),
      channelId: sql<string>`${channelId}`.as('channel_id'),
      position: sql<number>`open.position`.as('position'),
      state: sql<'pending'>`'pending'`.as('state'),
      attempts: sql<number>`0`.as('attempts'),
      nextAttemptAt: sql<number>`${now}`.as('next_attempt_at'),
      queuedAt: sql<number>`${now}`.as('queued_at'),
      lastStatus: sql<null>`null`.as('last_status'),
      lastError: sql<null>`null`.as('last_error'),
      finishedAt: sql<null>`null`.as('finished_at'),
    })
    .from(sql`(${openIncidents(channelId)} union all ${openNoData(channelId)}) open`)
    .where(isEnabled);
  return orm
    .insert(deliveries)
    .select(open)
    .onConflictDoUpdate({
      target: [deliveries.notificationId, deliveries.channelId],
      set: {
        ...{ state: 'pending', nextAttemptAt: now, queuedAt: now, finishedAt: null },
        attempts: sql`case when ${deliveries.state} = 'pending' then ${deliveries.attempts} else 0 end`,
      },
      setWhere: ne(deliveries.state, 'delivered'),
    });
}

const openIncidents = (channelId: string): SQL => sql`
  select n.id, n.position
  from incidents i
  join notifications n on n.incident_id = i.id and n.event in ${OPENINGS}
  where i.state = 'open'
    and not exists (select 1 from notifications later
      where later.incident_id = i.id and later.position > n.position and later.event in ${OPENINGS})
    and not exists (select 1 from notifications ended
      where ended.incident_id = i.id and ended.event in ${ENDS})
    and (i.location is not null or exists (
      select 1 from monitors m where m.number = i.monitor_number and ${uses('m', channelId)}))`;

const openNoData = (channelId: string): SQL => sql`
  select n.id, n.position
  from notifications n
  join monitors m on m.id = n.monitor_id
  where n.event = 'monitor.no_data' and ${uses('m', channelId)}
    and not exists (select 1 from notifications ended where ended.id = n.id || '_ended')`;

const uses = (table: 'm', channelId: string): SQL => {
  const column = sql.raw(`${table}.channels`);
  return sql`(json_type(${column}) = 'text'
    or exists (select 1 from json_each(${column}) where value = ${channelId}))`;
};

/** A receiver that may know of an incident gets its end, however long the channel was disabled. */
const mayEndKnownIncident = (channelId: string): SQL => sql`exists (
  select 1 from notifications n
  join notifications opening on opening.id in (
    select o.id from notifications o where o.incident_id = n.incident_id and o.event in ${OPENINGS}
    union all
    select substr(n.id, 1, length(n.id) - 6) where n.id like '%_ended')
  join deliveries sent on sent.notification_id = opening.id and sent.channel_id = ${channelId}
  where n.id = ${deliveries.notificationId}
    and (n.event in ${ENDS} or n.id like '%_ended')
    and (sent.state = 'delivered' or sent.attempts > 0))`;

const isExpired = (channelId: string, expiredBefore: number): SQL => sql`
  channel_id = ${channelId} and state = 'pending' and coalesce(queued_at, (
    select at from notifications where notifications.id = ${deliveries.notificationId})) < ${expiredBefore}`;
