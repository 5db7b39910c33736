// Owns the message that is made of one notification, or of several that are gathered: title, summary, colour, facts and
// links. Pure.
import type { Colour, Fact, Link, Message, Rendered } from './message.ts';
import type { OutgoingNotification, WebhookBody } from './notification.ts';

/** Addresses that only the sender knows. */
interface MessageLinks {
  /** Page that acknowledges the incident. Null: the channel's people cannot. */
  readonly acknowledgeUrl?: string | null;
}

export function toMessage(
  notifications: readonly [OutgoingNotification, ...OutgoingNotification[]],
  links: MessageLinks = {},
): Message {
  const [first] = notifications;
  const items = notifications.map(({ body }) => rendered(body, links));
  const templated = { title: null, body: null };
  return { ...items[0]!, id: first.id, notifications, items: items.length > 1 ? items : [], templated };
}

function rendered(body: WebhookBody, links: MessageLinks): Rendered {
  return {
    title: body.title,
    summary: body.summary,
    severity: body.severity,
    colour: colourOf(body),
    facts: factsOf(body),
    links: linksOf(body, links),
    at: body.timestamp,
    isDrill: body.drill,
  };
}

function colourOf({ type, severity, drill }: WebhookBody): Colour {
  if (drill || type === 'test') return 'grey';
  if (/(resolved|recovered|_ended)$/.test(type)) return 'green';
  return severity === 'critical' ? 'red' : severity === 'warning' ? 'orange' : 'blue';
}

const factsOf = ({ data: { monitor } }: WebhookBody): Fact[] =>
  monitor ? [{ label: 'Monitor', value: monitor.name }] : [];

function linksOf({ data: { incident, monitor } }: WebhookBody, { acknowledgeUrl }: MessageLinks): Link[] {
  const isOpen = incident !== null && incident.resolvedAt === null;
  return [
    ...(incident ? [{ label: 'Incident', url: incident.url, kind: 'incident' as const }] : []),
    ...(isOpen && acknowledgeUrl
      ? [{ label: 'Acknowledge', url: acknowledgeUrl, kind: 'acknowledge' as const }]
      : []),
    ...(monitor?.runbookUrl ? [{ label: 'Runbook', url: monitor.runbookUrl, kind: 'runbook' as const }] : []),
  ];
}
