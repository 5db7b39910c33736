// Owns what a vendor sends back when a person presses a button in its tool, signed as the vendor signs. The inbox sends it
// in the vendor's place, so that the demo shows the whole way. Does not know what the coordinator makes of it.
import { createHmac, randomUUID } from 'node:crypto';
import type { VendorMessage } from './vendors/vendor.ts';

/** Where the demo's channels get their interactions. */
export interface Callbacks {
  /** Address of the coordinator, without a trailing slash. */
  readonly url: string;
  readonly slack: { readonly channelId: string; readonly signingSecret: string };
  readonly pagerduty: { readonly channelId: string; readonly webhookSecret: string };
}

export interface Press {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PERSON = { id: 'U0DEMO', name: 'you (demo)' };

const hmac = (secret: string, content: string): string =>
  createHmac('sha256', secret).update(content).digest('hex');

/** The request of the vendor. Null if its tool has no such button. `now` is in ms since the epoch. */
export function pressOf(
  vendor: string,
  message: VendorMessage,
  callbacks: Callbacks,
  now: number,
): Press | null {
  const { context = {} } = message;
  if (vendor === 'slack') return slackPress(context, callbacks, now);
  if (vendor === 'pagerduty') return pagerdutyPress(context, callbacks, now);
  return null;
}

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
function slackPress(
  context: Readonly<Record<string, string>>,
  { url, slack }: Callbacks,
  now: number,
): Press {
  const payload = {
    type: 'block_actions',
    user: { id: PERSON.id, username: PERSON.name, name: PERSON.name },
    channel: { id: 'C0DEMO', name: 'ops' },
    actions: [
      {
        ...{ type: 'button', action_id: context.actionId, block_id: context.blockId, value: context.value },
        action_ts: String(now / 1_000),
      },
    ],
    response_url: '',
    trigger_id: randomUUID(),
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(now / 1_000));
  return {
    url: `${url}/interactions/slack/${slack.channelId}`,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${hmac(slack.signingSecret, `v0:${timestamp}:${body}`)}`,
    },
    body,
  };
}

/** https://developer.pagerduty.com/docs/webhooks-overview */
function pagerdutyPress(
  context: Readonly<Record<string, string>>,
  { url, pagerduty }: Callbacks,
  now: number,
): Press {
  const body = JSON.stringify({
    event: {
      id: randomUUID(),
      event_type: 'incident.acknowledged',
      resource_type: 'incident',
      occurred_at: new Date(now).toISOString(),
      agent: { id: PERSON.id, type: 'user_reference', summary: PERSON.name },
      client: null,
      data: {
        ...{ id: 'Q0DEMO', type: 'incident', status: 'acknowledged', incident_key: context.dedupKey },
        ...{ html_url: '', title: '' },
      },
    },
  });
  return {
    url: `${url}/interactions/pagerduty/${pagerduty.channelId}`,
    headers: {
      'content-type': 'application/json',
      'x-pagerduty-signature': `v1=${hmac(pagerduty.webhookSecret, body)}`,
    },
    body,
  };
}
