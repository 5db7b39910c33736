// Owns what people do with an incident: the incident as it can be acknowledged, its list of actions, and the statements of
// one action. Does not decide whether an action is allowed: services/incidents does.
import { and, asc, desc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { OutgoingNotification, WebhookBody } from '../channels/notification.ts';
import { database, type Statement } from './database.ts';
import type { IncidentRow } from './incidents.ts';
import { notificationInserts } from './outbox-insert.ts';
import { alerts, deliveries, incidentActions, incidents, notifications } from './schema.ts';

export type IncidentActionRow = typeof incidentActions.$inferSelect;
export type IncidentAction = IncidentActionRow['action'];

/** Whether people have taken the incident: for good, or until a time. */
export interface Taken {
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly snoozedUntil: number | null;
}

/** An incident, or the rehearsal of one, as people act on it. */
export interface ActedIncident extends Taken {
  readonly id: string;
  readonly startedAt: number;
  readonly resolvedAt: number | null;
  /** For sentences: the monitor or the location. */
  readonly name: string;
  /** Null: a drill, which has no row of its own. */
  readonly row: IncidentRow | null;
  /** The newest notification of it. Null: none was made, so nothing was sent. */
  readonly body: WebhookBody | null;
  readonly actions: readonly IncidentActionRow[];
}

/** The same statements for every id. Null: neither an incident nor a drill has it. */
export async function findActedIncident(db: D1Database, id: string): Promise<ActedIncident | null> {
  const orm = database(db);
  const [[row], [alert], [notification], actions] = await orm.batch([
    orm.select().from(incidents).where(eq(incidents.id, id)),
    orm.select().from(alerts).where(eq(alerts.incidentId, id)).orderBy(desc(alerts.openedAt)).limit(1),
    orm
      .select({ body: notifications.body })
      .from(notifications)
      .where(eq(notifications.incidentId, id))
      .orderBy(desc(notifications.position), desc(notifications.id))
      .limit(1),
    orm
      .select()
      .from(incidentActions)
      .where(eq(incidentActions.incidentId, id))
      .orderBy(asc(incidentActions.at), asc(incidentActions.id)),
  ]);
  const body = (notification?.body ?? null) as WebhookBody | null;
  const more = { body, actions };
  if (row) {
    const { startedAt, resolvedAt, acknowledgedAt, acknowledgedBy, snoozedUntil } = row;
    const name = row.location ?? row.monitorName;
    return { id, row, name, startedAt, resolvedAt, acknowledgedAt, acknowledgedBy, snoozedUntil, ...more };
  }
  if (!alert || body?.drill !== true) return null;
  const newest = actions.findLast(({ action }) => action !== 'commented');
  return {
    ...{ id, row: null, name: body.data.monitor?.name ?? '', ...more },
    ...{ startedAt: alert.openedAt, resolvedAt: alert.endedAt, acknowledgedAt: alert.acknowledgedAt },
    acknowledgedBy: alert.acknowledgedAt === null ? null : (newest?.actorName ?? null),
    snoozedUntil: alert.snoozedUntil,
  };
}

export const listActions = (db: D1Database, incidentId: string): Promise<IncidentActionRow[]> =>
  database(db)
    .select()
    .from(incidentActions)
    .where(eq(incidentActions.incidentId, incidentId))
    .orderBy(asc(incidentActions.at), asc(incidentActions.id));

/** Whether the channel has a notification of the incident: it may act on nothing else. */
export async function hasNotified(db: D1Database, channelId: string, incidentId: string): Promise<boolean> {
  const rows = await database(db)
    .select({ id: notifications.id })
    .from(notifications)
    .innerJoin(deliveries, eq(deliveries.notificationId, notifications.id))
    .where(and(eq(notifications.incidentId, incidentId), eq(deliveries.channelId, channelId)))
    .limit(1);
  return rows.length > 0;
}

/** One action, ready to be written. */
export interface NewAction {
  readonly row: IncidentActionRow;
  readonly incident: ActedIncident;
  /** What people have taken afterwards. Null: the action changes nothing of that. */
  readonly taken: Taken | null;
  /** What everyone who was notified gets. Null: nothing was sent before. */
  readonly notification: OutgoingNotification | null;
  /** The channel that the action came from, if it knows of it already. */
  readonly exceptChannel?: string | undefined;
}

/**
 * The statements of an action. The last one changes a row only if the incident is still as it was read: then, and only
 * then, the others change theirs too.
 */
export function actionStatements(db: D1Database, action: NewAction): Statement[] {
  const { row, incident, taken, notification, exceptChannel } = action;
  const orm = database(db);
  const condition = isAsRead(incident, taken === null);
  const outgoing =
    notification === null
      ? []
      : notificationInserts(
          db,
          [
            {
              ...notification,
              ...{ at: row.at, position: null, recipients: [], exceptChannel },
              monitorId: notification.body.data.monitor?.id ?? null,
              ...{ incidentId: incident.id, follows: incident.id },
            },
          ],
          condition,
        );
  const values = [
    ...[row.id, row.incidentId, row.at, row.action, row.actorType, row.actorId, row.actorName],
    ...[row.via, row.text, row.snoozedUntil],
  ].map((value) => sql`${value}`);
  const insert = orm
    .insert(incidentActions)
    .select(sql`select ${sql.join(values, sql`, `)} where ${condition}`);
  if (taken === null) return [...outgoing, insert];
  const alertUpdate = orm
    .update(alerts)
    .set({ ...alertColumns(taken, row.at), version: sql`${alerts.version} + 1` })
    .where(and(eq(alerts.incidentId, incident.id), isNull(alerts.endedAt), condition));
  // A drill has no other row: its alert is the one that the entry of the audit log depends on.
  if (incident.row === null) return [...outgoing, insert, alertUpdate];
  const update = orm
    .update(incidents)
    .set({ ...taken })
    .where(and(eq(incidents.id, incident.id), condition));
  return [...outgoing, insert, alertUpdate, update];
}

/**
 * Reminders and escalation stop for good, pause, or are due again at once. Afterwards the tick finds out what is due: an
 * earlier snooze may have moved `nextAt`.
 */
const alertColumns = ({ acknowledgedAt, snoozedUntil }: Taken, now: number) => ({
  acknowledgedAt,
  snoozedUntil,
  nextAt: acknowledgedAt !== null ? null : (snoozedUntil ?? now),
});

/** A tick may end an incident, or make an outage of a regional problem, between the read and the write. */
function isAsRead({ id, row }: ActedIncident, mayHaveEnded: boolean): SQL {
  if (row === null)
    return mayHaveEnded
      ? sql`true`
      : sql`exists (select 1 from ${alerts} a where a.incident_id = ${id} and a.ended_at is null)`;
  return mayHaveEnded
    ? sql`exists (select 1 from ${incidents} i where i.id = ${id})`
    : sql`exists (select 1 from ${incidents} i where i.id = ${id} and i.state = 'open' and i.verdict = ${row.verdict})`;
}

/** How many notifications of this kind the incident has: their ids are numbered. */
export const countTaken = (actions: readonly IncidentActionRow[]): number =>
  actions.filter(({ action }) => action === 'acknowledged' || action === 'snoozed').length;
