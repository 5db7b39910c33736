// Owns the message that is made of one notification, or of several that are gathered: title, summary, colour, facts and
// links. Pure. Does not escape: each channel does.
import { factsOf } from './facts.ts';
import { lookedLike } from './failure-text.ts';
import { gatheredText } from './gathered-text.ts';
import type { Colour, Link, Message, Rendered } from './message.ts';
import { MAX_SUMMARY, type OutgoingNotification, type WebhookBody } from './notification.ts';
import { shortened } from './plain-text.ts';

/** Addresses that only the sender knows. */
interface MessageLinks {
  /** Page that acknowledges the incident of the only notification. Null: the channel's people cannot. */
  readonly acknowledgeUrl?: string | null;
  /** The same by incident, for notifications that are gathered. */
  readonly acknowledgeUrls?: ReadonlyMap<string, string>;
  /** Address of the status page, without a trailing slash. Absent: what has no incident gets no link. */
  readonly publicUrl?: string;
}

/** The message has the id of the first notification. */
export function toMessage(
  notifications: readonly [OutgoingNotification, ...OutgoingNotification[]],
  links: MessageLinks = {},
): Message {
  const items = storiesOf(notifications).map((story) => rendered(story, links));
  const one = items.length === 1 ? items[0]! : gathered(items, notifications, links);
  const templated = { title: null, body: null };
  return {
    ...one,
    id: notifications[0].id,
    notifications,
    items: items.length > 1 ? items : [],
    templated,
  };
}

/** A notification that is shown, with the beginning of its condition if both are in one message. */
interface Story {
  readonly body: WebhookBody;
  readonly opening: WebhookBody | null;
}

const OPENING_OF: Readonly<Record<string, string>> = {
  'incident.resolved': 'incident.opened',
  'incident.partial_resolved': 'incident.partial',
};

/** The end of an incident takes in its beginning, because it states the beginning too. */
function storiesOf(notifications: readonly OutgoingNotification[]): Story[] {
  const bodies = notifications.map(({ body }) => body);
  const openingOf = (body: WebhookBody): WebhookBody | null =>
    bodies.find(
      ({ type, data: { incident } }) =>
        type === OPENING_OF[body.type] && incident !== null && incident.id === body.data.incident?.id,
    ) ?? null;
  const stories = bodies.map((body) => ({ body, opening: openingOf(body) }));
  const covered = new Set(stories.map(({ opening }) => opening));
  return stories.filter(({ body }) => !covered.has(body));
}

function rendered({ body, opening }: Story, links: MessageLinks): Rendered {
  return {
    title: body.title,
    summary: summaryOf(body, opening),
    severity: body.severity,
    colour: colourOf(body),
    facts: factsOf(body),
    links: linksOf(body, links),
    at: body.timestamp,
    isDrill: body.drill,
  };
}

const START_NOT_SENT = ' Its start was not sent to you.';

/** Without the link, which the body has at its end. */
function summaryOf(
  { summary, data: { incident, report } }: WebhookBody,
  opening: WebhookBody | null,
): string {
  const url = incident?.url ?? report?.url;
  const link = url === undefined ? '' : ` ${url}`;
  const text = link !== '' && summary.endsWith(link) ? summary.slice(0, -link.length) : summary;
  if (opening === null) return text;
  return shortened(`${text.replace(START_NOT_SENT, '')} ${lookedLike(opening.data)}`.trim(), MAX_SUMMARY);
}

function colourOf({ type, severity, drill }: WebhookBody): Colour {
  if (drill || type === 'test') return 'grey';
  if (/(resolved|recovered|_ended)$/.test(type)) return 'green';
  if (type === 'incident.acknowledged') return 'blue';
  return severity === 'critical' ? 'red' : severity === 'warning' ? 'orange' : 'blue';
}

/** The worst first. */
const COLOURS = ['red', 'orange', 'blue', 'green', 'grey'] as const satisfies readonly Colour[];
const SEVERITIES = ['critical', 'warning', 'info'] as const;

function gathered(
  items: readonly Rendered[],
  notifications: readonly OutgoingNotification[],
  links: MessageLinks,
): Rendered {
  const bodies = storiesOf(notifications).map(({ body }) => body);
  return {
    ...gatheredText(bodies),
    severity: SEVERITIES.find((severity) => items.some((item) => item.severity === severity))!,
    colour: COLOURS.find((colour) => items.some((item) => item.colour === colour))!,
    facts: [],
    links: statusPageOf(links),
    at: items[0]!.at,
    isDrill: items.every(({ isDrill }) => isDrill),
  };
}

function linksOf({ data: { incident, monitor, report } }: WebhookBody, links: MessageLinks): Link[] {
  const canAcknowledge =
    incident !== null && incident.resolvedAt === null && incident.acknowledgedAt === null;
  const acknowledgeUrl = incident && (links.acknowledgeUrls?.get(incident.id) ?? links.acknowledgeUrl);
  return [
    ...(incident
      ? linkOf('Incident', incident.url, 'incident')
      : report
        ? linkOf('Report', report.url, 'dashboard')
        : statusPageOf(links)),
    ...(canAcknowledge && acknowledgeUrl ? linkOf('Acknowledge', acknowledgeUrl, 'acknowledge') : []),
    ...(monitor?.runbookUrl ? linkOf('Runbook', monitor.runbookUrl, 'runbook') : []),
  ];
}

const statusPageOf = ({ publicUrl }: MessageLinks): Link[] =>
  publicUrl ? linkOf('Status page', publicUrl, 'dashboard') : [];

/** Characters that end a link in the markup of a receiver. In a path they mean the same when they are encoded. */
const MARKUP = /[|()[\]'`*]/g;

/** Only http and https, as a program writes it. */
function linkOf(label: string, address: string, kind: Link['kind']): Link[] {
  const parsed = URL.parse(address);
  if (parsed === null || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) return [];
  const { origin, pathname, search, hash } = parsed;
  const path = (pathname + search + hash).replace(MARKUP, (one) => `%${one.charCodeAt(0).toString(16)}`);
  return [{ label, url: path === '/' ? origin : origin + path, kind }];
}
