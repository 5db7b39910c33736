// Owns the Telegram channel: a bot that sends messages in HTML. Pure.
// https://core.telegram.org/bots/api#sendmessage and https://core.telegram.org/bots/api#html-style
import { z } from 'zod';
import { apiUrl } from './api-url.ts';
import { type ChannelResponse, defineChannel, type Outcome } from './channel.ts';
import {
  bodyOf,
  countThatFits,
  DOTS,
  escaped,
  factsOf,
  fieldsOf,
  jsonOf,
  linksOf,
  pageOf,
  postJson,
  titleOf,
} from './chat-text.ts';
import type { Message, Rendered } from './message.ts';

/** Characters of a message, after its entities are parsed. We count with the tags, which is on the safe side. */
const MAX_TEXT = 4_096;
const MAX_TITLE = 400;
const MAX_SUMMARY = 1_800;
const MAX_SUMMARY_ABOVE_ITEMS = 900;
const MAX_FACTS = 8;
const MAX_FACT = 150;
const MAX_URL = 1_000;
/** Of the text, less the title and the summary. */
const ITEMS = 2_500;
const MAX_ITEM = 420;

/** https://core.telegram.org/bots/api#html-style. A name behind `@` is a mention: a space without width prevents it. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '@': '@\u200B',
};
const escapeHtml = (character: string): string => ENTITIES[character] ?? character;
const escapeUrl = (url: string): string => url.replace(/[&<>"]/g, (character) => ENTITIES[character]!);

export const telegram = defineChannel({
  type: 'telegram',
  audience: 'people',
  hasTemplates: true,
  docs: {
    name: 'Telegram',
    summary: 'Sends messages to a chat, a group or a channel of Telegram, by a bot of yours.',
    setup: [
      'Write `/newbot` to [@BotFather](https://t.me/BotFather), and copy the token to `token`.',
      'Add the bot to the group or the channel, or send `/start` to the bot for a chat of your own.',
      'Send a message to the chat, open `https://api.telegram.org/bot<token>/getUpdates`, and copy `chat.id` to `chatId`. A channel with a public name is `@name`.',
      'Optional, for a topic of a group: copy `message_thread_id` to `threadId`.',
    ],
    example: { token: '123456789:AAExampleTokenOfTheBot0123456789abc', chatId: '-1001234567890' },
    behaviour: [
      'A message has a coloured dot, a title, a summary, facts, and buttons that open the acknowledgement, the incident and the runbook.',
      'Follow-ups of an incident answer its first message. Messages without urgency (`info`) arrive without a sound.',
      'Names and details are plain text: an `@` gets a space without width behind it, so a message mentions no person. Link previews are off.',
      'The coordinator waits as long as `retry_after` states. If the bot is blocked or removed from the group, repeated attempts disable the channel.',
      'If a group becomes a supergroup, its id changes: the error of the delivery names the new `chatId`.',
    ],
    limits: ['4,096 characters, so a digest lists as many notifications as fit.'],
    references: [
      { label: 'sendMessage', url: 'https://core.telegram.org/bots/api#sendmessage' },
      { label: 'HTML style', url: 'https://core.telegram.org/bots/api#html-style' },
      { label: 'Errors', url: 'https://core.telegram.org/bots/api#responseparameters' },
    ],
  },
  config: z.strictObject({
    token: z
      .string()
      .regex(/^\d{3,20}:[A-Za-z0-9_-]{20,100}$/, 'Invalid token. Copy it from @BotFather: 123456789:AA…')
      .meta({
        description: 'Token of the bot. Stored encrypted; never returned.',
        example: '123456789:AAExampleTokenOfTheBot0123456789abc',
      }),
    chatId: z
      .string()
      .regex(
        /^(-?\d{1,20}|@[A-Za-z]\w{3,40})$/,
        'Invalid chat. Use its id, such as "-1001234567890", or "@name".',
      )
      .meta({ description: 'Id of the chat, or `@name` of a public channel.', example: '-1001234567890' }),
    threadId: z
      .int()
      .min(1)
      .max(2_147_483_647)
      .optional()
      .meta({ description: 'Topic of a group with topics. Default: none.', example: 42 }),
    apiUrl: apiUrl(
      'https://api.telegram.org',
      'Address of the Bot API. Set it for a Bot API server of your own.',
    ),
  }),
  secretFields: ['token'],
  sentFields: ['token'],
  urlFields: [],
  apiUrlFields: ['apiUrl'],
  capacity: (items) => countThatFits(items, ITEMS, (item) => itemText(item).length + 1),
  async requests(message, { token, chatId, threadId, apiUrl: api }, { receipt }) {
    const buttons = linksOf(message, MAX_URL).filter(({ url }) => canBeButton(url));
    const isReply = message.items.length === 0 && receipt !== null && /^\d{1,15}$/.test(receipt);
    const body = {
      chat_id: chatId,
      ...(threadId !== undefined && { message_thread_id: threadId }),
      text: textOf(message),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      disable_notification: message.severity === 'info',
      ...(isReply && {
        reply_parameters: { message_id: Number(receipt), allow_sending_without_reply: true },
      }),
      ...(buttons.length > 0 && {
        reply_markup: { inline_keyboard: [buttons.map(({ label, url }) => ({ text: label, url }))] },
      }),
    };
    return [postJson(`${api}/bot${token}/sendMessage`, body)];
  },
  outcomeOf,
  receiptOf: ({ body }, { items }, { receipt }) =>
    receipt ??
    (items.length > 0 ? null : (/^\{"ok":true,"result":\{"message_id":(\d{1,15})\b/.exec(body)?.[1] ?? null)),
});

/** Telegram refuses the whole message if the host of a button is not a public name: such a link goes into the text. */
const canBeButton = (url: string): boolean => /^https:\/\/[^/:]+\.[a-z][^/:]*(\/|$)/i.test(url);

