// Owns the writes of what a commit raised: incident records, and notifications with the channels that want them.
// Does not know the rows of the outbox: outbox-insert.ts does.

import type { SQL } from 'drizzle-orm';
import { severityOf } from '../channels/events.ts';
import type { WebhookBody } from '../channels/notification.ts';
import { locationWebhookBody, monitorWebhookBody } from '../channels/webhook-body.ts';
import type { IncidentRecord, Notification } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { planRoutes, recipientsOf } from '../routing/route.ts';
import type { Statement } from './database.ts';
import { recordIncidents } from './incidents.ts';
import { findMonitors, type MonitorRow } from './monitors.ts';
import { type NewNotification, notificationInserts } from './outbox-insert.ts';
import { loadRouting, NO_ROUTING } from './routing.ts';

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
  const routing = raised.length === 0 ? NO_ROUTING : await loadRouting(db);
  const outgoing = raised.map((notification, index): NewNotification => {
    const monitor = 'monitor' in notification ? monitorOf(notification.monitor) : null;
    const { id, at, incident } = notification;
    return {
      id,
      at,
      body: bodyOf(publicUrl, state, notification, monitorOf),
      monitorId: monitor?.id ?? null,
      incidentId: incident?.id ?? null,
      position: state.seq * 10_000 + index,
      recipients: recipientsOf(
        routing,
        planRoutes(routing, {
          event: notification.event,
          severity: severityOf(notification.event, 'monitor' in notification ? notification.incident : null),
          at,
          monitor,
        }),
        at,
      ),
    };
  });
  return [
    ...recordIncidents(db, state, records, (record) =>
      'monitor' in record ? monitorOf(record.monitor) : null,
    ),
    ...notificationInserts(db, outgoing),
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
 * Statements that store the notification and one pending delivery for each channel that the routes name, in one transaction with what
 * raised it. If the id is stored already, or the condition is false, they change nothing. A disabled channel does not
 * get it later.
 */
export async function systemNotificationStatements(
  db: D1Database,
  { id, body, at, exceptChannel }: SystemNotification,
  condition?: SQL,
): Promise<Statement[]> {
  const about = { monitorId: null, incidentId: null, position: null };
  const routing = await loadRouting(db);
  const routed = { event: body.type, severity: severityOf(body.type, null), at, monitor: null };
  const recipients = recipientsOf(routing, planRoutes(routing, routed), at);
  return notificationInserts(db, [{ id, body, at, ...about, recipients, exceptChannel }], condition);
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
