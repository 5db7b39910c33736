// Owns the title and the summary of a message that gathers several notifications. Pure. Does not list the notifications:
// each channel lists the items of the message.
import type { EventType } from './events.ts';
import { sawTogether } from './failure-text.ts';
import { isOfJob } from './heartbeat-text.ts';
import { MAX_SUMMARY, MAX_TITLE, type WebhookBody } from './notification.ts';
import { plain, shortened } from './plain-text.ts';
import { timeText } from './time-text.ts';

type Counted = readonly [before: string, one: string, many: string];

/** What happened to that many: `12 monitors are down`, `No data for 12 monitors`. */
const COUNTED: Partial<Record<EventType, Counted>> = {
  'incident.opened': ['', 'monitor is down', 'monitors are down'],
  'incident.resolved': ['', 'outage is over', 'outages are over'],
  'incident.partial': [
    '',
    'monitor is unreachable from some locations',
    'monitors are unreachable from some locations',
  ],
  'incident.partial_resolved': ['', 'regional problem is over', 'regional problems are over'],
  'incident.reminder': ['', 'incident is still open', 'incidents are still open'],
  'incident.acknowledged': ['', 'incident is acknowledged', 'incidents are acknowledged'],
  'incident.escalated': ['', 'incident is escalated', 'incidents are escalated'],
  'incident.commented': ['', 'comment', 'comments'],
  'incident.updated': ['', 'incident update', 'incident updates'],
  'monitor.no_data': ['no data for ', 'monitor', 'monitors'],
  'monitor.no_data_resolved': ['data again for ', 'monitor', 'monitors'],
  'monitor.degraded': ['', 'monitor is degraded', 'monitors are degraded'],
  'monitor.certificate': ['', 'certificate expires soon', 'certificates expire soon'],
  'monitor.flapping': ['', 'monitor is flapping', 'monitors are flapping'],
  'monitor.flapping_ended': ['', 'monitor stopped flapping', 'monitors stopped flapping'],
  'location.quarantined': ['', 'location is quarantined', 'locations are quarantined'],
  'location.lost': ['', 'location stopped reporting', 'locations stopped reporting'],
  'location.recovered': ['', 'location reports again', 'locations report again'],
  'channel.failing': ['', 'channel fails', 'channels fail'],
  'channel.disabled': ['', 'channel was disabled', 'channels were disabled'],
  'channel.recovered': ['', 'channel works again', 'channels work again'],
  'heartbeat.missed': ['', 'heartbeat is missing', 'heartbeats are missing'],
  'heartbeat.recovered': ['', 'heartbeat arrives again', 'heartbeats arrive again'],
  'port.opened': ['', 'port is open', 'ports are open'],
  'port.closed': ['', 'port is closed', 'ports are closed'],
  'port.changed': ['', 'port changed', 'ports changed'],
  'report.created': ['', 'report', 'reports'],
};
const JOB_FAILED: Counted = ['', 'job failed or is late', 'jobs failed or are late'];
const JOB_RECOVERED: Counted = ['', 'job reports again', 'jobs report again'];
/** Of jobs that report in. */
const COUNTED_JOBS: Partial<Record<EventType, Counted>> = {
  'incident.opened': JOB_FAILED,
  'incident.partial': JOB_FAILED,
  'incident.resolved': JOB_RECOVERED,
  'incident.partial_resolved': JOB_RECOVERED,
};
const OTHER: Counted = ['', 'other notification', 'other notifications'];

const counted = ([before, one, many]: Counted, count: number): string =>
  `${before}${count} ${count === 1 ? one : many}`;

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function gatheredText(bodies: readonly WebhookBody[]): {
  readonly title: string;
  readonly summary: string;
} {
  const drill = bodies.every((body) => body.drill) ? '[Drill] ' : '';
  return { title: `${drill}${titleOf(bodies, MAX_TITLE - drill.length)}`, summary: summaryOf(bodies) };
}

/** `12 monitors are down: Web shop, Login and 10 more`, or `5 notifications: 3 monitors are down, 2 outages are over`. */
function titleOf(bodies: readonly WebhookBody[], length: number): string {
  const kinds = [
    ...Map.groupBy(
      bodies,
      ({ type, data }) => (isOfJob(data) ? COUNTED_JOBS[type] : undefined) ?? COUNTED[type] ?? OTHER,
    ),
  ];
  if (kinds.length === 1 && kinds[0]![0] !== OTHER) {
    const before = `${upperFirst(counted(kinds[0]![0], bodies.length))}: `;
    return `${before}${namesIn(bodies.map(nameOf), length - before.length)}`;
  }
  const parts = kinds.map(([kind, { length }]) => counted(kind, length));
  return shortened(`${bodies.length} notifications: ${parts.join(', ')}`, length);
}

const MAX_NAME = 40;

const nameOf = ({ data: { monitor, location, channel, port, heartbeat, report } }: WebhookBody): string => {
  const name =
    monitor?.name ?? location?.id ?? channel?.name ?? heartbeat?.name ?? report?.name ?? port?.host;
  return shortened(plain(name ?? 'probemesh'), MAX_NAME);
};

/** As many whole names as fit, and how many are left. At least the first, shortened. */
function namesIn(names: readonly string[], length: number): string {
  for (let count = names.length; count > 0; count -= 1) {
    const left = names.length - count;
    const text = `${names.slice(0, count).join(', ')}${left === 0 ? '' : ` and ${left} more`}`;
    if (text.length <= length) return text;
  }
  const more = names.length === 1 ? '' : ` and ${names.length - 1} more`;
  return `${shortened(names[0]!, Math.max(1, length - more.length))}${more}`;
}

/** When it began, and what the failures look like. */
function summaryOf(bodies: readonly WebhookBody[]): string {
  const times = bodies.map(({ timestamp }) => Date.parse(timestamp));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const from = timeText(first, true);
  const when = first === last ? `At ${from}.` : `From ${from} to ${timeText(last, true)}.`;
  const open = bodies.filter(({ data: { incident } }) => incident !== null && incident.resolvedAt === null);
  const failing = open.flatMap(({ data: { evidence } }) => evidence.filter(({ vote }) => vote === 'failing'));
  const what = open.some(({ data }) => isOfJob(data)) ? 'The failures' : 'Seen by the failing checks';
  const seen = failing.length === 0 ? '' : ` ${what}: ${sawTogether(failing)}.`;
  return shortened(`${when}${seen}`, MAX_SUMMARY);
}
