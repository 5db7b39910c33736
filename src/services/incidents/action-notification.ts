// Owns the notification that everyone who was notified of an incident gets when a person acts on it. Pure.
import type { OutgoingNotification } from '../../channels/notification.ts';
import { withText } from '../../channels/render.ts';
import {
  type ActedIncident,
  countTaken,
  type IncidentActionRow,
  type Taken,
} from '../../store/incident-actions.ts';

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

/** What people who were notified read when no person has the incident any more. */
export const WITHDRAWN = 'Acknowledgement withdrawn: reminders and escalation continue.';

/**
 * Null if nothing was sent before. An incident of a location has none either: its notifications have no incident, and
 * every event about one needs it.
 */
export function actionNotification(
  incident: ActedIncident,
  row: IncidentActionRow,
  taken: Taken,
): OutgoingNotification | null {
  const { body } = incident;
  if (body?.data.incident == null) return null;
  const isTaken = row.action === 'acknowledged' || row.action === 'snoozed';
  const { resolvedAt, startedAt } = incident;
  const data = {
    ...body.data,
    incident: {
      ...body.data.incident,
      state: resolvedAt === null ? ('open' as const) : ('resolved' as const),
      resolvedAt: isoOrNull(resolvedAt),
      downtimeSeconds: Math.max(0, Math.round(((resolvedAt ?? row.at) - startedAt) / 1_000)),
      acknowledgedAt: isoOrNull(taken.acknowledgedAt),
      acknowledgedBy: taken.acknowledgedBy,
    },
    ...{ escalation: null, flapping: null },
    action: {
      ...{ by: row.actorName, via: row.via, at: iso(row.at) },
      text: row.action === 'unacknowledged' ? WITHDRAWN : row.text,
      snoozedUntil: isoOrNull(row.snoozedUntil),
    },
  };
  return {
    // Derived, so that a repeat changes nothing.
    id: isTaken
      ? `${incident.id}_acknowledged_${countTaken(incident.actions) + 1}`
      : `${incident.id}_comment_${row.id}`,
    body: withText({
      type: isTaken ? 'incident.acknowledged' : 'incident.commented',
      timestamp: iso(row.at),
      data,
      drill: body.drill,
    }),
  };
}
