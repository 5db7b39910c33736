// Starts and ends drills: a rehearsal of the whole alert path of a monitor. Nothing of it is an incident.
// Does not send: the outbox does.
import type { Caller } from '../../access/caller.ts';
import { severityOf } from '../../channels/events.ts';
import { EMPTY_DATA, type WebhookBody } from '../../channels/notification.ts';
import { withText } from '../../channels/render.ts';
import { monitorBody } from '../../channels/webhook-body.ts';
import { enqueueAlerts, enqueueDelivery } from '../../delivery/queue.ts';
import type { Config } from '../../env.ts';
import { isHeartbeat } from '../../heartbeats/check.ts';
import { log } from '../../log.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { planRoutes, recipientsOf } from '../../routing/route.ts';
import { runAudited } from '../../store/audit.ts';
import { runBatch } from '../../store/database.ts';
import * as store from '../../store/drills.ts';
import { findMonitor } from '../../store/monitors.ts';
import { loadRouting } from '../../store/routing.ts';
import { ifInside } from '../access/references.ts';
import { newId } from '../tokens.ts';
import { drillTimes, isDrillOver } from './drill-plan.ts';

export const DRILL_EVENTS = ['incident.opened', 'incident.partial'] as const;
export type DrillEvent = (typeof DRILL_EVENTS)[number];

const SUFFIXES = {
  'incident.opened': { begin: '_opened', end: '_resolved', ending: 'incident.resolved' },
  'incident.partial': { begin: '_partial', end: '_partial_resolved', ending: 'incident.partial_resolved' },
} as const;

export interface StartedDrill {
  /** Takes the place of the id of an incident in everything that is sent. */
  readonly id: string;
  /** Channels that are notified at once. Later steps follow with the ticks. */
  readonly channels: readonly string[];
  readonly startedAt: number;
  readonly endsAt: number;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Maintenances, silences and dependencies do not suppress a drill. Quiet hours and schedules apply. */
export async function startDrill(
  config: Config,
  monitorId: string,
  event: DrillEvent,
  caller: Caller,
): Promise<Result<StartedDrill, ValidationError>> {
  const { db } = config;
  const monitor = ifInside(caller.restriction, await findMonitor(db, monitorId));
  if (!monitor) {
    const message = `Monitor "${monitorId}" does not exist. GET /api/v1/monitors lists all monitors.`;
    return err({ kind: 'not_found', path: ['monitor'], message });
  }
  const at = caller.now;
  const id = newId('drill');
  const body = openingBody(config.publicUrl, id, event, monitorBody(monitor), at);
  const routing = await loadRouting(db);
  const severity = severityOf(event, body.data.incident);
  const routes = planRoutes(routing, { event, severity, at, monitor });
  const recipients = recipientsOf(routing, routes, at);
  const { nextAt, endsAt } = drillTimes(routes, at);
  const started: StartedDrill = { id, channels: recipients.map((one) => one.id), startedAt: at, endsAt };
  await runAudited<never>(db, config, caller, async () =>
    ok({
      statements: store.drillStatements(db, {
        ...{ incidentId: id, monitorId, nextAt, plan: { routes, drillEndsAt: endsAt } },
        opening: {
          ...{ id: `${id}${SUFFIXES[event].begin}`, body, at, monitorId, incidentId: id },
          ...{ position: null, recipients },
        },
      }),
      record: {
        action: 'drill.started',
        target: { type: 'monitor', id: monitorId, name: monitor.name },
        before: null,
        after: { id, event, channels: started.channels, endsAt: iso(endsAt) },
      },
    }),
  );
  await Promise.all(started.channels.map((channel) => enqueueDelivery(config, channel, 0)));
  await enqueueAlerts(config, at);
  return ok(started);
}

function openingBody(
  publicUrl: string,
  id: string,
  event: DrillEvent,
  monitor: NonNullable<WebhookBody['data']['monitor']>,
  at: number,
): WebhookBody {
  const incident = {
    ...{ id, url: `${publicUrl}/incidents/${id}`, state: 'open' as const },
    verdict: event === 'incident.opened' ? ('down' as const) : ('partial' as const),
    ...{ startedAt: iso(at), detectedAt: iso(at), resolvedAt: null, downtimeSeconds: 0 },
    ...{ acknowledgedAt: null, acknowledgedBy: null },
  };
  return withText({
    type: event,
    timestamp: iso(at),
    drill: true,
    data: { ...EMPTY_DATA, monitor, incident, heartbeat: heartbeatOf(monitor, at) },
  });
}

/** A drill of a heartbeat rehearses a job that was due just now. */
const heartbeatOf = (
  { id, name, check }: NonNullable<WebhookBody['data']['monitor']>,
  at: number,
): WebhookBody['data']['heartbeat'] =>
  isHeartbeat(check) ? { id, name, expectedAt: iso(at), receivedAt: null, exitCode: null } : null;

/** For every tick: ends the drills that are over, each with a resolved notification. Never throws. */
export async function endDrills({ db }: Pick<Config, 'db'>, now: number): Promise<void> {
  try {
    const open = await store.listOpenDrills(db);
    const over = open.filter(({ alert }) =>
      isDrillOver({ ...alert, drillEndsAt: alert.plan.drillEndsAt }, now),
    );
    for (const drill of over) await endOrLog(db, drill, now);
  } catch (error) {
    log.error('drill.end_failed', { error });
  }
}

/** One that cannot be ended holds back no other one. */
async function endOrLog(db: D1Database, drill: store.StoredDrill, now: number): Promise<void> {
  try {
    await endDrill(db, drill, now);
  } catch (error) {
    log.error('drill.end_failed', { drill: drill.alert.incidentId, error });
  }
}

async function endDrill(db: D1Database, { alert, body }: store.StoredDrill, now: number): Promise<void> {
  const incidentId = alert.incidentId!;
  const { end, ending } = SUFFIXES[body.type as DrillEvent];
  const incident = {
    ...body.data.incident!,
    ...{ state: 'resolved' as const, resolvedAt: iso(now) },
    downtimeSeconds: Math.round((now - alert.openedAt) / 1000),
    acknowledgedAt: alert.acknowledgedAt === null ? null : iso(alert.acknowledgedAt),
    acknowledgedBy: alert.acknowledgedAt === null ? null : await store.drillAcknowledgedBy(db, incidentId),
  };
  await runBatch(
    db,
    store.endDrillStatements(db, alert, {
      id: `${incidentId}${end}`,
      at: now,
      body: withText({ type: ending, timestamp: iso(now), drill: true, data: { ...body.data, incident } }),
      ...{ monitorId: alert.monitorId, incidentId, position: null, recipients: [], follows: incidentId },
    }),
  );
}
