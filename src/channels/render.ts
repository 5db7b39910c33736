// Owns the text of every notification: a title of one line, and a summary of a few sentences. Every channel uses it. Pure.
// Does not format for a receiver: each channel escapes plain text by its own rules.
import type { EndReason } from '../engine/model/state.ts';
import { type EventType, events, type SentEvent, severityOf } from './events.ts';
import { exampleOf, sawTogether, shareOf } from './failure-text.ts';
import { MAX_SUMMARY, MAX_TITLE, type WebhookBody } from './notification.ts';
import { plain, shortened } from './plain-text.ts';
import { duration, timeText } from './time-text.ts';

type Data = WebhookBody['data'];
type Untitled = Omit<WebhookBody, 'title' | 'summary' | 'severity' | 'drill'> & { readonly drill?: boolean };

interface Text {
  /** What comes before and after the name. */
  readonly title: readonly [before: string, name: string, after: string];
  readonly summary: readonly string[];
}

/** Builds a body. Its type does not allow a reserved event. */
export const newBody = (type: SentEvent, at: number, data: Data): WebhookBody =>
  withText({ type, timestamp: new Date(at).toISOString(), data });

/** The body with the title and the summary of its data. */
export function withText({ type, timestamp, data, drill = false }: Untitled): WebhookBody {
  const { title, summary } = TEXTS[type](data, Date.parse(timestamp));
  const sentences = summary.filter((one) => one !== '');
  return {
    type,
    timestamp,
    severity: severityOf(type, data.incident),
    drill,
    title: titleOf(title),
    summary: summaryOf(sentences.length > 0 ? sentences : [events[type].description], data),
    data,
  };
}

/** A long name is shortened, not what happened to it. */
function titleOf([before, name, after]: Text['title']): string {
  const rest = MAX_TITLE - before.length - after.length;
  return shortened(`${before}${shortened(plain(name), Math.max(20, rest))}${after}`, MAX_TITLE);
}

const MAX_LINK = 200;

/** A link is whole or absent. */
function summaryOf(sentences: readonly string[], { incident }: Data): string {
  const link = incident && incident.url.length <= MAX_LINK ? ` ${incident.url}` : '';
  return `${shortened(sentences.join(' '), MAX_SUMMARY - link.length)}${link}`;
}

const time = (iso: string): string => timeText(Date.parse(iso), true);
const sentence = (text: string): string => (text === '' || /[.!?…]$/.test(text) ? text : `${text}.`);

const nameOf = ({ monitor }: Data): string => monitor?.name ?? 'A monitor';

/** `The tcp check of shop.example.com:443`. */
function checkOf({ monitor }: Data): string {
  if (!monitor || monitor.check.host === '') return 'The check';
  const { type, host, port } = monitor.check;
  return plain(`The ${type} check of ${host.includes(':') ? `[${host}]` : host}:${port}`);
}

/** What the failing locations see, since when, and how many they are. */
function failureSentences(data: Data): string[] {
  const failing = data.evidence.filter(({ vote }) => vote === 'failing');
  const since = data.incident ? ` since ${time(data.incident.startedAt)}` : '';
  if (failing.length === 0) return [`${checkOf(data)} has failed${since}.`];
  return [
    `${checkOf(data)} has failed at ${shareOf(data.quorum?.failing ?? failing.length, data)}${since}: ${sawTogether(failing)}.`,
    sentence(exampleOf(failing)),
  ];
}

const NOUNS = { down: 'down', partial: 'unreachable from some locations' } as const;

const END_REASONS: Partial<Record<EndReason, string>> = {
  paused: 'The incident was closed because the monitor was paused.',
  deleted: 'The incident was closed because the monitor was deleted.',
  target_changed: 'The incident was closed because the target of the monitor changed.',
};

function resolved(data: Data): Text {
  const { incident, quorum } = data;
  const name = nameOf(data);
  if (!incident) return { title: ['Resolved: ', name, ''], summary: [] };
  const { verdict, startedAt, resolvedAt, downtimeSeconds, reason, openedNotSent } = incident;
  const closed = reason === undefined ? undefined : END_REASONS[reason];
  const lasted = duration(downtimeSeconds * 1000);
  const recovered = quorum ? `${checkOf(data)} passes at ${shareOf(quorum.passing, data)}.` : '';
  return {
    title: [reason === undefined ? 'Resolved: ' : 'Closed: ', name, ` was ${NOUNS[verdict]} for ${lasted}`],
    summary: [
      `The problem lasted from ${time(startedAt)} to ${time(resolvedAt ?? startedAt)}.`,
      closed ?? recovered,
      openedNotSent ? 'Its start was not sent to you.' : '',
    ],
  };
}

