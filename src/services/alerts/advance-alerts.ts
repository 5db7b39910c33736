// Owns the work on open alerts: delayed openings, escalation and reminders go into the outbox when they are due. An alert
// of a monitor that is suppressed waits. Everything is one transaction, and the version of each alert is its lock.
import { EMPTY_DATA, type WebhookBody } from '../../channels/notification.ts';
import { withText } from '../../channels/render.ts';
import { evidenceBody } from '../../channels/webhook-body.ts';
import type { State } from '../../engine/model/state.ts';
import { suppressionOf } from '../../engine/notifications/suppression.ts';
import { evaluate, evidenceFor } from '../../engine/voting/evaluation.ts';
import { quorumCount } from '../../engine/voting/quorum.ts';
import { log } from '../../log.ts';
import { type Advance, advance } from '../../routing/alert.ts';
import type { Routing } from '../../routing/model.ts';
import {
  type AdvancedAlert,
  type AlertContext,
  type AlertRow,
  alertIsAsRead,
  dueAlerts,
  readAlertContext,
  saveAdvanced,
} from '../../store/alerts.ts';
import { runBatch } from '../../store/database.ts';
import {
  type LateNotification,
  lateDeliveries,
  type NewNotification,
  notificationInserts,
} from '../../store/outbox-insert.ts';
import { loadRouting } from '../../store/routing.ts';

/** Alerts that one call works off. The others follow with the next one. */
const MAX_ALERTS = 200;

/** A suppressed alert is looked at again after this long. */
const SUPPRESSED_RETRY_MS = 30_000;

export interface AdvanceDeps {
  readonly db: D1Database;
  readonly now: number;
  /** Called only if something is due. */
  loadState(): Promise<State>;
}

/** One that cannot be worked off, such as for a plan that is damaged, is tried again after this long. */
const FAILED_RETRY_MS = 60_000;

/** Returns how many alerts were worked off. */
export async function advanceAlerts({ db, now, loadState }: AdvanceDeps): Promise<number> {
  const due = await dueAlerts(db, now, MAX_ALERTS);
  if (due.length === 0) return 0;
  const [routing, state, context] = await Promise.all([
    loadRouting(db),
    loadState(),
    readAlertContext(db, due),
  ]);
  const decided = due.map((alert) => decideOrWait(alert, { routing, state, context, now }));
  const notifications = decided.flatMap((one) => one.notifications);
  const late = decided.flatMap((one) => one.late);
  const locks = Object.fromEntries(
    due.flatMap(({ id, version }, index) =>
      [id, ...decided[index]!.notifications.map((one) => one.id)].map((key) => [key, { alert: id, version }]),
    ),
  );
  const condition = alertIsAsRead(locks);
  await runBatch(db, [
    ...notificationInserts(db, notifications, condition),
    ...lateDeliveries(db, late, now, condition),
    ...saveAdvanced(
      db,
      decided.map(({ saved }) => saved),
    ),
  ]);
  return due.length;
}

interface Decided {
  readonly saved: AdvancedAlert;
  readonly notifications: readonly NewNotification[];
  readonly late: readonly LateNotification[];
}

interface Known {
  readonly routing: Routing;
  readonly state: State;
  readonly context: AlertContext;
  readonly now: number;
}

/** One that fails holds back no other one. */
function decideOrWait(alert: AlertRow, known: Known): Decided {
  try {
    return decide(alert, known);
  } catch (error) {
    const { id, version, plan } = alert;
    log.error('alert.advance_failed', { alert: id, error });
    const nextAt = known.now + FAILED_RETRY_MS;
    return { notifications: [], late: [], saved: { id, version, plan, nextAt, endedAt: null } };
  }
}

