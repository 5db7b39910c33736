// Owns the writes of what a commit raised: incident records, and notifications with the channels that want them.
// Does not know the rows of the outbox: outbox-insert.ts does.

import { type SQL, sql } from 'drizzle-orm';
import { type EventType, severityOf } from '../channels/events.ts';
import type { WebhookBody } from '../channels/notification.ts';
import { endedBy, isBeginning, replacedBy } from '../channels/pairs.ts';
import { locationWebhookBody, monitorWebhookBody } from '../channels/webhook-body.ts';
import type { IncidentRecord, Notification } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { nextDue } from '../routing/alert.ts';
import type { AlertPlan, PlannedRoute } from '../routing/model.ts';
import { decideRoutes, planRoutes, type Recipient, recipientsOf } from '../routing/route.ts';
import { endAlerts, insertAlerts, type NewAlert } from './alerts.ts';
import { database, type Statement } from './database.ts';
import { recordIncidents } from './incidents.ts';
import { measuredMailings } from './measured-mailings.ts';
import { findMonitors, type MonitorRow } from './monitors.ts';
import { type NotifiedHeartbeat, notifiedHeartbeats } from './notified-heartbeats.ts';
import { type NewNotification, notificationInserts } from './outbox-insert.ts';
import { loadRouting, NO_ROUTING } from './routing.ts';
import { channels, notifications } from './schema.ts';

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
  const jobs = await notifiedHeartbeats(
    db,
    raised.flatMap((one) => ('monitor' in one && rows.has(one.monitor) ? [rows.get(one.monitor)!] : [])),
  );
  const routing = raised.length === 0 ? NO_ROUTING : await loadRouting(db);
  const alerts: NewAlert[] = [];
  const outgoing = raised.map((notification, index): NewNotification => {
    const monitor = 'monitor' in notification ? monitorOf(notification.monitor) : null;
    const { id, at, event, incident } = notification;
    const severity = severityOf(event, 'monitor' in notification ? notification.incident : null);
    const plan = planRoutes(routing, { event, severity, at, monitor });
    const recipients = recipientsOf(routing, plan, at);
    const about = { monitorId: monitor?.id ?? null, incidentId: incident?.id ?? null };
    alerts.push(...alertOf({ id, at, ...about }, event, plan, recipients));
    return {
      ...{ id, at, ...about, recipients },
      body: bodyOf(publicUrl, state, notification, monitorOf, jobs),
      position: state.seq * 10_000 + index,
    };
  });
  const ended = {
    ids: outgoing.flatMap((one) => [endedBy(one), replacedBy(one)].filter((id) => id !== null)),
    incidentIds: records.flatMap(({ incident }) => (incident.resolvedAt === null ? [] : [incident.id])),
  };
  return [
    ...recordIncidents(db, state, records, (record) =>
      'monitor' in record ? monitorOf(record.monitor) : null,
    ),
    ...notificationInserts(db, outgoing),
    ...insertAlerts(db, alerts),
    ...endAlerts(db, ended, state.at),
    ...measuredMailings(
      db,
      state,
      outgoing.map(({ body, monitorId, incidentId }) => ({ event: body.type, monitorId, incidentId })),
    ),
  ];
}

type AlertSubject = Pick<NewAlert, 'id' | 'incidentId' | 'monitorId'> & { readonly at: number };

/** A condition that lasts, or something that follows later: delay, quiet hours, escalation, reminders. */
function alertOf(
  { at, ...subject }: AlertSubject,
  event: EventType,
  routes: readonly PlannedRoute[],
  recipients: readonly Recipient[],
): NewAlert[] {
  const plan: AlertPlan = { routes, notified: recipients.map(({ id }) => id) };
  const nextAt = nextDue({ openedAt: at, plan, snoozedUntil: null });
  return isBeginning(event) || nextAt !== null ? [{ ...subject, openedAt: at, plan, nextAt }] : [];
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
  const about = { monitorId: null, incidentId: null };
  const routing = await loadRouting(db);
  const { plan, source } = decideRoutes(routing, {
    ...{ event: body.type, severity: severityOf(body.type, null), at, monitor: null },
  });
  const named = recipientsOf(routing, plan, at);
  const others = named.filter(({ id: channel }) => channel !== exceptChannel);
  // A channel that fails is notified on the others, whoever they are.
  const isLost =
    exceptChannel !== undefined && others.length === 0 && (named.length > 0 || source === 'defaults');
  const recipients = isLost ? await everyChannel(db) : others;
  return [
    // Before the notification, which must not exist yet: raising it again changes nothing.
    ...insertAlerts(
      db,
      alertOf({ id, at, ...about }, body.type, plan, recipients),
      sql`(${condition ?? sql`true`}) and not exists (select 1 from ${notifications} old where old.id = ${id})`,
    ),
    ...notificationInserts(
      db,
      [{ id, body, at, ...about, position: null, recipients, exceptChannel }],
      condition,
    ),
  ];
}

const everyChannel = async (db: D1Database): Promise<Recipient[]> =>
  (await database(db).select({ id: channels.id }).from(channels)).map(({ id }) => ({ id, routeId: null }));

const bodyOf = (
  publicUrl: string,
  state: State,
  notification: Notification,
  monitorOf: MonitorByNumber,
  jobs: ReadonlyMap<number, NotifiedHeartbeat>,
): WebhookBody =>
  'monitor' in notification
    ? monitorWebhookBody(
        publicUrl,
        state,
        notification,
        monitorOf(notification.monitor),
        jobs.get(notification.monitor),
      )
    : locationWebhookBody(state, notification);