function noData(data: Data): Text {
  const { quorum } = data;
  const voters = quorum ? quorum.failing + quorum.passing : 0;
  return {
    title: ['No data for ', nameOf(data), ''],
    summary: [
      `Only ${shareOf(voters, data)} ${voters === 1 ? 'reports' : 'report'}, so it is unknown whether the monitor is up.`,
      data.incident ? `An incident has been open since ${time(data.incident.startedAt)}.` : '',
    ],
  };
}

function dataAgain(data: Data): Text {
  const { quorum } = data;
  const counts = quorum ? `: ${quorum.passing} passing, ${quorum.failing} failing` : '';
  const voters = quorum ? quorum.failing + quorum.passing : 0;
  return {
    title: ['Data again for ', nameOf(data), ''],
    summary: [`${shareOf(voters, data)} ${voters === 1 ? 'reports' : 'report'}${counts}.`],
  };
}

const WARNINGS = {
  latency: 'slow',
  loss: 'losing packets',
  address: 'partly unreachable',
  certificate: 'certificate',
} as const;

function warning(data: Data, isOf: (code: keyof typeof WARNINGS) => boolean) {
  const found = data.evidence.flatMap(({ location, degraded }) =>
    degraded.filter(({ code }) => isOf(code)).map((one) => ({ ...one, location })),
  );
  const locations = new Set(found.map(({ location }) => location)).size;
  const example = found[0] ? `${found[0].location}: ${plain(found[0].detail)}` : '';
  return { found, where: shareOf(locations, data), example: sentence(shortened(example, 200)) };
}

function degraded(data: Data): Text {
  const { found, where, example } = warning(data, (code) => code !== 'certificate');
  const kinds = [...new Set(found.map(({ code }) => WARNINGS[code]))].join(' and ') || 'degraded';
  const problems = new Set(
    found.map(({ code }) => (code === 'address' ? 'one of its addresses fails' : 'exceeds a threshold')),
  );
  const problem = [...problems].join(', and ') || 'exceeds a threshold';
  return {
    title: ['', nameOf(data), ` is ${kinds}`],
    summary: [`${checkOf(data)} passes, but ${problem} at ${where}.`, example],
  };
}

function certificate(data: Data): Text {
  const { where, example } = warning(data, (code) => code === 'certificate');
  return {
    title: ['Certificate of ', nameOf(data), ' expires soon'],
    summary: [`${checkOf(data)} passes, but ${where} warn of the certificate.`, example],
  };
}

function flapping(data: Data): Text {
  const { flapping: details } = data;
  return {
    title: ['', nameOf(data), ' is flapping'],
    summary: [
      `Its state has changed too often${details ? ` since ${time(details.since)}` : ''}.`,
      'Single changes are not sent until it is stable.',
      details
        ? `An incident that stays open for ${duration(details.maxSuppressionSeconds * 1000)} is sent.`
        : '',
    ],
  };
}

const LOCATION_ENDS: Partial<Record<EndReason, string>> = {
  disabled: 'The location was disabled.',
  too_few_locations: 'Too few locations are left to compare it with.',
  regional_problem: 'Another location fails the same monitors: a regional problem.',
};

const locationOf = ({ location }: Data): string => location?.id ?? 'unknown';

function quarantined(data: Data): Text {
  const { location } = data;
  return {
    title: ['Location ', locationOf(data), ' is quarantined'],
    summary: location
      ? [
          `It fails ${location.failedMonitors} of ${location.checkedMonitors} monitors that other locations reach, since ${time(location.since)}.`,
          'Its votes are ignored until it agrees with its peers.',
        ]
      : [],
  };
}

function locationRecovered(data: Data): Text {
  const { location } = data;
  const quarantine = location?.state === 'quarantined';
  const end = location?.reason === undefined ? undefined : LOCATION_ENDS[location.reason];
  const lasted = location ? Date.parse(location.endedAt ?? location.since) - Date.parse(location.since) : 0;
  return {
    title: ['Location ', locationOf(data), quarantine ? ' is out of quarantine' : ' reports again'],
    summary: [
      end ?? (quarantine ? 'It agrees with its peers, so its votes count.' : 'Its checks measure again.'),
      `The problem lasted ${duration(lasted)}.`,
    ],
  };
}

