// Owns the messages to the emergency channel: what they say, in the form of each vendor, and sending one. Formats are those of
// src/channels. Does not decide when, and repeats nothing: the next run does.
import type { HttpRequest } from '../channels/channel.ts';
import { EMPTY_DATA, type OutgoingNotification, type WebhookBody } from '../channels/notification.ts';
import { newBody } from '../channels/render.ts';
import { slack } from '../channels/slack.ts';
import { timeText } from '../channels/time-text.ts';
import { toMessage } from '../channels/to-message.ts';
import { jsonPost } from '../channels/vendor-request.ts';
import { signedPost } from '../channels/webhook.ts';
import { log } from '../log.ts';
import type { Message } from './decide.ts';
import type { Emergency } from './secrets.ts';

const TIMEOUT_MS = 10_000;
const PAGERDUTY_URL = 'https://events.pagerduty.com';

export interface EmergencyContext {
  /** Without a trailing slash. */
  readonly coordinatorUrl: string;
  readonly region: string;
  readonly now: number;
  readonly fetch: typeof fetch;
}

/** Whether the receiver took the message. Logs why it did not, and does not throw. */
export async function sendEmergency(
  emergency: Emergency,
  message: Message,
  context: EmergencyContext,
): Promise<boolean> {
  const { event, alert } = message;
  const about = { message: event, id: alert.id, channel: emergency.type };
  try {
    const { url, method, headers, body } = await emergencyRequest(emergency, message, context);
    const response = await context.fetch(url, {
      ...{ method, headers, body, redirect: 'manual' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.status >= 200 && response.status < 300) {
      log.info('watchdog.sent', about);
      return true;
    }
    log.error('watchdog.send_failed', { ...about, status: response.status });
  } catch (error) {
    log.error('watchdog.send_failed', { ...about, error: withoutAddress(error) });
  }
  return false;
}

/** An address of a receiver is often its password, and errors of fetch can contain it. */
const withoutAddress = (error: unknown): string => {
  const { name, cause } = error as Error;
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? `${name} (${code})` : name;
};

/** The request that delivers the message. The same alert has the same id and the same key in every request. */
export async function emergencyRequest(
  emergency: Emergency,
  message: Message,
  context: EmergencyContext,
): Promise<HttpRequest> {
  const notification = notificationOf(message, context);
  const { id, body } = notification;
  const { coordinatorUrl: publicUrl, now } = context;
  switch (emergency.type) {
    case 'webhook': {
      const { url, secret } = emergency;
      return secret === undefined
        ? jsonPost(url, body, { 'webhook-id': id })
        : signedPost(url, [secret], { id, body, now });
    }
    case 'slack': {
      const config = slack.config.parse({ url: emergency.url });
      const sent = toMessage([notification], { publicUrl });
      const [request] = await slack.requests(sent, config, { now, receipt: null, publicUrl });
      return request as HttpRequest;
    }
    default:
      return pagerDutyRequest(emergency, message, body, publicUrl);
  }
}

/** https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ */
function pagerDutyRequest(
  { routingKey, apiUrl = PAGERDUTY_URL }: Extract<Emergency, { type: 'pagerduty' }>,
  { event, alert }: Message,
  { title, summary }: WebhookBody,
  publicUrl: string,
): HttpRequest {
  const { host } = new URL(publicUrl);
  // Of the mesh, not of the outage: whatever the watchdog has forgotten, PagerDuty has one open alert.
  const key = { routing_key: routingKey, dedup_key: `${host}:watchdog` };
  const url = `${apiUrl.replace(/\/+$/, '')}/v2/enqueue`;
  if (event === 'resolved') return jsonPost(url, { ...key, event_action: 'resolve' });
  return jsonPost(url, {
    ...{ ...key, event_action: 'trigger', client: 'probemesh watchdog', client_url: publicUrl },
    payload: {
      ...{ summary: `${title}. ${summary}`.slice(0, 1_024), source: host, severity: 'critical' },
      ...{ timestamp: new Date(alert.since).toISOString(), class: 'coordinator_unreachable' },
      custom_details: { id: alert.id, reason: alert.reason },
    },
  });
}

/** As the coordinator would send it, so that receivers need nothing new. */
function notificationOf(
  { event, alert }: Message,
  { coordinatorUrl, region, now }: EmergencyContext,
): OutgoingNotification {
  const { host } = new URL(coordinatorUrl);
  const since = timeText(alert.since, true);
  const detail = `The watchdog in ${region} finds ${host} dead since ${since}: ${alert.reason}`;
  const mesh = {
    since: new Date(alert.since).toISOString(),
    reasons: [{ code: 'coordinator_unreachable', detail }],
  };
  const data = { ...EMPTY_DATA, mesh };
  if (event === 'resolved') {
    const body = newBody('mesh.recovered', now, data);
    return { id: `${alert.id}_resolved`, body: { ...body, title: `The monitoring at ${host} works again` } };
  }
  const body = newBody('mesh.impaired', now, data);
  return {
    id: alert.id,
    body: {
      ...{ ...body, severity: 'critical', title: `The monitoring at ${host} does not work` },
      summary: `${detail}. While this lasts, outages of your services are not noticed. Alert ${alert.id}.`,
    },
  };
}
