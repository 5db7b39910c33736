// Owns what enabling a channel does to its deliveries: what is still open is queued, what is too old ends.
// Does not write the channel's own row: channels.ts does, with the columns of `ENABLED_AFRESH`.
import { type SQL, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { channels } from './schema.ts';

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
  const channel: ChannelScope = {
    id: channelId,
    isEnabled: sql`exists (select 1 from channels where id = ${channelId} and enabled = 1)`,
  };
  return [
    orm.run(queueOpen(channel, now)),
    orm.run(renewEnds(channel, now, expiredBefore)),
    orm.run(failExpired(channel, now, expiredBefore)),
    orm.run(sql`
      update deliveries set next_attempt_at = ${now}
      where channel_id = ${channelId} and state = 'pending' and next_attempt_at > ${now} and ${channel.isEnabled}`),
  ] as unknown as Statement[];
}

interface ChannelScope {
  readonly id: string;
  readonly isEnabled: SQL;
}

/**
 * The newest opening of each open incident, and each open "no data", of the monitors that use the channel. The delivery
 * keeps the id of the notification and its place in the order. One that was delivered is not sent again.
 */
const queueOpen = ({ id, isEnabled }: ChannelScope, now: number): SQL => sql`
  insert into deliveries (notification_id, channel_id, position, state, attempts, next_attempt_at, queued_at)
  select open.id, ${id}, open.position, 'pending', 0, ${now}, ${now}
  from (${openIncidents(id)} union all ${openNoData(id)}) open
  where ${isEnabled}
  on conflict (notification_id, channel_id) do update set
    state = 'pending', next_attempt_at = ${now}, queued_at = ${now}, finished_at = null,
    attempts = case when deliveries.state = 'pending' then deliveries.attempts else 0 end
  where deliveries.state <> 'delivered'`;

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
const renewEnds = ({ id, isEnabled }: ChannelScope, now: number, expiredBefore: number): SQL => sql`
  update deliveries set queued_at = ${now}
  where ${isExpired(id, expiredBefore)} and ${isEnabled} and exists (
    select 1 from notifications n
    join notifications opening on opening.id in (
      select o.id from notifications o where o.incident_id = n.incident_id and o.event in ${OPENINGS}
      union all
      select substr(n.id, 1, length(n.id) - 6) where n.id like '%_ended')
    join deliveries sent on sent.notification_id = opening.id and sent.channel_id = ${id}
    where n.id = deliveries.notification_id
      and (n.event in ${ENDS} or n.id like '%_ended')
      and (sent.state = 'delivered' or sent.attempts > 0))`;

const failExpired = ({ id, isEnabled }: ChannelScope, now: number, expiredBefore: number): SQL => sql`
  update deliveries set state = 'failed', finished_at = ${now},
    last_error = 'not sent: it expired while the channel was disabled'
  where ${isExpired(id, expiredBefore)} and ${isEnabled}`;

const isExpired = (channelId: string, expiredBefore: number): SQL => sql`
  channel_id = ${channelId} and state = 'pending' and coalesce(queued_at, (
    select at from notifications where notifications.id = deliveries.notification_id)) < ${expiredBefore}`;
