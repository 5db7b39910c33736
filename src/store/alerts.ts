// Owns the alerts table: conditions that were notified and may still hold. The version of a row is its lock.
// Does not decide what an alert does: src/routing/alert.ts does.
import { and, asc, lte, type SQL, sql } from 'drizzle-orm';
import type { EventType } from '../channels/events.ts';
import type { WebhookBody } from '../channels/notification.ts';
import { isBeginning } from '../channels/pairs.ts';
import type { AlertPlan } from '../routing/model.ts';
import { database, isListed, type Statement } from './database.ts';
import { field, fieldsOf, inParts, insertFrom } from './json-rows.ts';
import { alerts, channels, incidents, monitors, notifications } from './schema.ts';

export type AlertRow = typeof alerts.$inferSelect;
export type NewAlert = Pick<AlertRow, 'id' | 'incidentId' | 'monitorId' | 'openedAt' | 'plan' | 'nextAt'>;

/** One whose id is stored changes nothing. */
export const insertAlerts = (
  db: D1Database,
  rows: readonly NewAlert[],
  condition: SQL = sql`true`,
): Statement[] =>
  inParts(
    rows.map((row) => ({
      ...row,
      plan: JSON.stringify(row.plan),
      ...{ acknowledgedAt: null, snoozedUntil: null, endedAt: null, version: 1 },
    })),
  ).map((json) =>
    insertFrom(
      db,
      alerts,
      fieldsOf(alerts),
      sql`from json_each(${json}) n where ${condition}`,
    ).onConflictDoNothing(),
  );

/** Ends the alerts with these ids, and those of these incidents. */
export function endAlerts(
  db: D1Database,
  { ids, incidentIds }: { readonly ids: readonly string[]; readonly incidentIds: readonly string[] },
  at: number,
): Statement[] {
  const end = (condition: SQL): Statement =>
    database(db)
      .update(alerts)
      .set({ endedAt: at, nextAt: null, version: sql`${alerts.version} + 1` })
      .where(and(sql`${alerts.endedAt} is null`, condition));
  return [
    ...(ids.length === 0 ? [] : [end(isListed(alerts.id, ids))]),
    ...(incidentIds.length === 0
      ? []
      : [end(sql`${alerts.incidentId} is not null and ${isListed(alerts.incidentId, incidentIds)}`)]),
  ];
}

/** Alerts of which something is due, the oldest first. */
export const dueAlerts = (db: D1Database, now: number, limit: number): Promise<AlertRow[]> =>
  database(db)
    .select()
    .from(alerts)
    .where(and(sql`${alerts.nextAt} is not null`, lte(alerts.nextAt, now)))
    .orderBy(asc(alerts.nextAt), asc(alerts.id))
    .limit(limit);

/** When the next alert is due. Null: none is. */
export async function nextAlertAt(db: D1Database): Promise<number | null> {
  const rows = await database(db)
    .select({ at: alerts.nextAt })
    .from(alerts)
    .where(sql`${alerts.nextAt} is not null`)
    .orderBy(asc(alerts.nextAt))
    .limit(1);
  return rows[0]?.at ?? null;
}

export interface AdvancedAlert {
  readonly id: string;
  /** Version that the alert had when it was read. */
  readonly version: number;
  readonly plan: AlertPlan;
  readonly nextAt: number | null;
  /** Nothing can follow any more. */
  readonly endedAt: number | null;
}

/** Whether the alert `a` may still do what was decided when it had `version`. */
const isAsRead = (version: SQL): SQL =>
  sql`a.version = ${version} and a.ended_at is null and a.acknowledged_at is null`;

/** For a row `n` of the outbox whose id is a key of `versions`: whether its alert is as it was read. */
export const alertIsAsRead = (
  alertOf: Readonly<Record<string, { readonly alert: string; readonly version: number }>>,
): SQL => sql`exists (select 1 from json_each(${JSON.stringify(alertOf)}) of
  join ${alerts} a on a.id = of.value ->> 'alert'
  where of.key = n.value ->> 'id' and ${isAsRead(sql`of.value ->> 'version'`)})`;

export const saveAdvanced = (db: D1Database, rows: readonly AdvancedAlert[]): Statement[] =>
  inParts(rows.map((row) => ({ ...row, plan: JSON.stringify(row.plan) }))).map((json) =>
    database(db)
      .update(alerts)
      .set({
        ...{ plan: field<AlertPlan>('plan'), nextAt: field('nextAt'), endedAt: field('endedAt') },
        version: sql`${alerts.version} + 1`,
      })
      .from(sql`json_each(${json}) n`)
      .where(
        sql`${alerts.id} = ${field('id')} and ${alerts.version} = ${field('version')}
          and ${alerts.endedAt} is null and ${alerts.acknowledgedAt} is null`,
      ),
  );

/** Alerts that ended before. For the retention. */
export const removeEndedAlerts = (db: D1Database, before: number, limit: number): Statement =>
  database(db)
    .delete(alerts)
    .where(
      sql`${alerts.id} in (select id from ${alerts} where ended_at is not null and ended_at < ${before}
        order by ended_at limit ${limit})`,
    );

/** What is known about the alerts that are due. */
export interface AlertContext {
  /** The notification that began each, by id of the alert. */
  readonly bodies: ReadonlyMap<string, WebhookBody>;
  readonly incidents: ReadonlyMap<string, { readonly state: 'open' | 'resolved' }>;
  /** By id. */
  readonly monitors: ReadonlyMap<string, { readonly number: number }>;
  /** Names of channels, by id. */
  readonly channels: ReadonlyMap<string, string>;
  /** Ids of alerts whose condition lasts until a notification ends it. */
  readonly lasting: ReadonlySet<string>;
}

export async function readAlertContext(db: D1Database, due: readonly AlertRow[]): Promise<AlertContext> {
  const orm = database(db);
  const idsOf = (field: 'incidentId' | 'monitorId') => due.flatMap((row) => row[field] ?? []);
  const [begun, ofIncidents, ofMonitors, names] = await orm.batch([
    orm
      .select({ id: notifications.id, event: notifications.event, body: notifications.body })
      .from(notifications)
      .where(
        isListed(
          notifications.id,
          due.map(({ id }) => id),
        ),
      ),
    orm
      .select({ id: incidents.id, state: incidents.state })
      .from(incidents)
      .where(isListed(incidents.id, idsOf('incidentId'))),
    orm
      .select({ id: monitors.id, number: monitors.number })
      .from(monitors)
      .where(isListed(monitors.id, idsOf('monitorId'))),
    orm.select({ id: channels.id, name: channels.name }).from(channels),
  ]);
  return {
    bodies: new Map(begun.map(({ id, body }) => [id, body as WebhookBody])),
    incidents: new Map(ofIncidents.map((row) => [row.id, row])),
    monitors: new Map(ofMonitors.map((row) => [row.id, row])),
    channels: new Map(names.map(({ id, name }) => [id, name])),
    lasting: new Set(begun.flatMap(({ id, event }) => (isBeginning(event as EventType) ? [id] : []))),
  };
}
