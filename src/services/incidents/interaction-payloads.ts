// Owns what a vendor's request says that a person did: which incident, who, and an id of the request. Pure. Does not verify
// signatures.
import { incidentIdOf } from '../../channels/condition.ts';

export interface Interaction {
  readonly incidentId: string;
  /** As the vendor gives it, as one line. */
  readonly person: string;
  /** The same in every repeat of the request. */
  readonly requestId: string;
  /** Where the vendor shows a reply to the person alone. Null: nowhere. */
  readonly replyUrl: string | null;
}

type Json = Readonly<Record<string, unknown>>;

/** `action_id` of Slack's button. Its `value` is the id of the incident. */
export const SLACK_ACTION = 'acknowledge';
const INCIDENT_ID = /^[A-Za-z0-9_-]{1,100}$/;
const MAX_NAME = 80;

/**
 * A button of Block Kit (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload). A button with an
 * address opens a page, and Slack sends a request for it too: it has no value, so it does nothing here.
 */
export function readSlackInteraction(body: string): Interaction | null {
  const payload = parseObject(new URLSearchParams(body).get('payload') ?? '');
  if (payload?.type !== 'block_actions' || !Array.isArray(payload.actions)) return null;
  const action = payload.actions.map(objectOf).find((one) => one?.action_id === SLACK_ACTION);
  const incidentId = textOf(action?.value);
  if (!INCIDENT_ID.test(incidentId)) return null;
  const user = objectOf(payload.user);
  const replyUrl = textOf(payload.response_url);
  return {
    ...{ incidentId, person: nameOf(user?.name ?? user?.username ?? user?.id) },
    requestId: `${textOf(payload.trigger_id)} ${textOf(action?.action_ts)} ${textOf(user?.id)}`,
    replyUrl: /^https:\/\/hooks\.slack(-gov)?\.com\//.test(replyUrl) ? replyUrl : null,
  };
}

/** PagerDuty sends a webhook again for some hours. An older one is a replay. */
const PAGERDUTY_TOLERANCE_MS = 24 * 3_600_000;

/**
 * `incident.acknowledged` of a webhook subscription (https://developer.pagerduty.com/docs/webhooks-overview). Its
 * `incident_key` is the dedup key that the channel sent: it contains the id of the incident.
 */
export function readPagerDutyInteraction(body: string, now: number): Interaction | null {
  const event = objectOf(parseObject(body)?.event);
  if (event?.event_type !== 'incident.acknowledged') return null;
  const occurredAt = Date.parse(textOf(event.occurred_at));
  if (!(Math.abs(now - occurredAt) <= PAGERDUTY_TOLERANCE_MS)) return null;
  const key = textOf(objectOf(event.data)?.incident_key);
  const incidentId = key && incidentIdOf(key);
  const requestId = textOf(event.id);
  if (!INCIDENT_ID.test(incidentId) || requestId === '') return null;
  return { incidentId, person: nameOf(objectOf(event.agent)?.summary), requestId, replyUrl: null };
}

const objectOf = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 2_000) : '');

/** Without line breaks and other invisible characters. */
export const nameOf = (value: unknown): string =>
  textOf(value)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, MAX_NAME)
    // Half of a character that was cut.
    .replace(/[\ud800-\udbff]$/, '')
    .trim();

function parseObject(text: string): Json | null {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return null;
  }
}
