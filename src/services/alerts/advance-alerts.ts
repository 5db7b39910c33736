// Owns the work on open alerts: delayed openings, escalation and reminders go into the outbox when they are due. An alert
// of a monitor that is suppressed waits. What is due is one transaction, unless it fails, and the version of each alert is
// its lock.
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

/** Returns how many alerts were worked off, or wait because they failed. */
export async function advanceAlerts({ db, now, loadState }: AdvanceDeps): Promise<number> {
  const due = await dueAlerts(db, now, MAX_ALERTS);
  if (due.length === 0) return 0;
  const [routing, state, context] = await Promise.all([
    loadRouting(db),
    loadState(),
    readAlertContext(db, due),
  ]);
  return saveEach(
    db,
    due.map((alert) => ({ alert, decided: decideOrWait(alert, { routing, state, context, now }) })),
    now,
  );
}

interface Work {
  readonly alert: AlertRow;
  readonly decided: Decided;
}

/** D1 may be down: after so many failures in a row, or so long, the next call repeats what is left. */
const MAX_FAILURES_IN_A_ROW = 20;
const MAX_SAVE_MS = 5_000;

/**
 * One transaction, or its halves if it fails, so that one alert holds back no other one. The one that fails alone waits.
 * Throws if nothing could be written, or what is left is not due to one alert.
 */
async function saveEach(db: D1Database, all: readonly Work[], now: number): Promise<number> {
  const startedAt = Date.now();
  const parts = [all];
  const failed: { readonly alert: AlertRow; readonly error: unknown }[] = [];
  let saved = 0;
  for (let failures = 0, part = parts.pop(); part; part = parts.pop()) {
    try {
      await save(db, part, now);
      saved += part.length;
      failures = 0;
    } catch (error) {
      failures += 1;
      const isGivenUp = failures >= MAX_FAILURES_IN_A_ROW || Date.now() - startedAt >= MAX_SAVE_MS;
      if (all.length === 1 || (isGivenUp && saved === 0)) throw error;
      const half = Math.ceil(part.length / 2);
      if (part.length === 1) failed.push({ alert: part[0]!.alert, error });
      else parts.push(part.slice(half), part.slice(0, half));
      if (isGivenUp) break;
    }
  }
  for (const { alert, error } of failed) log.error('alert.advance_failed', { alert: alert.id, error });
  if (failed.length > 0)
    await runBatch(
      db,
      saveAdvanced(
        db,
        failed.map(({ alert }) => waiting(alert, now)),
      ),
    );
  return saved + failed.length;
}

async function save(db: D1Database, part: readonly Work[], now: number): Promise<void> {
  const locks = Object.fromEntries(
    part.flatMap(({ alert: { id, version }, decided }) =>
      [id, ...decided.notifications.map((one) => one.id)].map((key) => [key, { alert: id, version }]),
    ),
  );
  const condition = alertIsAsRead(locks);
  const each = part.map(({ decided }) => decided);
  await runBatch(db, [
    ...notificationInserts(
      db,
      each.flatMap(({ notifications }) => notifications),
      condition,
    ),
    ...lateDeliveries(
      db,
      each.flatMap(({ late }) => late),
      now,
      condition,
    ),
    ...saveAdvanced(
      db,
      each.map(({ saved }) => saved),
    ),
  ]);
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
    log.error('alert.advance_failed', { alert: alert.id, error });
    return { notifications: [], late: [], saved: waiting(alert, known.now) };
  }
}

const waiting = ({ id, version, plan }: AlertRow, now: number): AdvancedAlert => ({
  ...{ id, version, plan, nextAt: now + FAILED_RETRY_MS, endedAt: null },
});

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
    heartbeat: opening.data.heartbeat,
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
