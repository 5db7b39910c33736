// Owns the variables of templates: what a notification says of its monitor, incident, locations and downtime. Pure.
// Secrets are not among them: a notification has none, and the channel's config is not read.
import type { Message } from './message.ts';
import type { WebhookBody } from './notification.ts';
import { plain } from './plain-text.ts';
import { duration } from './time-text.ts';

type Data = WebhookBody['data'];

/** `up` and `no_data` too, unlike the verdict of an incident. Null if the event is not about a monitor. */
function verdictOf({ type, data: { incident, monitor } }: WebhookBody): string | null {
  if (type === 'monitor.no_data') return 'no_data';
  if (monitor === null) return null;
  return incident !== null && incident.resolvedAt === null ? incident.verdict : 'up';
}

function downtimeOf({ incident }: Data) {
  const seconds = incident?.downtimeSeconds ?? null;
  return { seconds, text: seconds === null ? null : duration(seconds * 1_000) };
}

const locationsOf = ({ evidence }: Data) =>
  evidence.map(({ location, vote, outcome, code, detail, phase, since, observedAt }) => ({
    ...{ id: location, vote, outcome, code, detail, phase, since, observedAt },
  }));

/** Addresses are whole. All other text is one line without markup, as in the default texts. */
const ADDRESSES: ReadonlySet<string> = new Set(['url', 'runbookUrl']);

function cleaned(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return ADDRESSES.has(key) ? httpOnly(value) : plain(value);
  if (Array.isArray(value)) return value.map((item) => cleaned(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, cleaned(item, name)]));
}

const httpOnly = (url: string): string | null => (/^https?:\/\/[^\s<>"]+$/i.test(url) ? url : null);

/** The variables of the message's first notification. Every key is always present. */
export function templateVariables(message: Message) {
  const [{ id, body }] = message.notifications;
  const { type, severity, timestamp, drill, data } = body;
  const linkOf = (kind: string) => message.links.find((link) => link.kind === kind)?.url ?? null;
  const { incident, monitor, location, channel, quorum, action, escalation } = data;
  const about = { incident, monitor, location, channel, quorum, action, escalation };
  return {
    ...(cleaned({
      id,
      title: message.title,
      event: { type, severity, at: timestamp, drill },
      verdict: verdictOf(body),
      ...about,
      mesh: data.mesh,
      report: data.report ?? null,
      locations: locationsOf(data),
      downtime: downtimeOf(data),
    }) as Record<string, unknown>),
    // Lines of the summary stay.
    summary: message.summary.split('\n').map(plain).join('\n'),
    links: {
      incident: httpOnly(linkOf('incident') ?? ''),
      acknowledge: httpOnly(linkOf('acknowledge') ?? ''),
      runbook: httpOnly(linkOf('runbook') ?? ''),
    },
  };
}