function channelText(data: Data, after: string, ...more: readonly string[]): Text {
  const { channel } = data;
  const error = channel?.error ? sentence(`The newest error: ${shortened(plain(channel.error), 250)}`) : '';
  return {
    title: ['Channel ', channel?.name ?? 'unknown', after],
    summary: [channel ? `Deliveries have failed since ${time(channel.since)}.` : '', error, ...more],
  };
}

const reasonsOf = ({ mesh }: Data): string[] =>
  (mesh?.reasons ?? []).map(({ detail }) => sentence(plain(detail)));

const codesOf = ({ mesh }: Data): string =>
  (mesh?.reasons ?? []).map(({ code }) => code.replaceAll('_', ' ')).join(', ');

/** No part sends these today. A receiver that is tested with them gets a text too. */
const reserved =
  (type: EventType) =>
  (data: Data): Text => ({
    title: ['', data.monitor?.name ?? data.channel?.name ?? 'probemesh', `: ${type.replace(/[._]/g, ' ')}`],
    summary: [events[type].description],
  });

const TEXTS: Record<EventType, (data: Data, at: number) => Text> = {
  'incident.opened': (data) => ({ title: ['', nameOf(data), ' is down'], summary: failureSentences(data) }),
  'incident.partial': (data) => ({
    title: ['', nameOf(data), ' is unreachable from some locations'],
    summary: failureSentences(data),
  }),
  'incident.resolved': resolved,
  'incident.partial_resolved': resolved,
  'monitor.no_data': noData,
  'monitor.no_data_resolved': dataAgain,
  'monitor.degraded': degraded,
  'monitor.certificate': certificate,
  'monitor.flapping': flapping,
  'monitor.flapping_ended': (data) => ({
    title: ['', nameOf(data), ' stopped flapping'],
    summary: ['Its state is stable, so changes are sent again.'],
  }),
  'location.quarantined': quarantined,
  'location.lost': (data) => ({
    title: ['Location ', locationOf(data), ' stopped reporting'],
    summary: [
      `None of its checks has measured anything${data.location ? ` since ${time(data.location.since)}` : ''}.`,
      'The other locations continue.',
    ],
  }),
  'location.recovered': locationRecovered,
  'channel.failing': (data) =>
    channelText(data, ' does not receive notifications', 'The coordinator retries them.'),
  'channel.disabled': (data) => channelText(data, ' was disabled', 'It gets nothing until you enable it.'),
  'channel.recovered': (data, at) => ({
    title: ['Channel ', data.channel?.name ?? 'unknown', ' receives notifications again'],
    summary: data.channel
      ? [`Deliveries failed for ${duration(at - Date.parse(data.channel.since))} and succeed again.`]
      : [],
  }),
  'mesh.impaired': (data) => ({
    title: ['Monitoring is impaired: ', codesOf(data), ''],
    summary: reasonsOf(data),
  }),
  'mesh.recovered': (data, at) => ({
    title: ['', 'Monitoring works again', ''],
    summary: [
      data.mesh ? `It was impaired for ${duration(at - Date.parse(data.mesh.since))}: ${codesOf(data)}.` : '',
    ],
  }),
  'state.rebuilt': (data) => ({
    title: ['', 'The coordinator rebuilt its state', ''],
    summary: reasonsOf(data),
  }),
  test: () => ({
    title: ['', 'Test notification from probemesh', ''],
    summary: ['This channel works. You tested it by hand: nothing has happened.'],
  }),
  'incident.reminder': reserved('incident.reminder'),
  'incident.acknowledged': reserved('incident.acknowledged'),
  'incident.escalated': reserved('incident.escalated'),
  'incident.updated': reserved('incident.updated'),
  'incident.commented': reserved('incident.commented'),
  'port.opened': reserved('port.opened'),
  'port.closed': reserved('port.closed'),
  'port.changed': reserved('port.changed'),
  'heartbeat.missed': reserved('heartbeat.missed'),
  'heartbeat.recovered': reserved('heartbeat.recovered'),
};
