// Owns which alert of a pager a notification is about, and what it says of it: it begins, lasts, is acknowledged or ends.
// Pure. Does not format for a pager: each channel does.
import type { EventType } from './events.ts';
import type { OutgoingNotification, WebhookBody } from './notification.ts';

type Data = WebhookBody['data'];

/**
 * `begins`, `lasts`: the alert is open. `acknowledged`: a person takes care of it. `ends`: it is over. `note`: text about
 * it. `once`: nothing tells when it is over.
 */
export type Phase = 'begins' | 'lasts' | 'acknowledged' | 'ends' | 'note' | 'once';

export interface Condition {
  /**
   * The same in every notification about the alert. Of an incident, it begins with the id of the incident. Other keys begin
   * with the host of the status page, because several meshes can share a pager.
   */
  readonly key: string;
  readonly phase: Phase;
  /** CamelCase: `MonitorDown`. */
  readonly name: string;
}

const PARTIAL = '_partial';

/**
 * A regional problem has a key of its own: an outage must page people although they acknowledged the regional problem.
 */
export const partialKey = (incidentId: string): string => `${incidentId}${PARTIAL}`;

/** The incident that a pager's key names. */
export const incidentIdOf = (key: string): string =>
  key.endsWith(PARTIAL) ? key.slice(0, -PARTIAL.length) : key;

const PHASES: Readonly<Record<EventType, Phase>> = {
  'incident.opened': 'begins',
  'incident.resolved': 'ends',
  'incident.partial': 'begins',
  'incident.partial_resolved': 'ends',
  'incident.reminder': 'lasts',
  'incident.acknowledged': 'acknowledged',
  'incident.escalated': 'lasts',
  'incident.updated': 'note',
  'incident.commented': 'note',
  'monitor.no_data': 'begins',
  'monitor.no_data_resolved': 'ends',
  'monitor.degraded': 'once',
  'monitor.certificate': 'once',
  'monitor.flapping': 'begins',
  'monitor.flapping_ended': 'ends',
  'location.quarantined': 'begins',
  'location.lost': 'begins',
  'location.recovered': 'ends',
  'port.opened': 'once',
  'port.closed': 'once',
  'port.changed': 'once',
  'channel.failing': 'begins',
  'channel.disabled': 'begins',
  'channel.recovered': 'ends',
  'mesh.impaired': 'begins',
  'mesh.recovered': 'ends',
  'state.rebuilt': 'once',
  'heartbeat.missed': 'begins',
  'heartbeat.recovered': 'ends',
  'report.created': 'once',
  test: 'once',
};

export function conditionOf({ id, body }: OutgoingNotification, publicUrl: string): Condition {
  const { type, data } = body;
  const phase = PHASES[type];
  if (data.incident && type.startsWith('incident.'))
    return { phase, ...incidentCondition(type, data.incident) };
  const { key, name } = otherCondition(type, data, id);
  return { phase, key: `${new URL(publicUrl).host}:${key}`, name };
}

type Named = Omit<Condition, 'phase'>;

function otherCondition(type: EventType, data: Data, id: string): Named {
  switch (type.split('.')[0]) {
    case 'monitor':
      return monitorCondition(type, data);
    case 'location':
      return {
        key: `location:${data.location?.state}:${data.location?.id}`,
        name: data.location?.state === 'lost' ? 'LocationLost' : 'LocationQuarantined',
      };
    case 'channel':
      return { key: `channel:${data.channel?.id}`, name: 'ChannelFailing' };
    case 'mesh':
      return { key: 'mesh', name: 'MeshImpaired' };
    case 'heartbeat':
      return { key: `heartbeat:${data.heartbeat?.id}`, name: 'HeartbeatMissed' };
    case 'test':
      return { key: id, name: 'ProbemeshTest' };
    default:
      return { key: id, name: camelCase(type) };
  }
}

function incidentCondition(type: EventType, incident: NonNullable<Data['incident']>): Named {
  const isPartial =
    type === 'incident.partial' ||
    type === 'incident.partial_resolved' ||
    (type !== 'incident.opened' && type !== 'incident.resolved' && incident.verdict === 'partial');
  return isPartial
    ? { key: partialKey(incident.id), name: 'MonitorPartial' }
    : { key: incident.id, name: 'MonitorDown' };
}

const MONITOR_NAMES: readonly (readonly [event: string, name: string])[] = [
  ['monitor.no_data', 'MonitorNoData'],
  ['monitor.flapping', 'MonitorFlapping'],
  ['monitor.degraded', 'MonitorDegraded'],
  ['monitor.certificate', 'MonitorCertificate'],
];

function monitorCondition(type: EventType, { monitor }: Data): Named {
  const [event, name] = MONITOR_NAMES.find(([start]) => type.startsWith(start))!;
  return { key: `${event.replace('monitor.', '')}:${monitor?.id}`, name };
}

const camelCase = (type: EventType): string =>
  type
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