function textOf(message: Message): string {
  const title = `${DOTS[message.colour]} <b>${escaped(titleOf(message), MAX_TITLE, escapeHtml)}</b>`;
  const room = message.items.length > 0 ? MAX_SUMMARY_ABOVE_ITEMS : MAX_SUMMARY;
  let text = `${title}\n${escaped(bodyOf(message), room, escapeHtml)}`;
  const facts = factsOf(message)
    .slice(0, MAX_FACTS)
    .map(
      ({ label, value }) =>
        `<b>${escaped(label, 40, escapeHtml)}</b>: ${escaped(value, MAX_FACT, escapeHtml)}`,
    );
  const links = linksOf(message, MAX_URL)
    .filter(({ url }) => !canBeButton(url))
    .map(({ label, url }) => linkText(label, url));
  // A line is whole or absent: half a tag would be refused.
  for (const line of [...message.items.map(itemText), ...links, ...facts])
    if (text.length + line.length < MAX_TEXT) text += `\n${line}`;
  return text;
}

const linkText = (label: string, url: string): string =>
  `<a href="${escapeUrl(url)}">${escaped(label, 200, escapeHtml)}</a>`;

function itemText(item: Rendered): string {
  const page = pageOf(item, 150);
  const title = escaped(item.title, 200, escapeHtml);
  const name = page ? `<a href="${escapeUrl(page.url)}">${title}</a>` : title;
  const room = MAX_ITEM - name.length - 10;
  return `${DOTS[item.colour]} ${name}${room > 40 ? `\n${escaped(item.summary, Math.min(room, 150), escapeHtml)}` : ''}`;
}

/** https://core.telegram.org/bots/api#making-requests */
function outcomeOf({ status, body }: ChannelResponse): Outcome | null {
  const json = jsonOf(body);
  if (status >= 200 && status < 300)
    return /^\s*\{"ok":\s*true\b/.test(body) ? { result: 'delivered' } : { result: 'retry', error: 'not ok' };
  const text = String(json?.description ?? '').slice(0, 150);
  const parameters = fieldsOf(json?.parameters);
  const { retry_after: seconds, migrate_to_chat_id: chatId } = parameters;
  if (status === 429)
    return { result: 'retry', error: text, ...(typeof seconds === 'number' && { afterMs: seconds * 1000 }) };
  if (typeof chatId === 'number') return { result: 'dead', error: `${text} Set \`chatId\` to "${chatId}".` };
  if (status === 403) return { result: 'gone', error: text };
  return status === 400 || status === 401 || status === 404 ? { result: 'dead', error: text } : null;
}
