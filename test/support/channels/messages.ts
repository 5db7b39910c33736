// Messages of every kind that a channel must format: each event, hostile names, drills, gathered and very long ones. Data
// only. The suite in test/channels/conformance.test.ts runs every channel over them.
import type { Severity } from '../../../src/channels/events.ts';
import { type EventType, eventTypes } from '../../../src/channels/events.ts';
import { exampleBody } from '../../../src/channels/example-bodies.ts';
import type { Message } from '../../../src/channels/message.ts';
import type { OutgoingNotification, WebhookBody } from '../../../src/channels/notification.ts';
import { withText } from '../../../src/channels/render.ts';
import { toMessage } from '../../../src/channels/to-message.ts';
import { PUBLIC_URL } from './requests.ts';

/** Time of every attempt of the suite. */
export const NOW = Date.UTC(2026, 10, 24, 9, 30, 13, 250);
export const ACKNOWLEDGE_URL = `${PUBLIC_URL}/acknowledge/v1.inc_mbx1k2_7.on-call.c2lnbmVk`;

/** The name of the text, and what each vendor reads as a mention, a link or a tag. */
export const HOSTILE_NAMES = [
  '<!channel> *x* [a](javascript:1) & "q"',
  '@everyone @here @channel @all <@U012AB3CD> <@&1> <#C1> <users/all> <at>all</at>',
  '</b><script>alert(1)</script><img src=x onerror=alert(1)> &lt;b&gt; &amp; &#60;',
  '_x_ ~x~ `x` ```x``` ||x|| **x** > x # x - x 1. x \\ | {{x}} {% x %} $[x] %s',
  'Web\r\nSubject: fake\nBcc: x@example.com\u2028x\u0000\u001b[31m\u202Ex\u200B',
  '👩‍🚀🚀'.repeat(60),
  'é'.repeat(300),
] as const;

interface MessageOptions {
  readonly id?: string;
  readonly name?: string;
  readonly drill?: boolean;
  readonly severity?: Severity;
}

/** The example of an event, with another name of its monitor, channel or location's monitor. */
export function notificationOf(type: EventType, options: MessageOptions = {}): OutgoingNotification {
  const example = exampleBody(type);
  const { name, drill = false, id = `n_${type.replaceAll('.', '_')}` } = options;
  return { id, body: withText({ ...named(example, name), drill }) };
}

/** Everything that a person or a target can write has this text. */
function named(body: WebhookBody, name: string | undefined): WebhookBody {
  if (name === undefined) return body;
  const { monitor, channel, mesh, action, escalation, incident, evidence } = body.data;
  const data: WebhookBody['data'] = {
    ...body.data,
    incident: incident && { ...incident, acknowledgedBy: incident.acknowledgedBy && name },
    monitor: monitor && {
      ...monitor,
      ...{ name, group: name, description: name, runbookUrl: 'javascript:alert(1)' },
      tags: { team: name },
    },
    channel: channel && { ...channel, name, error: name },
    mesh: mesh && { ...mesh, reasons: mesh.reasons.map((one) => ({ ...one, detail: name })) },
    action: action && { ...action, by: name, text: action.text && name },
    escalation: escalation && { ...escalation, notified: [name] },
    evidence: evidence.map((one) => ({
      ...one,
      detail: one.detail && name,
      degraded: one.degraded.map((warning) => ({ ...warning, detail: name })),
    })),
  };
  return { ...body, data };
}

export const messageOf = (type: EventType, options: MessageOptions = {}): Message =>
  toMessage([notificationOf(type, options)], { acknowledgeUrl: ACKNOWLEDGE_URL, publicUrl: PUBLIC_URL });

export interface NamedMessage {
  readonly title: string;
  readonly message: Message;
}

/** One of every event, in the order of the table. */
export const everyMessage: readonly NamedMessage[] = eventTypes.map((type) => ({
  title: type,
  message: messageOf(type),
}));

export const drillMessages: readonly NamedMessage[] = (
  ['incident.opened', 'incident.resolved', 'incident.acknowledged'] as const
).map((type) => ({ title: `drill of ${type}`, message: messageOf(type, { drill: true }) }));

export const hostileMessages: readonly NamedMessage[] = HOSTILE_NAMES.flatMap((name, index) =>
  eventTypes.map((type) => ({
    title: `hostile text ${index} in ${type}`,
    message: messageOf(type, { name }),
  })),
);

/** 200 locations that all write as much as a body can carry. */
export const hugeMessages: readonly NamedMessage[] = (
  ['incident.opened', 'monitor.degraded', 'incident.commented'] as const
).map((type) => {
  const { id, body } = notificationOf(type);
  const [first] = exampleBody('incident.opened').data.evidence;
  const evidence = Array.from({ length: 200 }, (_, index) => ({
    ...first!,
    location: `agent:office-${index}-${'x'.repeat(40)}`,
    detail: `${index} ${'🚀'.repeat(140)}`,
    degraded: [{ code: 'latency' as const, limit: 500, detail: '🚀'.repeat(140) }],
  }));
  const action = body.data.action && { ...body.data.action, text: '🚀'.repeat(2_000) };
  const huge = withText({ ...body, data: { ...body.data, evidence, action } });
  return {
    title: `huge ${type}`,
    message: toMessage([{ id, body: huge }], { acknowledgeUrl: ACKNOWLEDGE_URL, publicUrl: PUBLIC_URL }),
  };
});

/** Notification `index` of a message that gathers several: each is about a monitor of its own. */
export function gatheredNotification(type: EventType, index: number, name?: string): OutgoingNotification {
  const { body } = notificationOf(type);
  const { incident, monitor } = body.data;
  const id = `inc_mbx1k2_${index}`;
  const data: WebhookBody['data'] = {
    ...body.data,
    incident: incident && { ...incident, id, url: `${PUBLIC_URL}/incidents/${id}` },
    monitor: monitor && { ...monitor, id: `shop-${index}`, name: name ?? `Shop ${index}` },
  };
  return { id: `${id}_${type.split('.')[1] ?? type}`, body: withText({ ...body, data }) };
}

/** Only channels that people read get these. */
export function gatheredMessage(notifications: readonly OutgoingNotification[]): Message {
  const [first, ...others] = notifications;
  const acknowledgeUrls = new Map(
    notifications.flatMap(({ body: { data } }) =>
      data.incident ? [[data.incident.id, `${PUBLIC_URL}/acknowledge/${data.incident.id}`] as const] : [],
    ),
  );
  return toMessage([first!, ...others], { acknowledgeUrls, publicUrl: PUBLIC_URL });
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const DIGEST: readonly EventType[] = [
  ...['incident.opened', 'incident.partial', 'incident.resolved', 'incident.reminder'],
  ...['incident.acknowledged', 'monitor.no_data', 'monitor.certificate', 'location.lost', 'mesh.impaired'],
] as EventType[];

export const gatheredMessages: readonly NamedMessage[] = [
  {
    title: 'two openings',
    message: gatheredMessage(range(2).map((index) => gatheredNotification('incident.opened', index))),
  },
  {
    title: 'twelve openings',
    message: gatheredMessage(range(12).map((index) => gatheredNotification('incident.opened', index))),
  },
  {
    title: 'twenty openings with hostile names',
    message: gatheredMessage(
      range(20).map((index) =>
        gatheredNotification(
          'incident.opened',
          index,
          `${index} ${HOSTILE_NAMES[index % HOSTILE_NAMES.length]}`,
        ),
      ),
    ),
  },
  {
    title: 'a digest of every kind',
    message: gatheredMessage(DIGEST.map((type, index) => gatheredNotification(type, index))),
  },
];
