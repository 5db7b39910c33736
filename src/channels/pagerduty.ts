// Owns the PagerDuty channel: alert events of Events API v2
// (https://developer.pagerduty.com/docs/events-api-v2/trigger-events/). Pure.
import { z } from 'zod';
import { apiUrl, withoutSlash } from './api-url.ts';
import { type ChannelResponse, defineChannel, type HttpRequest, type Outcome } from './channel.ts';
import { conditionOf, partialKey } from './condition.ts';
import type { Message } from './message.ts';
import type { WebhookBody } from './notification.ts';
import { shortened } from './plain-text.ts';
import { bodyOf, titleOf } from './short-text.ts';
import { jsonObjectOf, jsonPost } from './vendor-request.ts';

/** https://developer.pagerduty.com/docs/events-api-v2/trigger-events/#parameters */
const MAX_DEDUP_KEY = 255;
const MAX_SUMMARY = 1_024;
/** Ours: the whole event may have 512 KB. */
const MAX_DETAIL = 8_000;
const MAX_SHORT = 255;
/** "preferably with a backoff of a few minutes": https://developer.pagerduty.com/docs/events-api-v2/overview/ */
const RATE_LIMIT_PAUSE_MS = 120_000;

const config = z.strictObject({
  routingKey: z
    .string()
    .regex(
      /^[A-Za-z0-9]{32}$/,
      'The routing key must have 32 letters and digits. Copy the integration key of an Events API v2 integration.',
    )
    .meta({
      description:
        'Integration key of an Events API v2 integration, 32 characters. Stored encrypted; never returned.',
      example: 'e93facc04764012d7bfb002500d5d1a6',
    }),
  apiUrl: apiUrl(
    'https://events.pagerduty.com',
    'Address of the Events API. For the EU service region: `https://events.eu.pagerduty.com`.',
  ),
  webhookSecret: z
    .string()
    .min(16, 'The secret must have at least 16 characters. Copy it from the webhook subscription.')
    .max(200)
    .optional()
    .meta({
      description:
        'Secret of a V3 webhook subscription of PagerDuty. With it, an acknowledgement in PagerDuty acknowledges the incident here too. Never sent; never returned.',
      example: '3m4T9v0aKqXy7Zr2Lw5Nc8Bf1Hd6Jp0S',
    }),
});

type Config = z.output<typeof config>;

export const pagerduty = defineChannel({
  type: 'pagerduty',
  audience: 'machine',
  hasTemplates: true,
  config,
  secretFields: ['routingKey', 'webhookSecret'],
  sentFields: ['routingKey'],
  urlFields: [],
  apiUrlFields: ['apiUrl'],
  docs: {
    name: 'PagerDuty',
    summary: 'Triggers, acknowledges and resolves PagerDuty alerts through Events API v2.',
    setup: [
      'In PagerDuty, open the service that is paged: **Services → Service Directory → your service → Integrations**.',
      'Choose **Add an integration → Events API V2** and copy the **Integration Key**. It is `routingKey`.',
      'In the EU service region, set `apiUrl` to `https://events.eu.pagerduty.com`.',
      'Optional: create a **V3 webhook** (Integrations → Generic Webhooks) for `incident.acknowledged` with the address `https://status.example.com/interactions/pagerduty/CHANNEL-ID`. Its secret is `webhookSecret`.',
    ],
    example: { routingKey: 'e93facc04764012d7bfb002500d5d1a6' },
    behaviour: [
      'One alert for each incident: the dedup key is the id of the incident. A regional problem has the key `<incident>_partial`, so that its acknowledgement does not silence the outage that it becomes.',
      'Openings, reminders and escalations send `trigger`, acknowledgements `acknowledge`, ends `resolve`. A comment is a `trigger` too: it adds a log entry to the open alert and pages no person.',
      'The severity is that of the event: `critical`, `warning` or `info`. The links are the incident, the page that acknowledges, and the runbook.',
      'A slow monitor, a certificate that expires, a changed port and a rebuilt state have no end: their alerts stay open until a person resolves them. A test is triggered and resolved at once.',
    ],
    limits: [
      '`payload.summary`: 1,024 characters. `dedup_key`: 255 characters. The whole event: 512 KB.',
      'After 429, the coordinator waits as long as PagerDuty states, else two minutes.',
    ],
    references: [
      { label: 'Events API v2', url: 'https://developer.pagerduty.com/docs/events-api-v2/overview/' },
      {
        label: 'Alert events',
        url: 'https://developer.pagerduty.com/docs/events-api-v2/trigger-events/',
      },
      { label: 'V3 webhooks', url: 'https://developer.pagerduty.com/docs/webhooks-overview' },
    ],
  },
  async requests(message, settings, { publicUrl, receipt }) {
    const [notification] = message.notifications;
    const { phase, ...condition } = conditionOf(notification, publicUrl);
    const key = shortened(condition.key, MAX_DEDUP_KEY);
    const { type, data } = notification.body;
    const end = (dedup: string) => eventRequest(settings, { event_action: 'resolve', dedup_key: dedup });
    if (phase === 'ends') return [end(key)];
    if (phase === 'acknowledged')
      return [eventRequest(settings, { event_action: 'acknowledge', dedup_key: key })];
    // A comment on an incident that is over must not open an alert again.
    if (phase === 'note' && data.incident?.resolvedAt) return [end(key)];
    const trigger = eventRequest(settings, triggerOf(message, key, publicUrl));
    if (type === 'test') return [trigger, end(key)];
    // An earlier message about the incident can only be that of the regional problem, which the outage replaces.
    if (type === 'incident.opened' && receipt !== null && data.incident)
      return [trigger, end(partialKey(data.incident.id))];
    return [trigger];
  },
  outcomeOf,
  /** The dedup key: that an alert exists is what a later message needs to know. */
  receiptOf({ body }) {
    const { dedup_key: key } = jsonObjectOf(body) ?? {};
    return typeof key === 'string' ? key : null;
  },
});

