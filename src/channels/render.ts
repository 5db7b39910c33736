// Owns the text of every notification: a title of one line, and a summary of a few sentences. Every channel uses it. Pure.
// Does not format for a receiver: each channel escapes plain text by its own rules.
import type { Data, EventText } from './event-text.ts';
import { nameOf, time } from './event-text.ts';
import { type EventType, events, type SentEvent, severityOf } from './events.ts';
import {
  acknowledged,
  commented,
  escalated,
  opened,
  openedPartially,
  reminder,
  resolved,
  updated,
} from './incident-texts.ts';
import {
  channelText,
  codesOf,
  heartbeatMissed,
  heartbeatRecovered,
  locationOf,
  locationRecovered,
  portChanged,
  portClosed,
  portOpened,
  quarantined,
  reasonsOf,
} from './mesh-texts.ts';
import { certificate, dataAgain, degraded, flapping, noData } from './monitor-texts.ts';
import { MAX_SUMMARY, MAX_TITLE, type WebhookBody } from './notification.ts';
import { plain, shortened } from './plain-text.ts';
import { reportCreated } from './report-text.ts';
import { duration } from './time-text.ts';

type Untitled = Omit<WebhookBody, 'title' | 'summary' | 'severity' | 'drill'> & { readonly drill?: boolean };

/** Builds a body. Its type does not allow a reserved event. */
export const newBody = (type: SentEvent, at: number, data: Data, drill = false): WebhookBody =>
  withText({ type, timestamp: new Date(at).toISOString(), data, drill });

/** The body with the title and the summary of its data. */
export function withText({ type, timestamp, data, drill = false }: Untitled): WebhookBody {
  const { title, summary } = TEXTS[type](data, Date.parse(timestamp));
  const sentences = summary.filter((one) => one !== '');
  const texts = sentences.length > 0 ? sentences : [events[type].description];
  return {
    type,
    timestamp,
    severity: severityOf(type, data.incident),
    drill,
    title: titleOf(title, drill ? DRILL_TITLE : ''),
    summary: summaryOf(drill ? [DRILL_SENTENCE, ...texts] : texts, data),
    data,
  };
}

const DRILL_TITLE = '[Drill] ';
const DRILL_SENTENCE = 'This is a drill: nothing has happened.';

/** A long name is shortened, not what happened to it. */
function titleOf([before, name, after]: EventText['title'], mark: string): string {
  const rest = MAX_TITLE - mark.length - before.length - after.length;
  return shortened(`${mark}${before}${shortened(plain(name), Math.max(20, rest))}${after}`, MAX_TITLE);
}

const MAX_LINK = 200;

/** A link is whole or absent. */
function summaryOf(sentences: readonly string[], { incident, report }: Data): string {
  const url = incident?.url ?? report?.url;
  const link = url !== undefined && url.length <= MAX_LINK ? ` ${url}` : '';
  return `${shortened(sentences.join(' '), MAX_SUMMARY - link.length)}${link}`;
}

const TEXTS: Record<EventType, (data: Data, at: number) => EventText> = {
  'incident.opened': opened,
  'incident.partial': openedPartially,
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
  'incident.reminder': reminder,
  'incident.acknowledged': acknowledged,
  'incident.escalated': escalated,
  'incident.updated': updated,
  'incident.commented': commented,
  'port.opened': portOpened,
  'port.closed': portClosed,
  'port.changed': portChanged,
  'heartbeat.missed': heartbeatMissed,
  'heartbeat.recovered': heartbeatRecovered,
  'report.created': reportCreated,
};
