// Owns the SMS channel: the Message resource of Twilio (https://www.twilio.com/docs/messaging/api/message-resource). Pure.
import { z } from 'zod';
import { apiUrl, withoutSlash } from './api-url.ts';
import { type ChannelResponse, defineChannel, type Outcome } from './channel.ts';
import { toGsm } from './gsm-text.ts';
import type { Message } from './message.ts';
import { shortened } from './plain-text.ts';
import { bodyOf, itemLine, linesThatFit, titleOf } from './short-text.ts';
import { formPost, jsonObjectOf } from './vendor-request.ts';

/** https://www.twilio.com/docs/api/errors/21617 */
const MAX_BODY = 1_600;
/** Of one notification: four segments of GSM-7. Each is billed. */
const MAX_SHORT = 612;
const MIN_SUMMARY = 80;
/** Of a gathered message: the rest of it is the list. */
const MAX_HEAD = 400;

const phoneNumber = z
  .string()
  .regex(
    /^\+[1-9]\d{6,14}$/,
    'The number must be in E.164 format: "+" and 7 to 15 digits, such as +4915112345678.',
  );

const config = z.strictObject({
  accountSid: z
    .string()
    .regex(/^AC[0-9a-fA-F]{32}$/, 'The account SID must be "AC" and 32 hexadecimal digits.')
    .meta({ description: 'SID of the account.', example: 'AC0123456789abcdef0123456789abcdef' }),
  authToken: z
    .string()
    .regex(/^[A-Za-z0-9]{32}$/, 'The token must have 32 letters and digits. Copy it from the Twilio console.')
    .meta({
      description:
        'Auth token of the account, or the secret of the API key in `apiKeySid`. Stored encrypted; never returned.',
      example: 'f2ca1bb6c7e907d06dafe4687e579fce',
    }),
  apiKeySid: z
    .string()
    .regex(/^SK[0-9a-fA-F]{32}$/, 'The SID of an API key must be "SK" and 32 hexadecimal digits.')
    .optional()
    .meta({
      description: 'SID of an API key. Absent: `authToken` is that of the account.',
      example: 'SK0123456789abcdef0123456789abcdef',
    }),
  from: z
    .string()
    .regex(
      /^(\+[1-9]\d{6,14}|MG[0-9a-fA-F]{32}|(?=[A-Za-z0-9 ]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 ]{0,10})$/,
      'The sender must be a number such as +15551234567, the SID of a messaging service ("MG…"), or a name of up to 11 letters and digits.',
    )
    .meta({
      description:
        'Sender: a number in E.164 format, the SID of a messaging service, or an alphanumeric name.',
      example: '+15551234567',
    }),
  to: phoneNumber.meta({
    description: 'Number that gets the messages, in E.164 format.',
    example: '+4915112345678',
  }),
  apiUrl: apiUrl('https://api.twilio.com', 'Address of the Twilio API.'),
});

export const twilio = defineChannel({
  type: 'twilio',
  audience: 'people',
  hasTemplates: true,
  config,
  secretFields: ['authToken'],
  sentFields: ['authToken'],
  urlFields: [],
  apiUrlFields: ['apiUrl'],
  docs: {
    name: 'SMS (Twilio)',
    summary: 'Sends text messages to one telephone number through Twilio.',
    setup: [
      'In the Twilio console, copy **Account SID** and **Auth Token**, or create an API key and set `apiKeySid` too.',
      'Buy a number, or create a messaging service. It is `from`.',
      'Create one channel for each number that gets messages.',
    ],
    example: {
      accountSid: 'AC0123456789abcdef0123456789abcdef',
      authToken: 'f2ca1bb6c7e907d06dafe4687e579fce',
      from: '+15551234567',
      to: '+4915112345678',
    },
    behaviour: [
      'Plain text: the title, what the locations saw, then the links that acknowledge and open the incident and the runbook.',
      'Typographic characters become those of the GSM alphabet, so that a segment holds 153 characters. A name in another script is sent as it is, with 67 characters a segment.',
      'Twilio has no idempotency key. If a response is lost, a message can arrive twice.',
    ],
    limits: ['One notification: 612 characters. Gathered messages: 1,600 characters.'],
    references: [
      { label: 'Message resource', url: 'https://www.twilio.com/docs/messaging/api/message-resource' },
      { label: 'Error codes', url: 'https://www.twilio.com/docs/api/errors' },
    ],
  },
  async requests(message, { apiUrl: base, accountSid, authToken, apiKeySid, from, to }) {
    const sender = from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from };
    return [
      formPost(
        `${withoutSlash(base)}/2010-04-01/Accounts/${accountSid}/Messages.json`,
        { To: to, ...sender, Body: textOf(message) },
        { authorization: `Basic ${btoa(`${apiKeySid ?? accountSid}:${authToken}`)}` },
      ),
    ];
  },
  capacity: (items) =>
    linesThatFit(
      items.map((item) => toGsm(itemLine(item))),
      MAX_BODY - MAX_HEAD,
      (text) => text.length,
    ),
  outcomeOf,
});

function textOf(message: Message): string {
  const title = toGsm(titleOf(message));
  const summary = toGsm(bodyOf(message));
  if (message.items.length > 0) {
    const head = cut(`${title}\n${summary}`, MAX_HEAD);
    return cut([head, ...message.items.map((item) => toGsm(itemLine(item)))].join('\n'), MAX_BODY);
  }
  // A template decides about its length itself.
  const limit = message.templated.body === null ? MAX_SHORT : MAX_BODY;
  const links = linesOf(message, limit - title.length - MIN_SUMMARY);
  const room = limit - links.reduce((sum, line) => sum + line.length + 1, 0);
  return [cut(`${title}\n${summary}`, Math.max(0, room)), ...links].join('\n');
}

/** Whole addresses only, the page that acknowledges first. */
function linesOf({ links }: Message, limit: number): string[] {
  let room = limit;
  const sorted = links.toSorted(
    (a, b) => Number(b.kind === 'acknowledge') - Number(a.kind === 'acknowledge'),
  );
  return sorted
    .map(({ label, url }) => `${label}: ${url}`)
    .filter((line) => {
      if (line.length + 1 > room) return false;
      room -= line.length + 1;
      return true;
    });
}

/** "..." in place of "…", which is not in the GSM alphabet. */
const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${shortened(text, Math.max(1, length - 2)).slice(0, -1)}...`;

/** Errors that pass, although the status is 400: https://www.twilio.com/docs/api/errors */
const PASSING: ReadonlySet<unknown> = new Set([
  // The queue of the sender is full.
  21611,
  // Too many messages for the sender.
  14107,
]);

function outcomeOf({ status, body }: ChannelResponse): Outcome | null {
  if (status !== 400) return null;
  const { code, message } = jsonObjectOf(body) ?? {};
  const error = typeof message === 'string' ? { error: `${message} (${code})` } : {};
  return { result: PASSING.has(code) ? 'retry' : 'dead', ...error };
}
