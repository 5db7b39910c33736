// Owns which notifications belong together: which one ends what another one began, and which one replaces another. Pure.
// Follows the ids that the engine makes: `<incident>_opened`, `<incident>_resolved`, `<condition>_ended`.
import type { EventType } from './events.ts';
import type { OutgoingNotification } from './notification.ts';

/** Events that begin a condition which another notification ends. */
const BEGINNINGS: ReadonlySet<EventType> = new Set<EventType>([
  'incident.opened',
  'incident.partial',
  'monitor.no_data',
  'monitor.flapping',
  'location.quarantined',
  'location.lost',
]);

export const isBeginning = (event: EventType): boolean => BEGINNINGS.has(event);

/** Id of the notification whose condition this one ends. Null if it ends nothing. */
export function endedBy({ id, body }: OutgoingNotification): string | null {
  switch (body.type) {
    case 'incident.resolved':
      return withSuffix(id, '_resolved', '_opened');
    case 'incident.partial_resolved':
      return withSuffix(id, '_partial_resolved', '_partial');
    case 'monitor.no_data_resolved':
    case 'monitor.flapping_ended':
      return withSuffix(id, '_ended', '');
    case 'location.recovered':
      return withSuffix(id, '_recovered', `_${body.data.location?.state}`);
    default:
      return null;
  }
}

/**
 * Id of the notification that this one replaces if the other one never left. The end of an incident replaces its
 * opening and states that. An outage replaces the regional problem that it was before. No other body can state it.
 */
export function replacedBy(notification: OutgoingNotification): string | null {
  const { id, body } = notification;
  if (body.type === 'incident.opened') return withSuffix(id, '_opened', '_partial');
  return canSayOpenedNotSent(body.type) ? endedBy(notification) : null;
}

export const canSayOpenedNotSent = (event: EventType): boolean =>
  event === 'incident.resolved' || event === 'incident.partial_resolved';

/** What the notification is about. Notifications of one subject reach a channel in order. */
export function subjectOf({ data, drill }: OutgoingNotification['body']): string {
  // A drill that is not delivered must not hold back a real incident of the monitor.
  if (drill && data.incident) return `drill/${data.incident.id}`;
  if (data.monitor) return `monitor/${data.monitor.id}`;
  if (data.location) return `location/${data.location.id}`;
  if (data.channel) return `channel/${data.channel.id}`;
  if (data.port) return `port/${data.port.host}:${data.port.port}/${data.port.protocol}`;
  if (data.heartbeat) return `heartbeat/${data.heartbeat.id}`;
  if (data.report) return `report/${data.report.id}`;
  return 'mesh';
}

const withSuffix = (id: string, suffix: string, other: string): string | null =>
  id.endsWith(suffix) ? id.slice(0, -suffix.length) + other : null;
