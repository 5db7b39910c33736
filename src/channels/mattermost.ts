// Owns the Mattermost channel: an incoming webhook with an attachment. Pure.
// https://developers.mattermost.com/integrate/webhooks/incoming/ and
// https://developers.mattermost.com/integrate/reference/message-attachments/
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

/** Characters of a post, which the server also applies to attachments: 16,383. The rest is for facts and JSON. */
const MAX_BODY = 5_000;
const MAX_TITLE = 300;
const MAX_FACTS = 12;
const MAX_FACT = 400;
const MAX_URL = 1_000;
/** Texts above 8,000 characters in one attachment are folded. */
const ITEMS = 7_000;
const MAX_ITEM = 600;

/** A backslash in front of other characters would be shown. */
const MARKUP = /[\\*_~`|#\-[\]()!+]/;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** A mention is `@` and a name, in attachments too. No markup stops it, a space without width does. */
const AT = '@\u200B';

const escapeMarkdown = (character: string): string =>
  character === '@' ? AT : (ENTITIES[character] ?? (MARKUP.test(character) ? `\\${character}` : character));

/** In a notification and where no Markdown is read. Mentions are found there too. */
const PLAIN: Readonly<Record<string, string>> = { '@': AT, '<': '‹', '>': '›', '(': '\u200B(' };
const escapePlain = (character: string): string => PLAIN[character] ?? character;

export const mattermost = defineChannel({
  type: 'mattermost',
  audience: 'people',
  hasTemplates: true,
  docs: {
    name: 'Mattermost',
    summary: 'Posts to a channel of Mattermost, by an incoming webhook.',
    setup: [
      'In the product menu, open **Integrations**, then **Incoming Webhooks**. An administrator may have to enable them.',
      'Add a webhook for the channel, and copy its URL to `url`.',
    ],
    example: { url: 'https://mattermost.example.com/hooks/xxxgeneratedkeyxxx' },
    behaviour: [
      'A message is one attachment with a coloured border, a title that links to the incident, a summary, facts and links.',
      'Names and details are plain text: an `@` gets a space without width behind it, so a message mentions no person.',
    ],
    limits: ['A post: 16,383 characters. A digest lists as many notifications as fit.'],
    references: [
      { label: 'Incoming webhooks', url: 'https://developers.mattermost.com/integrate/webhooks/incoming/' },
      {
        label: 'Message attachments',
        url: 'https://developers.mattermost.com/integrate/reference/message-attachments/',
      },
    ],
  },
  config: z.strictObject({
    url: receiverUrl('Remove them: the path of the webhook is its password.').meta({
      description: 'Address of the incoming webhook. Stored encrypted; never returned.',
      example: 'https://mattermost.example.com/hooks/xxxgeneratedkeyxxx',
    }),
  }),
  secretFields: [],
  sentFields: [],
  urlFields: ['url'],
  capacity: (items) => countThatFits(items, ITEMS, (item) => itemText(item).length + 1),
  async requests(message, { url }) {
    return [postJson(url, { attachments: [attachmentOf(message)] })];
  },
  outcomeOf,
});

function attachmentOf(message: Message) {
  const page = pageOf(message, MAX_URL);
  const links = linksOf(message, MAX_URL).map(({ label, url }) => markdownLink(label, url));
  const text = [
    escaped(bodyOf(message), MAX_BODY, escapeMarkdown),
    ...itemsAsMarkdown(message.items, ITEMS, itemText),
    links.join(' · '),
  ];
  return {
    fallback: escaped(`${titleOf(message)}: ${bodyOf(message)}`, 1_000, escapePlain),
    color: COLOURS[message.colour],
    title: escaped(titleOf(message), MAX_TITLE, escapeMarkdown),
    ...(page && { title_link: page.url }),
    text: text.filter((line) => line !== '').join('\n'),
    fields: factsOf(message)
      .slice(0, MAX_FACTS)
      .map(({ label, value }) => ({
        title: label,
        value: escaped(value, MAX_FACT, escapeMarkdown),
        short: true,
      })),
  };
}

function itemText(item: Rendered): string {
  const page = pageOf(item, 200);
  const title = escaped(item.title, 250, escapeMarkdown);
  const name = page ? markdownLink(title, page.url) : title;
  const room = MAX_ITEM - name.length - 10;
  return `- ${name}${room > 40 ? `\n  ${escaped(item.summary, Math.min(room, 300), escapeMarkdown)}` : ''}`;
}

/** Errors have `id` and `message`: https://api.mattermost.com/#tag/errors. An unknown webhook is a 400 or a 404. */
function outcomeOf({ status, body }: ChannelResponse): Outcome | null {
  if (status !== 400 && status !== 401 && status !== 403 && status !== 404) return null;
  const json = jsonOf(body);
  return { result: 'dead', error: String(json?.message ?? '').slice(0, 100) };
}
