// Owns the signatures of what vendors send when a person presses a button there. Pure: time is an argument.
import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Slack: HMAC-SHA256 of `v0:<timestamp>:<body>`, and nothing older than five minutes
 * (https://docs.slack.dev/authentication/verifying-requests-from-slack).
 */
const SLACK_TOLERANCE_MS = 300_000;

export interface SlackHeaders {
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

export function isSlackSignature(
  secret: string,
  { timestamp = '', signature = '' }: SlackHeaders,
  body: string,
  now: number,
): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp) * 1_000) > SLACK_TOLERANCE_MS) return false;
  return isEqual(signature, `v0=${hmac(secret, `v0:${timestamp}:${body}`)}`);
}

/**
 * PagerDuty: HMAC-SHA256 of the body, one for each secret of a rotation, separated by commas
 * (https://developer.pagerduty.com/docs/verifying-webhook-signatures).
 */
export function isPagerDutySignature(secret: string, header: string | undefined, body: string): boolean {
  const expected = `v1=${hmac(secret, body)}`;
  return (header ?? '')
    .split(',')
    .slice(0, 10)
    .some((one) => isEqual(one.trim(), expected));
}

const hmac = (secret: string, text: string): string =>
  createHmac('sha256', secret).update(text, 'utf8').digest('hex');

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
