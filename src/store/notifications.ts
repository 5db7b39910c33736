// Owns the writes of what a commit raised: incident records, notifications, and a delivery for each wanted channel.
import { and, eq, ne, type SQL, sql } from 'drizzle-orm';
import type { WebhookBody } from '../channels/notification.ts';
import { locationWebhookBody, monitorWebhookBody } from '../channels/webhook-body.ts';
import type { IncidentRecord, Notification } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { database, type Statement } from './database.ts';
import { recordIncident } from './incidents.ts';
import { findMonitors, type MonitorRow } from './monitors.ts';
import { channels, deliveries, journal, notifications } from './schema.ts';

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
        insertNotification(db, notification, monitor?.id ?? null, body),
        insertDeliveries(db, notification, isWanted(monitor?.channels ?? 'all'), sql<number>`${position}`),
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
 * raised it. If the id is stored already, they change nothing.
 */
export function systemNotificationStatements(
  db: D1Database,
  { id, body, at, exceptChannel }: SystemNotification,
): Statement[] {
  const newest = sql<number>`(select coalesce(max(${journal.id}), 0) from ${journal}) * 10000 + 9999`;
  const wanted = exceptChannel === undefined ? undefined : ne(channels.id, exceptChannel);
  return [
    // Deliveries first: whether the notification is new decides about both.
    insertDeliveries(db, { id, at }, and(wanted, isNewNotification(id)), newest),
    database(db)
      .insert(notifications)
      .values({ id, event: body.type, at, monitorId: null, incidentId: null, body })
      .onConflictDoNothing(),
  ];
}

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
  monitorId: string | null,
  body: WebhookBody,
): Statement =>
  database(db)
    .insert(notifications)
    .values({ id, event: body.type, at, monitorId, incidentId: incident?.id ?? null, body })
    .onConflictDoNothing();

const isWanted = (wantedIds: 'all' | readonly string[]): SQL | undefined =>
  wantedIds === 'all'
    ? undefined
    : sql`${channels.id} in (select value from json_each(${JSON.stringify(wantedIds)}))`;

/** One pending delivery for each enabled channel that is wanted. */
function insertDeliveries(
  db: D1Database,
  notification: Pick<Notification, 'id' | 'at'>,
  wanted: SQL | undefined,
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
      lastStatus: sql<null>`null`.as('last_status'),
      lastError: sql<null>`null`.as('last_error'),
      finishedAt: sql<null>`null`.as('finished_at'),
    })
    .from(channels)
    .where(and(eq(channels.enabled, true), wanted));
  return orm.insert(deliveries).select(rows).onConflictDoNothing();
}
