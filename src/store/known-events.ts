// Owns what the tables beside the journal know: monitors, windows, incidents, and what was sent. For a rebuild.
import { eq, gte, or, sql } from 'drizzle-orm';
import type { WebhookBody } from '../channels/notification.ts';
import type { MonitorState, State } from '../engine/model/state.ts';
import { database } from './database.ts';
import type { MonitorRow } from './monitors.ts';
import { incidents, monitors, notifications, windows } from './schema.ts';
import type { WindowRow } from './windows.ts';

const incidentColumns = {
  id: incidents.id,
  monitorNumber: incidents.monitorNumber,
  location: incidents.location,
  state: incidents.state,
  verdict: incidents.verdict,
  startedAt: incidents.startedAt,
  detectedAt: incidents.detectedAt,
  resolvedAt: incidents.resolvedAt,
  reason: incidents.reason,
  quorum: incidents.quorum,
};
export type KnownIncident = Pick<typeof incidents.$inferSelect, keyof typeof incidentColumns>;

/** The newest notification of an event about a monitor. */
interface NewestNotification {
  readonly id: string;
  readonly at: number;
  /** Of a certificate: the limit that was sent. */
  readonly limit: number;
}

export interface Known {
  /** Time of the state: what was sent later is not in it. */
  readonly since: number;
  readonly monitors: readonly MonitorRow[];
  readonly windows: readonly WindowRow[];
  /** Open ones, those of the state, and those that changed after it. */
  readonly incidents: readonly KnownIncident[];
  /** Ids of notifications about these incidents. */
  readonly sent: ReadonlySet<string>;
  /** By monitor id and event. */
  readonly newest: ReadonlyMap<string, NewestNotification>;
  /** The highest number that an incident names. */
  readonly maxMonitor: number;
}

/** Events that begin or end what the engine remembers of a monitor. */
const EVENTS = ['flapping', 'flapping_ended', 'no_data', 'no_data_resolved', 'degraded', 'certificate'];

const isIn = (column: typeof incidents.id | typeof notifications.incidentId, ids: readonly string[]) =>
  sql`${column} in (select value from json_each(${JSON.stringify(ids)}))`;

export async function readKnown(db: D1Database, state: State): Promise<Known> {
  const orm = database(db);
  const [monitorRows, windowRows, incidentRows, newestRows, max] = await orm.batch([
    orm.select().from(monitors),
    orm.select().from(windows),
    orm
      .select(incidentColumns)
      .from(incidents)
      .where(
        or(
          eq(incidents.state, 'open'),
          gte(incidents.detectedAt, state.at),
          gte(incidents.resolvedAt, state.at),
          isIn(incidents.id, idsIn(state)),
        ),
      ),
    orm
      .select({
        id: notifications.id,
        event: notifications.event,
        monitorId: notifications.monitorId,
        // SQLite takes the other columns from the row with the maximum: sqlite.org/lang_select.html#bareagg
        at: sql<number>`max(${notifications.at})`,
        body: notifications.body,
      })
      .from(notifications)
      .where(
        sql`${notifications.event} in (select 'monitor.' || value from json_each(${JSON.stringify(EVENTS)}))`,
      )
      .groupBy(notifications.monitorId, notifications.event),
    orm.select({ number: sql<number>`coalesce(max(${incidents.monitorNumber}), 0)` }).from(incidents),
  ]);
  const ids = incidentRows.map(({ id }) => id);
  const sent = await orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(isIn(notifications.incidentId, ids));
  return {
    since: state.at,
    monitors: monitorRows,
    windows: windowRows,
    incidents: incidentRows,
    sent: new Set(sent.map(({ id }) => id)),
    newest: new Map(
      newestRows.map(({ id, event, monitorId, at, body }) => [
        `${monitorId} ${event}`,
        { id, at, limit: certificateLimit(body as WebhookBody) },
      ]),
    ),
    maxMonitor: max[0]?.number ?? 0,
  };
}

const idsIn = ({ monitors: all, locations }: State): string[] => [
  ...[...all.values()].flatMap(({ incident, notified }: MonitorState) => [
    ...(incident ? [incident.id] : []),
    ...(notified ? [notified.incident.id] : []),
  ]),
  ...[...locations.values()].flatMap(({ incident }) => incident?.id ?? []),
];

/** The lowest limit on which enough locations agreed. */
function certificateLimit({ data }: WebhookBody): number {
  const limits = data.evidence
    .flatMap(({ degraded }) =>
      degraded.filter(({ code }) => code === 'certificate').map(({ limit }) => limit),
    )
    .sort((a, b) => a - b);
  return limits[Math.min(data.quorum?.required ?? 1, limits.length) - 1] ?? 0;
}
