// Owns the Discord channel: one embed by a webhook. Pure.
// https://docs.discord.com/developers/resources/webhook#execute-webhook and, for the limits,
// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
import { z } from 'zod';
import { type ChannelResponse, defineChannel, type Outcome } from './channel.ts';
import { itemsAsMarkdown, markdownLink } from './chat-markdown.ts';
import {
  bodyOf,
  COLOURS,
  countThatFits,
  escaped,
  factsOf,
  jsonOf,
  linksOf,
  pageOf,
  postJson,
  titleOf,
} from './chat-text.ts';
import type { Message, Rendered } from './message.ts';
import { receiverUrl } from './url-field.ts';

const MAX_TITLE = 256;
const MAX_DESCRIPTION = 4_096;
/** All texts of the embeds of a message. */
const MAX_TOTAL = 6_000;
const MAX_FIELDS = 25;
const MAX_FIELD_NAME = 256;
const MAX_FIELD_VALUE = 1_024;
const MAX_URL = 1_000;
const MAX_SUMMARY = 1_400;
/** Of the description, less the summary and the links. */
const ITEMS = 2_200;
const MAX_ITEM = 400;
const MAX_LINKS = MAX_DESCRIPTION - MAX_SUMMARY - ITEMS;

/** Markdown of Discord, and the beginnings of mentions, times and emoji. An embed mentions no person anyway. */
const MARKUP = /[\\*_~`|>#\-[\]()@<]/;
const escapeMarkdown = (character: string): string => (MARKUP.test(character) ? `\\${character}` : character);

export const discord = defineChannel({
  type: 'discord',
  audience: 'people',
  hasTemplates: true,
  docs: {
    name: 'Discord',
    summary: 'Posts to a channel of a Discord server, by a webhook of the channel.',
    setup: [
      'Open the settings of the channel, then **Integrations**, then **Webhooks**.',
      'Create a webhook, give it a name, and copy its URL to `url`.',
    ],
    example: {
      url: 'https://discord.com/api/webhooks/000000000000000000/example-token-of-the-webhook-0000000000',
    },
    behaviour: [
      'A message is one embed with a coloured border, a title, a summary, facts and links.',
      'Names and details are plain text. `allowed_mentions` is empty, so a message mentions no person and no role.',
      'The coordinator waits as long as `retry_after` of a rate limit states. A deleted webhook disables the channel after repeated attempts.',
    ],
    limits: [
      'Title: 256 characters. Description: 4,096. Facts: 25. All texts of a message: 6,000, so a digest lists as many notifications as fit, and the next message lists the rest.',
    ],
    references: [
      {
        label: 'Execute webhook',
        url: 'https://docs.discord.com/developers/resources/webhook#execute-webhook',
      },
      {
        label: 'Embed limits',
        url: 'https://docs.discord.com/developers/resources/message#embed-object-embed-limits',
      },
    ],
  },
  config: z.strictObject({
    url: receiverUrl('Remove them: the path of the webhook is its password.').meta({
      description: 'Address of the webhook. Stored encrypted; never returned.',
      example: 'https://discord.com/api/webhooks/000000000000000000/example-token-of-the-webhook-0000000000',
    }),
  }),
  secretFields: [],
  sentFields: [],
  urlFields: ['url'],
  capacity: (items) => countThatFits(items, ITEMS, (item) => itemText(item).length + 1),
  async requests(message, { url }) {
    return [postJson(url, { embeds: [embedOf(message)], allowed_mentions: { parse: [] } })];
  },
  outcomeOf,
});

function embedOf(message: Message) {
  const title = escaped(titleOf(message), MAX_TITLE, escapeMarkdown);
  const description = [
    escaped(
      bodyOf(message),
      message.items.length > 0 ? MAX_SUMMARY : MAX_DESCRIPTION - MAX_LINKS,
      escapeMarkdown,
    ),
    ...itemsAsMarkdown(message.items, ITEMS, itemText),
    linksAsText(message),
  ]
    .filter((line) => line !== '')
    .join('\n');
  let total = title.length + description.length;
  const fields = factsOf(message)
    .slice(0, MAX_FIELDS)
    .map(({ label, value }) => ({
      name: escaped(label, MAX_FIELD_NAME, escapeMarkdown),
      value: escaped(value, MAX_FIELD_VALUE, escapeMarkdown),
      inline: true,
    }))
    .filter(({ name, value }) => {
      total += name.length + value.length;
      return total <= MAX_TOTAL;
    });
  return {
    title,
    description,
    color: Number.parseInt(COLOURS[message.colour].slice(1), 16),
    timestamp: message.at,
    ...(fields.length > 0 && { fields }),
  };
}

/** A link is whole or absent. */
function linksAsText(message: Rendered): string {
  let text = '';
  for (const { label, url } of linksOf(message, MAX_URL)) {
    const next = `${text}${text && ' · '}${markdownLink(label, url)}`;
    if (next.length < MAX_LINKS) text = next;
  }
  return text;
}

function itemText(item: Rendered): string {
  const page = pageOf(item, 150);
  const title = escaped(item.title, 200, escapeMarkdown);
  const name = page ? markdownLink(title, page.url) : title;
  const room = MAX_ITEM - name.length - 10;
  return `• ${name}${room > 40 ? `\n${escaped(item.summary, Math.min(room, 160), escapeMarkdown)}` : ''}`;
}

/** https://docs.discord.com/developers/topics/opcodes-and-status-codes#json */
const UNKNOWN_WEBHOOK = 10_015;

/** https://docs.discord.com/developers/topics/rate-limits: seconds, with a fraction, in the body. */
function outcomeOf({ status, headers, body }: ChannelResponse): Outcome | null {
  const json = jsonOf(body);
  const error = String(json?.message ?? '').slice(0, 100);
  if (status === 429) {
    const seconds = Number(json?.retry_after ?? headers.get('retry-after') ?? Number.NaN);
    return { result: 'retry', error, ...(seconds >= 0 && { afterMs: Math.ceil(seconds * 1000) }) };
  }
  if (status === 404 && json?.code === UNKNOWN_WEBHOOK) return { result: 'gone', error };
  return status === 401 || status === 403 || status === 404 ? { result: 'dead', error } : null;
}
