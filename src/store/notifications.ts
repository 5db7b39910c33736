// Owns the writes of what a commit raised: incident records, notifications, and a delivery for each wanted channel.
import { and, eq, isNotNull, ne, or, type SQL, sql } from 'drizzle-orm';
import type { WebhookBody } from '../channels/notification.ts';
import { locationWebhookBody, monitorWebhookBody } from '../channels/webhook-body.ts';
import type { IncidentRecord, Notification } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { database, type Statement } from './database.ts';
import { recordIncident } from './incidents.ts';
import { findMonitors, type MonitorRow } from './monitors.ts';
import { channels, deliveries, notifications, shards } from './schema.ts';

/** The monitor with this number. Throws if it is not stored. */
type MonitorByNumber = (number: number) => MonitorRow;

/** Statements for the batch of the commit that raised this. Reads the monitors concerned first. */
export async function notificationStatements(
  db: D1Database,
  publicUrl: string,
  state: State,
  raised: readonly Notification[],
  records: readonly IncidentRecord[],
): Promise<Statement[]> {
  if (raised.length === 0 && records.length === 0) return [];
  const numbers = [...raised, ...records].flatMap((one) => ('monitor' in one ? [one.monitor] : []));
  const rows = await findMonitors(db, new Set(numbers));
  const monitorOf: MonitorByNumber = (number) => {
    const row = rows.get(number);
    // Another commit has deleted it: the caller applies the entry to the reloaded state.
    if (!row) throw new Error(`the commit notifies of monitor ${number}, which is not stored`);
    return row;
  };
  return [
    ...records.map((record) =>
      recordIncident(db, state, record, 'monitor' in record ? monitorOf(record.monitor) : null),
    ),
    ...raised.flatMap((notification, index) => {
      const position = state.seq * 10_000 + index;
      const monitor = 'monitor' in notification ? monitorOf(notification.monitor) : null;
      const body = bodyOf(publicUrl, state, notification, monitorOf);
      return [
        insertNotification(db, notification, position, monitor?.id ?? null, body),
        insertDeliveries(
          db,
          notification,
          and(isWanted(monitor?.channels ?? 'all'), isQueuedFor(notification)),
          sql<number>`${position}`,
        ),
      ];
    }),
  ];
}

/** A notification about probemesh itself. The caller raises it, not the engine. */
export interface SystemNotification {
  /** Derived from what happened, so that raising it again changes nothing. */
  readonly id: string;
  readonly body: WebhookBody;
  readonly at: number;
  /** Id of a channel that does not receive it: the one that it is about. */
  readonly exceptChannel?: string;
}

/**
 * Statements that store the notification and one pending delivery for each enabled channel, in one transaction with what
 * raised it. If the id is stored already, or the condition is false, they change nothing.
 */
export function systemNotificationStatements(
  db: D1Database,
  { id, body, at, exceptChannel }: SystemNotification,
  condition: SQL = sql`true`,
): Statement[] {
  const wanted = exceptChannel === undefined ? undefined : ne(channels.id, exceptChannel);
  const recipients = and(eq(channels.enabled, true), wanted, isNewNotification(id), condition);
  const orm = database(db);
  const row = orm
    .select({
      id: sql<string>`${id}`.as('id'),
      event: sql<string>`${body.type}`.as('event'),
      at: sql<number>`${at}`.as('at'),
      position: NEXT_POSITION.as('position'),
      monitorId: sql<null>`null`.as('monitor_id'),
      incidentId: sql<null>`null`.as('incident_id'),
      body: sql`${JSON.stringify(body)}`.as('body'),
    })
    .from(sql`(select 1)`)
    .where(condition);
  return [
    // Deliveries first: whether the notification is new decides about both.
    insertDeliveries(db, { id, at }, recipients, NEXT_POSITION),
    orm.insert(notifications).select(row).onConflictDoNothing(),
  ];
}

/** After every notification of the newest commit, and after those that were raised since without a commit. */
const NEXT_POSITION = sql<number>`max(
  (select coalesce(max(${shards.seq}), 0) from ${shards}) * 10000 + 9000,
  (select coalesce(max(newest.position), 0) from notifications newest where newest.monitor_id is null) + 1)`;

const isNewNotification = (id: string): SQL =>
  sql`not exists (select 1 from ${notifications} where ${notifications.id} = ${id})`;

const bodyOf = (
  publicUrl: string,
  state: State,
  notification: Notification,
  monitorOf: MonitorByNumber,
): WebhookBody =>
  'monitor' in notification
    ? monitorWebhookBody(publicUrl, state, notification, monitorOf(notification.monitor))
    : locationWebhookBody(state, notification);

const insertNotification = (
  db: D1Database,
  { id, at, incident }: Notification,
  position: number,
  monitorId: string | null,
  body: WebhookBody,
): Statement =>
  database(db)
    .insert(notifications)
    .values({ id, event: body.type, at, position, monitorId, incidentId: incident?.id ?? null, body })
    .onConflictDoNothing();

const isWanted = (wantedIds: 'all' | readonly string[]): SQL | undefined =>
  wantedIds === 'all'
    ? undefined
    : sql`${channels.id} in (select value from json_each(${JSON.stringify(wantedIds)}))`;

/**
 * A channel that the coordinator disabled keeps queueing. One that a person disabled queues only what follows on a
 * notification that it has: the end of an incident whose opening was sent.
 */
const isQueuedFor = (notification: Notification): SQL | undefined =>
  or(eq(channels.enabled, true), isNotNull(channels.disabledReason), hasEarlierOne(notification));

const ENDED = '_ended';

function hasEarlierOne({ id, incident }: Notification): SQL | undefined {
  if (incident)
    return sql`exists (
      select 1 from notifications earlier join deliveries sent on sent.notification_id = earlier.id
      where earlier.incident_id = ${incident.id} and sent.channel_id = ${channels.id})`;
  if (!id.endsWith(ENDED)) return undefined;
  return sql`exists (
    select 1 from deliveries sent
    where sent.notification_id = ${id.slice(0, -ENDED.length)} and sent.channel_id = ${channels.id})`;
}

/** One pending delivery for each channel of `recipients`. */
function insertDeliveries(
  db: D1Database,
  notification: Pick<Notification, 'id' | 'at'>,
  recipients: SQL | undefined,
  position: SQL<number>,
): Statement {
  const orm = database(db);
  const rows = orm
    .select({
      notificationId: sql<string>`${notification.id}`.as('notification_id'),
      channelId: channels.id,
      position: position.as('position'),
      state: sql<'pending'>`'pending'`.as('state'),
      attempts: sql<number>`0`.as('attempts'),
      nextAttemptAt: sql<number>`${notification.at}`.as('next_attempt_at'),
      queuedAt: sql<null>`null`.as('queued_at'),
      lastStatus: sql<null>`null`.as('last_status'),
      lastError: sql<null>`null`.as('last_error'),
      finishedAt: sql<null>`null`.as('finished_at'),
    })
    .from(channels)
    .where(recipients);
  return orm.insert(deliveries).select(rows).onConflictDoNothing();
}
