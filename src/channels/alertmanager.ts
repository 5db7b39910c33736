// Owns the channel of Prometheus Alertmanager: alerts of its API v2
// (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml). Pure.
// Does not send alerts again while they last: src/delivery/alertmanager-refresh.ts does, with `firingAlert`.
import { z } from 'zod';
import { withoutSlash } from './api-url.ts';
import { type ChannelContext, defineChannel, type HttpRequest } from './channel.ts';
import { type Condition, conditionOf, type Phase } from './condition.ts';
import type { EventType } from './events.ts';
import type { Message } from './message.ts';
import type { OutgoingNotification, WebhookBody } from './notification.ts';
import { isBeginning } from './pairs.ts';
import { plain, shortened } from './plain-text.ts';
import { toMessage } from './to-message.ts';
import { jsonPost } from './vendor-request.ts';

/** Alertmanager resolves an alert that is not sent again before then. */
export const FIRING_MS = 300_000;
/** What nothing ends fires this long. */
const ONCE_MS = 3_600_000;
/** What is not sent again, and has an end, fires until then, at most this long. */
const ALONE_MS = 86_400_000;
const MAX_LABEL = 200;
const MAX_ANNOTATION = 1_000;
const MAX_TAG_LABELS = 20;

const config = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'Invalid URL. Use https://host, without /api/v2/alerts.' })
      .max(2_000)
      .refine((text) => {
        const parsed = URL.parse(text);
        return parsed === null || (parsed.username === '' && parsed.password === '');
      }, 'The URL must not contain a user name or password. Use `username` and `password`.')
      .refine(
        (text) => !/[?#]|\/api\/v[12]/.test(text),
        'The URL must be the address of Alertmanager itself. Remove "/api/v2/alerts", "?" and "#".',
      )
      .meta({
        description:
          'Address of Alertmanager, without `/api/v2/alerts`. Must be https on a deployed Worker. Stored encrypted; never returned.',
        example: 'https://alertmanager.example.com',
      }),
    username: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^:\s]*$/, 'The user name must not contain ":" or spaces.')
      .optional()
      .meta({
        description: 'User name of basic authentication. Absent: none.',
        example: 'probemesh',
      }),
    password: z.string().min(1).max(500).optional().meta({
      description: 'Password of basic authentication. Stored encrypted; never returned.',
      example: 'correct-horse-battery-staple',
    }),
    token: z
      .string()
      .regex(/^[\x21-\x7e]{1,2000}$/, 'The token must be printable ASCII without spaces.')
      .optional()
      .meta({
        description: 'Bearer token, in place of a password. Stored encrypted; never returned.',
        example: 'glsa_2mC4vYxT8kQ1',
      }),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    path: ['password'],
    error: '`username` and `password` belong together. Set both, or neither.',
  })
  .refine(({ password, token }) => password === undefined || token === undefined, {
    path: ['token'],
    error: '`token` and `password` exclude each other. Remove one.',
  });

export type AlertmanagerConfig = z.output<typeof config>;

/** An alert as POST /api/v2/alerts takes it. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
}

export const alertmanager = defineChannel({
  type: 'alertmanager',
  audience: 'machine',
  hasTemplates: false,
  config,
  secretFields: ['password', 'token'],
  sentFields: ['password', 'token'],
  urlFields: ['url'],
  docs: {
    name: 'Alertmanager',
    summary:
      'Fires and resolves alerts of Prometheus Alertmanager. Its routes, silences and inhibitions decide who is notified.',
    setup: [
      'Alertmanager has no sign-in of its own. Put it behind a proxy with https and authentication, so that the coordinator can reach it.',
      'Set `url` to its address without `/api/v2/alerts`, and either `username` with `password`, or `token`.',
      'Route by the labels below, for example `probemesh="status.example.com"`.',
    ],
    example: {
      url: 'https://alertmanager.example.com/prefix',
      username: 'probemesh',
      password: 'correct-horse-battery-staple',
    },
    behaviour: [
      'Labels: `alertname` (`MonitorDown`, `MonitorPartial`, `MonitorNoData`, `LocationLost`, …), `severity`, `monitor`, `instance`, `group`, `probemesh` (the host of the status page), `drill`, and `tag_NAME` for each tag.',
      'Annotations: `title`, `monitor` (its name), `summary`, `description`, `incident` (an address), `runbook_url`, `acknowledged_by`.',
      'While an alert lasts, the coordinator sends it again every minute with an end in five minutes. If the coordinator stops, Alertmanager resolves the alert within five minutes.',
      'The end of an incident resolves its alert at once. A silence in Alertmanager mutes its receivers only: incidents and other channels go on.',
      'A slow monitor, a certificate that expires, a changed port and a rebuilt state have no end: they fire for an hour. A problem of a channel or of probemesh itself fires until its end, for a day at most. A test fires for five minutes.',
    ],
    limits: ['At most 20 tags become labels, each with at most 200 characters.'],
    references: [
      { label: 'Alerts API', url: 'https://prometheus.io/docs/alerting/latest/alerts_api/' },
      {
        label: 'OpenAPI specification',
        url: 'https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml',
      },
    ],
  },
  requests: async (message, settings, context) => [alertsRequest(settings, alertsOf(message, context))],
});

export const alertsRequest = (
  { url, username, password, token }: AlertmanagerConfig,
  alerts: readonly PostableAlert[],
): HttpRequest =>
  jsonPost(`${withoutSlash(url)}/api/v2/alerts`, alerts, {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(password === undefined ? {} : { authorization: `Basic ${base64(`${username}:${password}`)}` }),
  });

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

type Context = Pick<ChannelContext, 'now' | 'publicUrl'>;

/** The alert of a notification as it lasts: it fires for five minutes from now. */
export const firingAlert = (notification: OutgoingNotification, context: Context): PostableAlert =>
  alertOf(toMessage([notification]), conditionOf(notification, context.publicUrl), context, 'firing');

