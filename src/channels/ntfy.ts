// Owns the ntfy channel: a message that is published as JSON (https://docs.ntfy.sh/publish/#publish-as-json). Pure.
import { z } from 'zod';
import { apiUrl, withoutSlash } from './api-url.ts';
import { defineChannel } from './channel.ts';
import type { Severity } from './events.ts';
import type { Colour, Message } from './message.ts';
import { bodyOf, bytesOf, firstLink, itemLine, linesThatFit, shortenedBytes, titleOf } from './short-text.ts';
import { jsonPost } from './vendor-request.ts';

/** https://docs.ntfy.sh/publish/#limitations. A longer message becomes an attachment. */
const MAX_MESSAGE_BYTES = 4_096;
const MAX_TITLE_BYTES = 1_024;
/** Of a gathered message: the rest of it is the list. */
const MAX_SUMMARY_BYTES = 1_600;
/** https://docs.ntfy.sh/publish/#action-buttons */
const MAX_ACTIONS = 3;

/** https://docs.ntfy.sh/publish/#message-priority: 5 is max, 3 is default. */
const PRIORITIES: Readonly<Record<Severity, number>> = { critical: 5, warning: 4, info: 3 };

/** Short codes that become emoji: https://docs.ntfy.sh/emojis/ */
const TAGS: Readonly<Record<Colour, string>> = {
  red: 'rotating_light',
  orange: 'warning',
  green: 'white_check_mark',
  blue: 'information_source',
  grey: 'test_tube',
};

const config = z.strictObject({
  topic: z
    .string()
    .regex(
      /^[A-Za-z0-9_-]{9,64}$/,
      'The topic must have 9 to 64 letters, digits, "_" and "-". Choose one that cannot be guessed.',
    )
    .meta({
      description:
        'Topic. The name alone opens a topic without access control, so it is a secret. Stored encrypted; never returned.',
      example: 'probemesh-k3v9x2mq7d',
    }),
  token: z
    .string()
    .regex(/^[\x21-\x7e]{9,500}$/, 'The token must have 9 to 500 printable characters without spaces.')
    .optional()
    .meta({
      description: 'Access token of a protected topic. Stored encrypted; never returned.',
      example: 'tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2',
    }),
  apiUrl: apiUrl('https://ntfy.sh', 'Address of the ntfy server, without a topic.'),
});

export const ntfy = defineChannel({
  type: 'ntfy',
  audience: 'people',
  hasTemplates: true,
  config,
  secretFields: ['topic', 'token'],
  sentFields: ['topic', 'token'],
  urlFields: [],
  apiUrlFields: ['apiUrl'],
  docs: {
    name: 'ntfy',
    summary: 'Publishes push messages to a topic of ntfy.sh, or of your own ntfy server.',
    setup: [
      'Choose a topic that cannot be guessed, and subscribe to it in the ntfy app.',
      'For a protected topic, create an access token under **Account → Access tokens**. It is `token`.',
      'For your own server, set `apiUrl` to its address.',
    ],
    example: { topic: 'probemesh-k3v9x2mq7d', token: 'tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2' },
    behaviour: [
      'Critical events have priority 5 (max), warnings 4 (high), others 3. A tag shows the colour as an emoji.',
      'Buttons open the page that acknowledges, the incident and the runbook. A tap on the message opens the first of them.',
      'Gathered messages list every monitor.',
    ],
    limits: ['Title: 1 KB. Message: 4,096 bytes. Three buttons.'],
    references: [
      { label: 'Publish as JSON', url: 'https://docs.ntfy.sh/publish/#publish-as-json' },
      { label: 'Limitations', url: 'https://docs.ntfy.sh/publish/#limitations' },
    ],
  },
  requests: async (message, { apiUrl: base, topic, token }, { publicUrl }) => [
    jsonPost(
      `${withoutSlash(base)}/`,
      {
        topic,
        title: shortenedBytes(titleOf(message), MAX_TITLE_BYTES),
        message: textOf(message),
        priority: PRIORITIES[message.severity],
        tags: [TAGS[message.colour]],
        click: firstLink(message)?.url ?? publicUrl,
        actions: actionsOf(message),
      },
      token === undefined ? {} : { authorization: `Bearer ${token}` },
    ),
  ],
  capacity: (items) => linesThatFit(items.map(itemLine), MAX_MESSAGE_BYTES - MAX_SUMMARY_BYTES, bytesOf),
});

/** Clients open the address of a `view` button. No request acknowledges anything by itself. */
const actionsOf = ({ links }: Message): object[] =>
  links
    .toSorted((a, b) => Number(b.kind === 'acknowledge') - Number(a.kind === 'acknowledge'))
    .slice(0, MAX_ACTIONS)
    .map(({ label, url }) => ({ action: 'view', label, url }));

function textOf(message: Message): string {
  if (message.items.length === 0) return shortenedBytes(bodyOf(message), MAX_MESSAGE_BYTES);
  const summary = shortenedBytes(bodyOf(message), MAX_SUMMARY_BYTES);
  return shortenedBytes([summary, ...message.items.map(itemLine)].join('\n'), MAX_MESSAGE_BYTES);
}
