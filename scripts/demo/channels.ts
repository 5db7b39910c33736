// Owns the channels of the demo: each sends to the inbox, which imitates the vendor. Pure. Does not add them to the mesh.
import { createHmac } from 'node:crypto';
import type { Callbacks } from '../inbox/press.ts';
import type { Secrets } from '../start/data-dir.ts';

export const INBOX_ID = 'demo-inbox';
const SLACK_ID = 'demo-slack';
const PAGERDUTY_ID = 'demo-pagerduty';
const EMAIL_ID = 'demo-email';
const SMS_ID = 'demo-sms';

/** Ids of all channels of the demo. */
export const DEMO_CHANNEL_IDS: readonly string[] = [
  INBOX_ID,
  SLACK_ID,
  'demo-teams',
  'demo-discord',
  'demo-telegram',
  PAGERDUTY_ID,
  EMAIL_ID,
  SMS_ID,
];

/** A secret of the demo: the same at every start with the same data folder. */
const secretFor = (secrets: Secrets, name: string): string =>
  createHmac('sha256', secrets.inboxSecret).update(name).digest('hex').slice(0, 32);

export interface DemoChannel {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The channels for an inbox at this address. */
export function demoChannels(inboxUrl: string, secrets: Secrets): readonly DemoChannel[] {
  const secret = (name: string): string => secretFor(secrets, name);
  return [
    {
      ...{ id: INBOX_ID, type: 'webhook', name: 'Demo inbox' },
      config: { url: `${inboxUrl}/hook`, secret: secrets.inboxSecret },
    },
    {
      ...{ id: SLACK_ID, type: 'slack', name: 'Slack (demo)' },
      config: { url: `${inboxUrl}/slack/services/T0DEMO/B0DEMO/demo`, signingSecret: secret('slack') },
    },
    {
      ...{ id: 'demo-teams', type: 'teams', name: 'Teams (demo)' },
      config: { url: `${inboxUrl}/teams/workflows/demo` },
    },
    {
      ...{ id: 'demo-discord', type: 'discord', name: 'Discord (demo)' },
      config: { url: `${inboxUrl}/discord/api/webhooks/1/demo` },
    },
    {
      ...{ id: 'demo-telegram', type: 'telegram', name: 'Telegram (demo)' },
      config: {
        apiUrl: `${inboxUrl}/telegram`,
        token: `123456789:${secret('telegram')}abc`,
        chatId: '-1001',
      },
    },
    {
      ...{ id: PAGERDUTY_ID, type: 'pagerduty', name: 'PagerDuty (demo)' },
      config: {
        apiUrl: `${inboxUrl}/pagerduty`,
        routingKey: secret('pagerduty-routing'),
        webhookSecret: secret('pagerduty'),
      },
    },
    {
      ...{ id: EMAIL_ID, type: 'email', name: 'Email (demo)' },
      config: {
        provider: 'resend',
        apiUrl: `${inboxUrl}/email`,
        apiKey: secret('email'),
        from: 'alerts@example.com',
        to: ['you@example.com'],
      },
    },
    {
      ...{ id: SMS_ID, type: 'twilio', name: 'SMS (demo)' },
      config: {
        apiUrl: `${inboxUrl}/twilio`,
        accountSid: `AC${secret('twilio-sid')}`,
        authToken: secret('twilio'),
        from: '+15005550006',
        to: '+15005550009',
      },
    },
  ];
}

/** Where the inbox sends what a person does in the tools. */
export const demoCallbacks = (url: string, secrets: Secrets): Callbacks => ({
  url,
  slack: { channelId: SLACK_ID, signingSecret: secretFor(secrets, 'slack') },
  pagerduty: { channelId: PAGERDUTY_ID, webhookSecret: secretFor(secrets, 'pagerduty') },
});

const MINUTE_SECONDS = 60;

/** Outages go to all tools at once, and after two minutes without acknowledgement an SMS is sent. Warnings go to Slack. */
export const DEMO_ROUTES = [
  {
    id: 'demo-outages',
    name: 'Outages (demo)',
    match: { severities: ['critical'] },
    steps: [
      { channels: DEMO_CHANNEL_IDS.filter((id) => id !== SMS_ID), afterSeconds: 0 },
      { channels: [SMS_ID], afterSeconds: 2 * MINUTE_SECONDS },
    ],
    repeatMinutes: 30,
  },
  {
    id: 'demo-warnings',
    name: 'Warnings (demo)',
    match: { severities: ['warning'] },
    steps: [{ channels: [INBOX_ID, SLACK_ID], afterSeconds: 0 }],
  },
] as const;
