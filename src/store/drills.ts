// Owns the rows of drills: an alert and notifications without an incident, so that no page and no figure shows them.
// Does not decide whom a drill notifies, or when it ends.
import { and, desc, eq, gte, isNull, lt, sql } from 'drizzle-orm';
import type { WebhookBody } from '../channels/notification.ts';
import type { AlertPlan } from '../routing/model.ts';
import { database, type Statement } from './database.ts';
import { type NewNotification, notificationInserts } from './outbox-insert.ts';
import { alerts, incidentActions, notifications } from './schema.ts';

/** Every id of a drill begins with it. The engine makes no such id. */
export const DRILL_PREFIX = 'drill_';
/** Sorts right behind every id that begins with the prefix. */
const AFTER_DRILLS = 'drill`';

export type DrillAlert = typeof alerts.$inferSelect;

interface NewDrill {
  readonly incidentId: string;
  readonly monitorId: string;
  readonly plan: AlertPlan;
  readonly nextAt: number | null;
  readonly opening: NewNotification;
}

export const drillStatements = (db: D1Database, { opening, nextAt, ...drill }: NewDrill): Statement[] => [
  database(db)
    .insert(alerts)
    .values({ ...drill, id: opening.id, openedAt: opening.at, nextAt }),
  ...notificationInserts(db, [opening]),
];

export interface StoredDrill {
  readonly alert: DrillAlert;
  /** Of the notification that began it. */
  readonly body: WebhookBody;
}

/** Drills that have not ended. There are few. */
export async function listOpenDrills(db: D1Database): Promise<StoredDrill[]> {
  const rows = await database(db)
    .select({ alert: alerts, body: notifications.body })
    .from(alerts)
    .innerJoin(notifications, eq(notifications.id, alerts.id))
    // By the ids of drills, which are few: the plus keeps SQLite from reading every open alert.
    .where(and(gte(alerts.id, DRILL_PREFIX), lt(alerts.id, AFTER_DRILLS), sql`+${alerts.endedAt} is null`));
  return rows as StoredDrill[];
}

/** Who acknowledged it. Null: no person did. */
export async function drillAcknowledgedBy(db: D1Database, incidentId: string): Promise<string | null> {
  const rows = await database(db)
    .select({ name: incidentActions.actorName })
    .from(incidentActions)
    .where(and(eq(incidentActions.incidentId, incidentId), eq(incidentActions.action, 'acknowledged')))
    .orderBy(desc(incidentActions.at))
    .limit(1);
  return rows[0]?.name ?? null;
}

/** Ends the drill, once. The notification goes to every channel that has the beginning. */
export const endDrillStatements = (
  db: D1Database,
  { id }: Pick<DrillAlert, 'id'>,
  ending: NewNotification,
): Statement[] => [
  database(db)
    .update(alerts)
    .set({ endedAt: ending.at, nextAt: null, version: sql`${alerts.version} + 1` })
    .where(and(eq(alerts.id, id), isNull(alerts.endedAt))),
  ...notificationInserts(db, [ending]),
];
