// Owns which alerts an Alertmanager must be sent again: those that are open, and that the channel was notified of.
// Does not send them: src/delivery/alertmanager-refresh.ts does.
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { OutgoingNotification, WebhookBody } from '../channels/notification.ts';
import { fromStored } from '../channels/stored-body.ts';
import { database, isListed } from './database.ts';
import { alerts, channels, deliveries, incidents, notifications } from './schema.ts';

/** The enabled channels of this type, if any alert is open. */
export async function channelsToRefresh(db: D1Database, type: string): Promise<string[]> {
  const rows = await database(db)
    .select({ id: channels.id })
    .from(channels)
    .where(
      and(
        eq(channels.type, type),
        eq(channels.enabled, true),
        sql`exists (select 1 from ${alerts} where ${alerts.endedAt} is null)`,
      ),
    );
  return rows.map(({ id }) => id);
}

interface RefreshedChannel {
  readonly id: string;
  readonly sealedConfig: string;
}

/** Null if it was disabled or deleted. */
export async function channelToRefresh(db: D1Database, id: string): Promise<RefreshedChannel | null> {
  const [row] = await database(db)
    .select({ id: channels.id, sealedConfig: channels.sealedConfig })
    .from(channels)
    .where(and(eq(channels.id, id), eq(channels.enabled, true)));
  return row ?? null;
}

/**
 * The notifications that began the open alerts, the oldest first. Of each, the channel got the beginning or a later
 * notification about it. Without the evidence, which can be large.
 */
export async function openAlertsOf(
  db: D1Database,
  channelId: string,
  limit: number,
): Promise<OutgoingNotification[]> {
  const rows = await database(db)
    .select({
      id: alerts.id,
      body: sql<string>`json_set(${notifications.body}, '$.data.evidence', json('[]'))`,
      acknowledgedAt: incidents.acknowledgedAt,
      acknowledgedBy: incidents.acknowledgedBy,
    })
    .from(alerts)
    .innerJoin(notifications, eq(notifications.id, alerts.id))
    .leftJoin(incidents, eq(incidents.id, alerts.incidentId))
    .where(and(isNull(alerts.endedAt), wasDelivered(channelId)))
    .orderBy(asc(alerts.openedAt), asc(alerts.id))
    .limit(limit);
  return rows.map(({ id, body, acknowledgedAt, acknowledgedBy }) => ({
    id,
    body: withAcknowledgement(fromStored(JSON.parse(body)), acknowledgedAt, acknowledgedBy),
  }));
}

const wasDelivered = (channelId: string) => sql`(
  exists (select 1 from ${deliveries} d
    where d.notification_id = ${alerts.id} and d.channel_id = ${channelId} and d.state = 'delivered')
  or exists (select 1 from ${notifications} later
    join ${deliveries} d on d.notification_id = later.id and d.channel_id = ${channelId} and d.state = 'delivered'
    where later.incident_id = ${alerts.incidentId} and later.at >= ${alerts.openedAt}))`;

function withAcknowledgement(body: WebhookBody, at: number | null, by: string | null): WebhookBody {
  const { incident } = body.data;
  if (incident === null || at === null) return body;
  const acknowledged = { acknowledgedAt: new Date(at).toISOString(), acknowledgedBy: by };
  return { ...body, data: { ...body.data, incident: { ...incident, ...acknowledged } } };
}

/** Which of these alerts have ended. */
export async function endedAlerts(db: D1Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await database(db)
    .select({ id: alerts.id })
    .from(alerts)
    .where(and(isListed(alerts.id, ids), sql`${alerts.endedAt} is not null`));
  return new Set(rows.map(({ id }) => id));
}