/** The same alert, when it is over. */
export const resolvedAlert = (notification: OutgoingNotification, context: Context): PostableAlert =>
  alertOf(toMessage([notification]), conditionOf(notification, context.publicUrl), context, 'resolved');

function alertsOf(message: Message, context: ChannelContext): PostableAlert[] {
  const [notification] = message.notifications;
  const { body } = notification;
  const condition = conditionOf(notification, context.publicUrl);
  const isOver = condition.phase === 'ends' || (body.data.incident?.resolvedAt ?? null) !== null;
  const alert = alertOf(message, condition, context, isOver ? 'resolved' : 'firing');
  if (body.type !== 'incident.opened') return [alert];
  // The outage replaces the regional problem. One that does not fire stays resolved.
  const partial = { ...condition, name: 'MonitorPartial' };
  return [alert, alertOf(message, partial, context, 'resolved', 'warning')];
}

function alertOf(
  message: Message,
  { name, phase }: Condition,
  { now, publicUrl }: Context,
  state: 'firing' | 'resolved',
  severity?: string,
): PostableAlert {
  const [{ body }] = message.notifications;
  const startsAt = startOf(body);
  const endsAt = state === 'resolved' ? endOf(body, now) : now + firingMsOf(body.type, phase);
  return {
    labels: labelsOf(body, name, severity ?? severityOf(name, body), publicUrl),
    annotations: annotationsOf(message),
    startsAt: new Date(startsAt).toISOString(),
    // Alertmanager refuses an alert that ends before it starts.
    endsAt: new Date(Math.max(startsAt, endsAt)).toISOString(),
    generatorURL: body.data.incident?.url ?? publicUrl,
  };
}

/** An alert of a monitor or a location is sent again. Others have only their end, which can be days away. */
function firingMsOf(type: EventType, phase: Phase): number {
  if (type === 'test') return FIRING_MS;
  if (phase === 'once') return ONCE_MS;
  return phase === 'begins' && !isBeginning(type) ? ALONE_MS : FIRING_MS;
}

function startOf({ timestamp, data }: WebhookBody): number {
  const { incident, location, channel, mesh, flapping } = data;
  const since = incident?.startedAt ?? (location ?? channel ?? mesh ?? flapping)?.since;
  return Date.parse(since ?? timestamp);
}

const endOf = ({ data: { incident, location } }: WebhookBody, now: number): number =>
  Math.min(now, Date.parse(incident?.resolvedAt ?? location?.endedAt ?? new Date(now).toISOString()));

/** That of the beginning, in every notification: labels identify the alert. An end has the severity `info`. */
const SEVERITIES: Readonly<Record<string, string>> = {
  MonitorDown: 'critical',
  MonitorPartial: 'warning',
  MonitorNoData: 'warning',
  MonitorFlapping: 'info',
  LocationLost: 'warning',
  LocationQuarantined: 'warning',
  ChannelFailing: 'warning',
  MeshImpaired: 'warning',
  HeartbeatMissed: 'critical',
};

const severityOf = (name: string, { severity }: WebhookBody): string => SEVERITIES[name] ?? severity;

/** Without empty values, which Alertmanager drops, and without what changes while the alert lasts. */
function labelsOf(
  { drill, data }: WebhookBody,
  alertname: string,
  severity: string,
  publicUrl: string,
): Record<string, string> {
  const { monitor, location, channel, heartbeat } = data;
  const { host, port } = monitor?.check ?? { host: '', port: 0 };
  const all: Record<string, string> = {
    ...tagLabels(monitor?.tags ?? {}),
    alertname,
    severity,
    probemesh: new URL(publicUrl).host,
    monitor: monitor?.id ?? '',
    instance: host === '' ? '' : `${host}:${port}`,
    group: monitor?.group ?? '',
    location: location?.id ?? '',
    channel: channel?.id ?? '',
    heartbeat: heartbeat?.id ?? '',
    drill: drill ? 'true' : '',
  };
  const shown = Object.entries(all).map(([label, value]) => [label, shortened(plain(value), MAX_LABEL)]);
  return Object.fromEntries(shown.filter(([, value]) => value !== ''));
}

/** https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
const tagLabels = (tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tags)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, MAX_TAG_LABELS)
      .map(([name, value]) => [`tag_${name.replace(/[^a-zA-Z0-9_]/g, '_')}`, value === '' ? 'true' : value]),
  );

function annotationsOf(message: Message): Record<string, string> {
  const [{ body }] = message.notifications;
  const linkOf = (kind: string) => message.links.find((link) => link.kind === kind)?.url ?? '';
  const all = {
    title: message.title,
    monitor: plain(body.data.monitor?.name ?? ''),
    summary: message.summary,
    description: plain(body.data.monitor?.description ?? ''),
    incident: linkOf('incident'),
    runbook_url: linkOf('runbook'),
    acknowledged_by: plain(body.data.incident?.acknowledgedBy ?? ''),
  };
  const shown = Object.entries(all).map(([name, text]) => [name, shortened(text, MAX_ANNOTATION)]);
  return Object.fromEntries(shown.filter(([, text]) => text !== ''));
}
