// Owns the Slack channel: an incoming webhook, or a bot that updates its message and answers in its thread. Pure.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
// https://docs.slack.dev/reference/methods/chat.postMessage and https://docs.slack.dev/reference/methods/chat.update
import { z } from 'zod';
import { apiUrl } from './api-url.ts';
import { type ChannelResponse, defineChannel, type Outcome } from './channel.ts';
import { jsonOf, postJson } from './chat-text.ts';
import type { EventType } from './events.ts';
import type { Message } from './message.ts';
import { MAX_ITEMS, slackAttachment } from './slack-blocks.ts';
import { slackDocs } from './slack-docs.ts';
import { receiverUrl } from './url-field.ts';

const config = z
  .strictObject({
    url: receiverUrl('Remove them: the path of the webhook is its password.').optional().meta({
      description:
        'Address of an incoming webhook. Not together with `token`. Stored encrypted; never returned.',
      example: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
    }),
    token: z
      .string()
      .regex(/^xox[a-z.]+-[A-Za-z0-9-]{10,300}$/, 'Invalid token. Use the bot token of your app: xoxb-…')
      .optional()
      .meta({
        description:
          'Bot token with the scope `chat:write`. Needs `channel`. Stored encrypted; never returned.',
        example: 'xoxb-000000000000-000000000000-exampletoken',
      }),
    channel: z
      .string()
      .regex(/^[CGD][A-Z0-9]{6,30}$/, 'Invalid channel. Use the id of the channel, such as C0123456789.')
      .optional()
      .meta({
        description:
          'Id of the channel that the bot posts to. It is at the end of the details of the channel in Slack.',
        example: 'C0123456789',
      }),
    signingSecret: z
      .string()
      .regex(/^[0-9a-f]{32,64}$/, 'Invalid signing secret. Copy it from Basic Information of your app.')
      .optional()
      .meta({
        description:
          'Signing secret of your app. With it, the button Acknowledge works inside Slack. Stored encrypted; never returned.',
        example: '0123456789abcdef0123456789abcdef',
      }),
    apiUrl: apiUrl(
      'https://slack.com/api',
      'Address of the Web API. Set it for GovSlack: `https://slack-gov.com/api`.',
    ),
  })
  .refine(({ url, token }) => (url === undefined) !== (token === undefined), {
    path: ['url'],
    message: 'Set either `url`, for an incoming webhook, or `token` and `channel`, for a bot.',
  })
  .refine(({ token, channel }) => (token === undefined) === (channel === undefined), {
    path: ['channel'],
    message: '`token` and `channel` belong together: the bot posts to the channel. Set both or neither.',
  });

export const slack = defineChannel({
  type: 'slack',
  audience: 'people',
  hasTemplates: true,
  docs: slackDocs,
  config,
  secretFields: ['token', 'signingSecret'],
  sentFields: ['token'],
  urlFields: ['url'],
  apiUrlFields: ['apiUrl'],
  capacity: (items) => Math.min(items.length, MAX_ITEMS),
  async requests(message, { url, token, channel, signingSecret, apiUrl: api }, { receipt }) {
    const attachment = slackAttachment(message, signingSecret !== undefined);
    if (url !== undefined) return [postJson(url, { attachments: [attachment] })];
    const call = (method: string, body: object) =>
      postJson(`${api}/${method}`, body, { authorization: `Bearer ${token}` });
    const post = (more: object, attachments = [attachment]) =>
      call('chat.postMessage', { channel, attachments, ...QUIET, ...more });
    const sent = message.items.length > 0 ? null : parsedReceipt(receipt);
    if (sent === null) return [post({})];
    const { type } = message.notifications[0].body;
    const reply = post({ channel: sent.channel, thread_ts: sent.ts, ...(LOUD.has(type) && SHOWN) });
    if (!changesMessage(type)) return [reply];
    return [call('chat.update', { channel: sent.channel, ts: sent.ts, attachments: [attachment] }), reply];
  },
  outcomeOf,
  receiptOf: (response, message, { receipt }) => receipt ?? receiptOf(response, message),
});

/** Slack makes no links of names, and no previews, which would open the link that acknowledges. */
const QUIET = { link_names: false, parse: 'none', unfurl_links: false, unfurl_media: false } as const;
const SHOWN = { reply_broadcast: true } as const;

/** In a thread alone, these would wake no person: they are shown in the channel too. */
const LOUD: ReadonlySet<EventType> = new Set<EventType>([
  'incident.opened',
  'incident.reminder',
  'incident.escalated',
]);

/** The message shows the newest state. Comments and reminders change nothing of it. */
const changesMessage = (type: EventType): boolean =>
  type === 'incident.opened' || type === 'incident.acknowledged' || /(resolved|recovered|_ended)$/.test(type);

const RECEIPT = /^([A-Z0-9]{1,40}):(\d{1,20}\.\d{1,10})$/;

function parsedReceipt(receipt: string | null): { readonly channel: string; readonly ts: string } | null {
  const match = receipt === null ? null : RECEIPT.exec(receipt);
  return match && { channel: match[1]!, ts: match[2]! };
}

/** Channel and time are at the beginning of the response, which may be cut off. A gathered message is about no single one. */
function receiptOf({ body }: ChannelResponse, { items }: Message): string | null {
  const match = /^\s*\{"ok":true,"channel":"([A-Z0-9]+)","ts":"([\d.]+)"/.exec(body);
  return match === null || items.length > 0 ? null : `${match[1]}:${match[2]}`;
}

/** Errors that pass: https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const PASSING: ReadonlySet<string> = new Set([
  ...['ratelimited', 'rate_limited', 'message_limit_exceeded', 'internal_error', 'fatal_error'],
  ...['service_unavailable', 'request_timeout', 'team_added_to_org', 'rollup_error'],
]);

/** The message cannot be updated any more: a person deleted it, or it is too old. The reply follows nevertheless. */
const NOT_UPDATED: ReadonlySet<string> = new Set([
  ...['message_not_found', 'cant_update_message', 'edit_window_closed', 'update_failed'],
]);

/** Errors after which no message can arrive until a person changes the app, the channel or the workspace. */
const GONE: ReadonlySet<string> = new Set([
  ...['no_service', 'no_team', 'team_disabled', 'channel_is_archived', 'is_archived', 'account_inactive'],
]);

/** The Web API responds 200 with `ok: false`. A webhook responds with the error as text. */
function outcomeOf({ status, headers, body }: ChannelResponse): Outcome | null {
  const isOk = status >= 200 && status < 300;
  const json = /^\s*\{/.test(body);
  if (isOk && (!json || /^\s*\{"ok":\s*true\b/.test(body))) return { result: 'delivered' };
  const parsed = jsonOf(body);
  if (isOk && parsed === null) return { result: 'retry', error: 'the response is not complete' };
  const error = String(json ? (parsed?.error ?? '') : body.trim()).slice(0, 100);
  if (status === 429 || PASSING.has(error)) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    return { result: 'retry', error, ...(seconds >= 0 && { afterMs: seconds * 1000 }) };
  }
  if (isOk && NOT_UPDATED.has(error)) return { result: 'delivered' };
  if (GONE.has(error)) return { result: 'gone', error };
  const isRefused = status >= 400 && status < 500 && status !== 408;
  return isOk || isRefused ? { result: 'dead', error } : null;
}
