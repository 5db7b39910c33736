// What a notification becomes in D1: its incident, its message and a delivery for every channel that wants it.
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { WebhookBody } from '../channels/notification.ts';
import {
  evidenceBody,
  locationId,
  locationWebhookBody,
  type MonitorRow,
  monitorWebhookBody,
} from '../channels/webhook-body.ts';
import type { IncidentRecord, Notification } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { channels, deliveries, incidents, monitors, notifications } from './schema.ts';
import type { Database } from './shard.ts';

type Statement = BatchItem<'sqlite'>;

/** Statements for one batch with the commit that settled this. Reads the monitors that it speaks of first. */
export async function notificationStatements(
  orm: Database,
  origin: { readonly publicUrl: string },
  state: State,
  raised: readonly Notification[],
  records: readonly IncidentRecord[],
): Promise<Statement[]> {
  if (raised.length === 0 && records.length === 0) return [];
  const numbers = [...raised, ...records].flatMap((one) => ('monitor' in one ? [one.monitor] : []));
  const rowOf = await readMonitors(orm, new Set(numbers));
  return [
    ...records.map((record) => incidentStatement(orm, state, record, rowOf)),
    ...raised.flatMap((notification, index) => {
      const position = state.seq * 10_000 + index;
      const monitor = 'monitor' in notification ? rowOf(notification.monitor) : null;
      const body = bodyOf(origin.publicUrl, state, notification, rowOf);
      const values = { monitorId: monitor?.id ?? null, incidentId: notification.incident?.id ?? null, body };
      const { id, at } = notification;
      return [
        orm
          .insert(notifications)
          .values({ id, event: body.type, at, ...values })
          .onConflictDoNothing(),
        enqueueDeliveries(orm, notification, monitor?.channels ?? 'all', position),
      ];
    }),
  ];
}

type RowOf = (number: number) => MonitorRow;

/** Throws for a monitor that is not stored: somebody deleted it in the meantime. */
async function readMonitors(orm: Database, wanted: ReadonlySet<number>): Promise<RowOf> {
  const numbers = [...wanted];
  const rows = new Map<number, MonitorRow>();
  for (let from = 0; from < numbers.length; from += 90) {
    const part = await orm
      .select()
      .from(monitors)
      .where(inArray(monitors.number, numbers.slice(from, from + 90)));
    for (const row of part) rows.set(row.number, row);
  }
  return (number) => {
    const row = rows.get(number);
    if (!row) throw new Error(`the commit speaks of monitor ${number}, which is not stored`);
    return row;
  };
}

const bodyOf = (publicUrl: string, state: State, notification: Notification, rowOf: RowOf): WebhookBody =>
  'monitor' in notification
    ? monitorWebhookBody(publicUrl, state, notification, rowOf(notification.monitor))
    : locationWebhookBody(state, notification);

/** The testimony that is kept is the one that opened it: at the end nobody fails any more. */
function incidentStatement(orm: Database, state: State, record: IncidentRecord, rowOf: RowOf): Statement {
  const { incident } = record;
  const ended = incident.resolvedAt !== null;
  const told = {
    state: ended ? ('resolved' as const) : ('open' as const),
    verdict: 'verdict' in incident ? incident.verdict : incident.kind,
    startedAt: incident.startedAt,
    detectedAt: incident.detectedAt,
    resolvedAt: incident.resolvedAt,
    reason: incident.reason,
  };
  const { testimony, about } = incidentColumns(state, record, rowOf);
  return orm
    .insert(incidents)
    .values({ id: incident.id, ...about, ...told, ...testimony })
    .onConflictDoUpdate({ target: incidents.id, set: ended ? told : { ...told, ...testimony } });
}

function incidentColumns(state: State, record: IncidentRecord, rowOf: RowOf) {
  if ('location' in record) {
    const { failedMonitors, checkedMonitors } = record.incident;
    const id = locationId(state, record.location);
    const nobody = { monitorNumber: 0, monitorId: '', monitorName: '', public: false };
    return {
      about: { ...nobody, location: id },
      testimony: { scope: [id], quorum: { failedMonitors, checkedMonitors }, evidence: [] },
    };
  }
  const monitor = rowOf(record.monitor);
  const { number, id, name } = monitor;
  return {
    about: { monitorNumber: number, monitorId: id, monitorName: name, public: monitor.public },
    testimony: {
      scope: record.scope.map((location) => locationId(state, location)),
      quorum: record.quorum,
      evidence: record.evidence.map((evidence) => evidenceBody(state, evidence)),
    },
  };
}

/** One pending delivery for every enabled channel of the monitor; of a location, for every enabled channel. */
function enqueueDeliveries(
  orm: Database,
  notification: Notification,
  wantedIds: 'all' | readonly string[],
  position: number,
): Statement {
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
