// Owns the table of events: what a webhook's `type` can be, what each event is about and how severe it is.
// The webhook schema, the OpenAPI document and the channels follow from it. Does not create notifications.

export type Severity = 'critical' | 'warning' | 'info';

interface EventDefinition {
  /** What the event happened to. */
  readonly about: 'incident' | 'monitor' | 'location' | 'port' | 'channel' | 'mesh' | 'heartbeat' | 'report';
  /** `incident`: critical for an outage, a warning for a regional problem. */
  readonly severity: Severity | 'incident';
  readonly description: string;
  /** No part of probemesh sends it today. It is in the schema so that receivers can prepare for it. */
  readonly reserved?: true;
}

export const events = {
  'incident.opened': {
    about: 'incident',
    severity: 'critical',
    description: 'A quorum of locations agrees that a monitor is down.',
  },
  'incident.resolved': { about: 'incident', severity: 'info', description: 'The outage is over.' },
  'incident.partial': {
    about: 'incident',
    severity: 'warning',
    description: 'At least two locations cannot reach a monitor, but fewer than the quorum requires.',
  },
  'incident.partial_resolved': {
    about: 'incident',
    severity: 'info',
    description: 'The regional problem is over.',
  },
  'incident.reminder': {
    about: 'incident',
    severity: 'incident',
    description: 'The incident is still open.',
  },
  'incident.acknowledged': {
    about: 'incident',
    severity: 'incident',
    description: 'A person acknowledged the incident.',
  },
  'incident.escalated': {
    about: 'incident',
    severity: 'incident',
    description: 'The incident moved to the next step of its escalation.',
  },
  'incident.updated': {
    about: 'incident',
    severity: 'info',
    description: 'A person published an incident update for the readers of status pages.',
  },
  'incident.commented': {
    about: 'incident',
    severity: 'info',
    description: 'An operator added an internal note to the incident.',
  },
  'monitor.no_data': {
    about: 'monitor',
    severity: 'warning',
    description: 'Too few locations report to decide whether a monitor is up.',
  },
  'monitor.no_data_resolved': {
    about: 'monitor',
    severity: 'info',
    description: 'Enough locations report on the monitor again.',
  },
  'monitor.degraded': {
    about: 'monitor',
    severity: 'warning',
    description:
      'A monitor responds, but exceeds a latency or loss threshold, or some addresses of its host name fail.',
  },
  'monitor.certificate': {
    about: 'monitor',
    severity: 'warning',
    description: "A monitor's certificate expires soon.",
  },
  'monitor.flapping': {
    about: 'monitor',
    severity: 'info',
    description:
      'A monitor changes state too often. Single changes are not notified, incidents that last are.',
  },
  'monitor.flapping_ended': {
    about: 'monitor',
    severity: 'info',
    description: 'The monitor stopped flapping.',
  },
  'location.quarantined': {
    about: 'location',
    severity: 'warning',
    description: 'A location disagrees with its peers on most monitors. Its votes are ignored.',
  },
  'location.lost': { about: 'location', severity: 'warning', description: 'A location stopped reporting.' },
  'location.recovered': {
    about: 'location',
    severity: 'info',
    description: 'The location reports and votes again.',
  },
  'port.opened': {
    about: 'port',
    severity: 'warning',
    description: 'A port is open that the approved baseline does not contain.',
    reserved: true,
  },
  'port.closed': {
    about: 'port',
    severity: 'info',
    description: 'A port of the baseline is closed.',
    reserved: true,
  },
  'port.changed': {
    about: 'port',
    severity: 'info',
    description: 'The service behind an open port changed.',
    reserved: true,
  },
  'channel.failing': { about: 'channel', severity: 'warning', description: 'Deliveries to a channel fail.' },
  'channel.disabled': {
    about: 'channel',
    severity: 'warning',
    description: 'A channel was disabled because its receiver no longer accepts notifications.',
  },
  'channel.recovered': {
    about: 'channel',
    severity: 'info',
    description: 'Deliveries to the channel succeed again.',
  },
  'mesh.impaired': {
    about: 'mesh',
    severity: 'warning',
    description: 'A part of probemesh itself does not work.',
  },
  'mesh.recovered': { about: 'mesh', severity: 'info', description: 'All parts of probemesh work again.' },
  'state.rebuilt': {
    about: 'mesh',
    severity: 'warning',
    description: 'The coordinator rebuilt its state from the journal.',
  },
  'heartbeat.missed': {
    about: 'heartbeat',
    severity: 'critical',
    description: 'An expected heartbeat did not arrive in time.',
    reserved: true,
  },
  'heartbeat.recovered': {
    about: 'heartbeat',
    severity: 'info',
    description: 'Heartbeats arrive again.',
    reserved: true,
  },
  'report.created': {
    about: 'report',
    severity: 'info',
    description: 'A period is over, and a report schedule sends its report.',
  },
  test: { about: 'channel', severity: 'info', description: 'A person tested the channel.' },
} as const satisfies Record<string, EventDefinition>;

export type EventType = keyof typeof events;

/** The events that are sent today. */
export type SentEvent = {
  [E in EventType]: (typeof events)[E] extends { readonly reserved: true } ? never : E;
}[EventType];

export const isReserved = (event: EventType): boolean => 'reserved' in events[event];

export const eventTypes = Object.keys(events) as [EventType, ...EventType[]];

/** How severe an event is. `incident` is the incident that the notification is about. */
export function severityOf(
  event: EventType,
  incident: { readonly verdict: 'partial' | 'down' } | null,
): Severity {
  const { severity } = events[event];
  if (severity !== 'incident') return severity;
  return incident?.verdict === 'partial' ? 'warning' : 'critical';
}