const eventRequest = ({ apiUrl: base, routingKey }: Config, event: object): HttpRequest =>
  jsonPost(`${withoutSlash(base)}/v2/enqueue`, { routing_key: routingKey, ...event });

function triggerOf(message: Message, key: string, publicUrl: string): object {
  const [{ body }] = message.notifications;
  const { monitor, incident, location } = body.data;
  const { check, group } = monitor ?? {};
  const source = check?.host ? `${check.host}:${check.port}` : (location?.id ?? new URL(publicUrl).host);
  return {
    event_action: 'trigger',
    dedup_key: key,
    client: 'probemesh',
    client_url: incident?.url ?? publicUrl,
    payload: {
      summary: shortened(summaryOf(message), MAX_SUMMARY),
      source: shortened(source, MAX_SHORT),
      severity: severityOf(body),
      timestamp: message.at,
      class: body.type,
      ...(check ? { component: check.type } : {}),
      ...(group ? { group: shortened(group, MAX_SHORT) } : {}),
      custom_details: detailsOf(message),
    },
    links: message.links.map(({ label, url }) => ({ href: url, text: label })),
  };
}

/** A comment does not lower the severity of the alert that it adds a log entry to. */
function severityOf({ type, severity, data: { incident } }: WebhookBody): string {
  if (incident === null || !type.startsWith('incident.')) return severity;
  return incident.verdict === 'partial' ? 'warning' : 'critical';
}

/** One line, because PagerDuty makes a title of it, in a push message and on the phone. */
function summaryOf(message: Message): string {
  if (message.templated.title !== null) return message.templated.title;
  return `${message.title}: ${message.summary}`.replace(/\s+/g, ' ');
}

function detailsOf(message: Message): Record<string, unknown> {
  const [{ body }] = message.notifications;
  const { monitor, incident } = body.data;
  return {
    title: titleOf(message),
    summary: shortened(bodyOf(message), MAX_DETAIL),
    ...Object.fromEntries(message.facts.map(({ label, value }) => [label, value])),
    ...(monitor ? { 'Monitor id': monitor.id, Tags: monitor.tags } : {}),
    ...(incident ? { 'Incident id': incident.id } : {}),
    ...(body.drill ? { Drill: true } : {}),
  };
}

/** https://developer.pagerduty.com/docs/events-api-v2/overview/#response-codes--retry-logic */
function outcomeOf({ status, headers, body }: ChannelResponse): Outcome | null {
  if (status === 429 && !headers.has('retry-after')) return { result: 'retry', afterMs: RATE_LIMIT_PAUSE_MS };
  if (status !== 400) return null;
  const error = errorOf(body);
  // A person can correct the key, and then the same event is accepted.
  const isKey = /routing.?key/i.test(error ?? body);
  return { result: isKey ? 'retry' : 'dead', ...(error === null ? {} : { error }) };
}

function errorOf(body: string): string | null {
  const { message, errors } = jsonObjectOf(body) ?? {};
  const texts = [message, ...(Array.isArray(errors) ? errors : [])];
  const found = texts.filter((text): text is string => typeof text === 'string');
  return found.length === 0 ? null : found.join(': ');
}