function decide(alert: AlertRow, known: Known): Decided {
  const { routing, state, context, now } = known;
  const { id, version, plan } = alert;
  const nothing = { notifications: [], late: [] };
  const opening = context.bodies.get(id);
  const incident = alert.incidentId === null ? null : context.incidents.get(alert.incidentId);
  // Its end was not notified, such as after a rebuild, or the retention deleted the opening.
  // A drill has no incident: it ends by itself.
  const hasIncident = alert.incidentId !== null && opening?.drill !== true;
  const isOver = !opening || (hasIncident && incident?.state !== 'open');
  if (isOver) return { ...nothing, saved: { id, version, plan, nextAt: null, endedAt: now } };
  const number = alert.monitorId === null ? null : (context.monitors.get(alert.monitorId)?.number ?? null);
  if (number !== null && !opening.drill && isSuppressed(state, number, opening, now))
    return { ...nothing, saved: { id, version, plan, nextAt: now + SUPPRESSED_RETRY_MS, endedAt: null } };
  const isIncident = opening.data.incident !== null && alert.incidentId !== null;
  const next = advance(routing, { ...alert, isIncident }, now);
  const lasts = context.lasting.has(id);
  return {
    saved: {
      id,
      version,
      plan: next.plan,
      nextAt: next.nextAt,
      endedAt: lasts || next.nextAt !== null ? null : now,
    },
    late: next.openings.length === 0 ? [] : [{ id, body: opening, recipients: next.openings }],
    notifications: isIncident ? followUps(alert, opening, next, number, known) : [],
  };
}

/** What suppresses an opening suppresses what follows on it too. */
function isSuppressed(state: State, number: number, { type }: WebhookBody, now: number): boolean {
  const monitor = state.monitors.get(number);
  if (!monitor) return false;
  const subject =
    type === 'monitor.no_data' ? 'no_data' : type === 'monitor.flapping' ? 'flapping' : 'opened';
  const suppression = suppressionOf(evaluate(state, monitor, now), subject);
  return suppression !== null && suppression.by !== 'flapping';
}

/** Ids are derived: a repeat changes nothing. */
function followUps(
  alert: AlertRow,
  opening: WebhookBody,
  { escalations, reminder }: Advance,
  number: number | null,
  { state, context, now }: Known,
): NewNotification[] {
  const incidentId = alert.incidentId!;
  const data = currentData(opening, state, number, now);
  // A regional problem and the outage that it becomes are two alerts of one incident.
  const prefix = opening.type === 'incident.partial' ? `${incidentId}_partial` : incidentId;
  const timestamp = new Date(now).toISOString();
  const about = { at: now, monitorId: alert.monitorId, incidentId, position: null, follows: incidentId };
  const drill = opening.drill;
  return [
    ...escalations.map(({ number: count, step, steps, recipients }): NewNotification => {
      const notified = recipients.map(({ id }) => context.channels.get(id) ?? id);
      const escalation = { step, steps, notified };
      return {
        ...about,
        id: `${prefix}_escalated_${count}`,
        body: withText({ type: 'incident.escalated', timestamp, data: { ...data, escalation }, drill }),
        recipients,
      };
    }),
    ...(reminder === null
      ? []
      : [
          {
            ...about,
            id: `${prefix}_reminder_${reminder}`,
            body: withText({ type: 'incident.reminder', timestamp, data, drill }),
            recipients: [],
          },
        ]),
  ];
}

/** The data of the opening, with the votes and the downtime of now. */
function currentData(
  opening: WebhookBody,
  state: State,
  number: number | null,
  now: number,
): WebhookBody['data'] {
  const { incident, monitor } = opening.data;
  const current = number === null ? undefined : state.monitors.get(number);
  const downtimeSeconds = Math.round((now - Date.parse(incident!.startedAt)) / 1_000);
  const data = {
    ...EMPTY_DATA,
    monitor,
    incident: { ...incident!, downtimeSeconds },
    quorum: opening.data.quorum,
    evidence: opening.data.evidence,
  };
  // A drill has no failing votes.
  if (!current || opening.drill) return data;
  const { votes } = evaluate(state, current, now);
  return {
    ...data,
    quorum: quorumCount(current.policy, votes),
    evidence: evidenceFor(current, votes).map((evidence) => evidenceBody(state, evidence)),
  };
}
