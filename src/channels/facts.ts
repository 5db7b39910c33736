// Owns the facts of a message: a few pairs of label and value, for receivers that show a table. Pure.
import { isOfJob } from './heartbeat-text.ts';
import type { Fact } from './message.ts';
import type { WebhookBody } from './notification.ts';
import { plain, shortened } from './plain-text.ts';
import { uptimeText } from './report-text.ts';
import { duration, timeText } from './time-text.ts';

type Data = WebhookBody['data'];

const MAX_VALUE = 200;
const MAX_LOCATIONS = 6;

const time = (iso: string): string => timeText(Date.parse(iso), true);

/** In order of importance: a receiver with little space shows the first. */
export function factsOf({ data }: WebhookBody): Fact[] {
  const { monitor, incident, location, channel, port, heartbeat, report } = data;
  return [
    ...fact('Monitor', monitor?.name),
    ...fact('Target', monitor && !isOfJob(data) ? targetOf(monitor.check) : null),
    ...fact('Since', incident && incident.resolvedAt === null ? time(incident.startedAt) : null),
    ...fact('Duration', incident?.resolvedAt ? duration(incident.downtimeSeconds * 1000) : null),
    ...fact('Failing', isOfJob(data) ? null : failingOf(data)),
    ...fact('Due', heartbeat && time(heartbeat.expectedAt)),
    ...fact('Newest ping', heartbeat && (heartbeat.receivedAt ? time(heartbeat.receivedAt) : 'none')),
    ...fact('Acknowledged', acknowledgedOf(data)),
    ...fact('Group', monitor?.group),
    ...fact('Description', monitor?.description),
    ...fact('Location', location?.id),
    ...fact('Channel', channel && `${channel.name} (${channel.type})`),
    ...fact('Port', port && `${port.host}:${port.port}/${port.protocol}`),
    ...fact('Heartbeat', monitor ? null : heartbeat?.name),
    ...(report ? reportFacts(report) : []),
  ];
}

const reportFacts = (report: NonNullable<Data['report']>): Fact[] => [
  ...fact('Period', report.label),
  ...fact('Uptime', uptimeText(report.uptime)),
  ...fact('Downtime', duration(report.downtimeSeconds * 1000)),
  ...fact('Outages', String(report.outages)),
  ...fact(
    'Missed objectives',
    report.objectives === 0 ? null : `${report.missedObjectives} of ${report.objectives}`,
  ),
];

function fact(label: string, value: string | null | undefined): Fact[] {
  const text = value ? shortened(plain(value), MAX_VALUE) : '';
  return text === '' ? [] : [{ label, value: text }];
}

const targetOf = ({ type, host, port }: NonNullable<Data['monitor']>['check']): string =>
  host === '' ? type : `${type} ${host.includes(':') ? `[${host}]` : host}:${port}`;

/** `4 of 6: aws:us-east-1, aws:us-west-2, …` */
function failingOf({ quorum, evidence }: Data): string | null {
  if (!quorum || quorum.failing === 0) return null;
  const failing = evidence.filter(({ vote }) => vote === 'failing').map(({ location }) => location);
  const shown = failing.slice(0, MAX_LOCATIONS).join(', ');
  const rest = failing.length > MAX_LOCATIONS ? ` and ${failing.length - MAX_LOCATIONS} more` : '';
  const counts = `${quorum.failing} of ${quorum.failing + quorum.passing + quorum.abstaining}`;
  return shown === '' ? counts : `${counts}: ${shown}${rest}`;
}

function acknowledgedOf({ incident }: Data): string | null {
  if (!incident?.acknowledgedAt) return null;
  const by = incident.acknowledgedBy ? ` by ${shortened(plain(incident.acknowledgedBy), 80)}` : '';
  return `${time(incident.acknowledgedAt)}${by}`;
}
