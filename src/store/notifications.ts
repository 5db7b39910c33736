// Owns the writes of what a commit raised: incident records, notifications, and a delivery for each wanted channel.
import { and, eq, sql } from 'drizzle-orm';
import type { WebhookBody } from '../channels/notification.ts';
import { locationWebhookBody, monitorWebhookBody } from '../channels/webhook-body.ts';
import type { IncidentRecord, Notification } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { database, type Statement } from './database.ts';
import { recordIncident } from './incidents.ts';
import { findMonitors, type MonitorRow } from './monitors.ts';
import { channels, deliveries, notifications } from './schema.ts';

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
        insertDeliveries(db, notification, monitor?.channels ?? 'all', position),
      ];
    }),
  ];
}

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

/** One pending delivery for each enabled channel that is wanted. */
function insertDeliveries(
  db: D1Database,
  notification: Notification,
  wantedIds: 'all' | readonly string[],
  position: number,
): Statement {
  const orm = database(db);
  const enabled = eq(channels.enabled, true);
  const wanted =
    wantedIds === 'all'
      ? enabled
      : and(enabled, sql`${channels.id} in (select value from json_each(${JSON.stringify(wantedIds)}))`);
  const rows = orm
    .select({
      notificationId: sql<string>`${notification.id}`.as('notification_id'),
      channelId: channels.id,
      position: sql<number>`${position}`.as('position'),
      state: sql<'pending'>`'pending'`.as('state'),
      attempts: sql<number>`0`.as('attempts'),
      nextAttemptAt: sql<number>`${notification.at}`.as('next_attempt_at'),
      lastStatus: sql<null>`null`.as('last_status'),
      lastError: sql<null>`null`.as('last_error'),
      finishedAt: sql<null>`null`.as('finished_at'),
    })
    .from(channels)
    .where(wanted);
  return orm.insert(deliveries).select(rows).onConflictDoNothing();
}
