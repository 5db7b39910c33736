// Owns the Google Chat channel: a card by a webhook of a space, in a thread for each incident. Pure.
// https://developers.google.com/workspace/chat/quickstart/webhooks and
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
import { z } from 'zod';
import { type ChannelResponse, defineChannel, type Outcome } from './channel.ts';
import {
  bodyOf,
  bytesOf,
  countThatFits,
  DOTS,
  escaped,
  factsOf,
  fieldsOf,
  jsonBytesOf,
  jsonOf,
  linksOf,
  pageOf,
  postJson,
  threadOf,
  titleOf,
} from './chat-text.ts';
import type { Link, Message, Rendered } from './message.ts';
import { receiverUrl } from './url-field.ts';

/** Bytes of JSON. All together less than 32,000, the limit of a message with its cards. */
const MAX_TITLE = 600;
const MAX_BODY = 5_000;
const MAX_FACTS = 12;
const MAX_FACT = 400;
const MAX_URL = 1_000;
const ITEMS = 16_000;
const MAX_ITEM_TITLE = 400;
const MAX_ITEM_TEXT = 300;
const MAX_ITEM_URL = 200;
/** A section holds 100 widgets. */
const MAX_ITEMS = 80;

/** Cards read these tags of HTML: https://developers.google.com/workspace/chat/format-messages#card-formatting */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\n': '<br>',
};
const html = (text: string, limit: number): string =>
  escaped(text, limit, (character) => ENTITIES[character] ?? character, jsonBytesOf);

/** Where no tags are read. */
const BRACKETS: Readonly<Record<string, string>> = { '<': '‹', '>': '›', '\n': ' ' };
const text = (value: string, limit: number): string =>
  escaped(value, limit, (character) => BRACKETS[character] ?? character, jsonBytesOf);

const EXAMPLE =
  'https://chat.googleapis.com/v1/spaces/AAAAexample/messages?key=example-key&token=example-token';

export const googleChat = defineChannel({
  type: 'google-chat',
  audience: 'people',
  hasTemplates: true,
  docs: {
    name: 'Google Chat',
    summary: 'Posts cards to a space of Google Chat, by a webhook of the space.',
    setup: [
      'Open the space in a browser, then the menu of its name, then **Apps & integrations**.',
      'Add a webhook, give it a name, and copy its URL to `url`. The URL contains a key and a token: treat it as a password.',
    ],
    example: { url: EXAMPLE },
    behaviour: [
      'A message is one card with a coloured dot, a title, a summary, facts, and buttons for the acknowledgement, the incident and the runbook.',
      'Everything about one incident is in one thread, if the space has threads.',
      'A repeated attempt has the same `requestId`, so that Google Chat shows the message once.',
      'Names and details are plain text: they mention no person.',
      'If the webhook or the space was deleted, repeated attempts disable the channel.',
    ],
    limits: [
      'A message: 32,000 bytes. A digest lists as many notifications as fit, and the next message lists the rest.',
      'A space takes one message a second. The coordinator retries what is refused.',
    ],
    references: [
      { label: 'Webhooks', url: 'https://developers.google.com/workspace/chat/quickstart/webhooks' },
      {
        label: 'spaces.messages.create',
        url: 'https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create',
      },
      { label: 'Cards', url: 'https://developers.google.com/workspace/chat/api/reference/rest/v1/cards' },
    ],
  },
  config: z.strictObject({
    url: receiverUrl('Remove them: the token in the URL is its password.').meta({
      description: 'URL of the webhook. Stored encrypted; never returned.',
      example: EXAMPLE,
    }),
  }),
  secretFields: [],
  sentFields: [],
  urlFields: ['url'],
  capacity: itemsThatFit,
  async requests(message, { url }) {
    const address = new URL(url);
    const threadKey = threadOf(message);
    address.searchParams.set('requestId', message.id);
    if (threadKey !== null)
      address.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD');
    return [
      postJson(address.href, {
        fallbackText: text(titleOf(message), MAX_TITLE),
        ...(threadKey !== null && { thread: { threadKey } }),
        cardsV2: [{ cardId: 'notification', card: cardOf(message) }],
      }),
    ];
  },
  outcomeOf,
});

function cardOf(message: Message) {
  const buttons = linksOf(message, MAX_URL).map(buttonOf);
  const facts = factsOf(message).slice(0, MAX_FACTS);
  const widgets = [
    { textParagraph: { text: html(bodyOf(message), MAX_BODY) } },
    ...(buttons.length > 0 ? [{ buttonList: { buttons } }] : []),
    ...facts.map(({ label, value }) => ({
      decoratedText: { topLabel: label, text: html(value, MAX_FACT), wrapText: true },
    })),
  ];
  const items = message.items.length === 0 ? [] : message.items.slice(0, itemsThatFit(message.items));
  return {
    header: { title: `${DOTS[message.colour]} ${text(titleOf(message), MAX_TITLE)}` },
    sections: [{ widgets }, ...(items.length > 0 ? [{ widgets: items.map(itemWidget) }] : [])],
  };
}

const buttonOf = ({ label, url }: Link) => ({ text: label, onClick: { openLink: { url } } });

function itemWidget(item: Rendered) {
  const page = pageOf(item, MAX_ITEM_URL);
  return {
    decoratedText: {
      text: `${DOTS[item.colour]} <b>${html(item.title, MAX_ITEM_TITLE)}</b>`,
      bottomLabel: text(item.summary, MAX_ITEM_TEXT),
      wrapText: true,
      ...(page && { button: buttonOf(page) }),
    },
  };
}

function itemsThatFit(items: readonly Rendered[]): number {
  const sizeOf = (item: Rendered): number => bytesOf(JSON.stringify(itemWidget(item))) + 1;
  return Math.min(MAX_ITEMS, countThatFits(items, ITEMS, sizeOf));
}

/** https://cloud.google.com/apis/design/errors#http_mapping */
function outcomeOf({ status, body }: ChannelResponse): Outcome | null {
  if (status < 400 || status === 408 || status >= 429) return null;
  const details = fieldsOf(jsonOf(body)?.error);
  const error = String(details.message ?? '').slice(0, 150);
  return { result: status === 404 || status === 410 ? 'gone' : 'dead', error };
}
