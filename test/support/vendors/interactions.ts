// Owns requests as Slack and PagerDuty send them when a person presses a button, with their signatures. The examples follow
// https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and
// https://developer.pagerduty.com/docs/webhooks-overview.
import { createHmac } from 'node:crypto';

const hmac = (secret: string, text: string): string =>
  createHmac('sha256', secret).update(text).digest('hex');

export const slackHeaders = (secret: string, body: string, now: number) => {
  const timestamp = String(Math.floor(now / 1_000));
  return { timestamp, signature: `v0=${hmac(secret, `v0:${timestamp}:${body}`)}` };
};

export const slackBody = (incidentId: string, changes: object = {}): string =>
  new URLSearchParams({
    payload: JSON.stringify({
      type: 'block_actions',
      team: { id: 'T9TK3CUKW', domain: 'example' },
      user: { id: 'U0CA5', username: 'ada', name: 'ada', team_id: 'T9TK3CUKW' },
      api_app_id: 'AABA1ABCD',
      container: { type: 'message', message_ts: '1548261231.000200', channel_id: 'CBR2V3XEX' },
      trigger_id: '13345224609.738474920.8088930838d88f008e0',
      response_url: 'https://hooks.slack.com/actions/T0/1/abc',
      actions: [
        {
          ...{ action_id: 'acknowledge', block_id: '=qXel', type: 'button', value: incidentId },
          action_ts: '1548426417.840180',
        },
      ],
      ...changes,
    }),
  }).toString();

export const pagerDutySignature = (secret: string, body: string): string => `v1=${hmac(secret, body)}`;

export const pagerDutyEvent = (incidentKey: string, now: number, changes: object = {}): string =>
  JSON.stringify({
    event: {
      id: '5ac64822-4adc-4fda-ade0-410becf0de4f',
      event_type: 'incident.acknowledged',
      resource_type: 'incident',
      occurred_at: new Date(now).toISOString(),
      agent: { id: 'PXPGF42', summary: 'Earline Greenholt', type: 'user_reference' },
      client: { name: 'PagerDuty' },
      data: { id: 'PT4KHLK', type: 'incident', status: 'acknowledged', incident_key: incidentKey },
      ...changes,
    },
  });
