// Owns the Pushover channel: its message API (https://pushover.net/api), and the end of an emergency
// (https://pushover.net/api/receipts). Pure.
import { z } from 'zod';
import { apiUrl, withoutSlash } from './api-url.ts';
import { type ChannelResponse, defineChannel, type HttpRequest, type Outcome } from './channel.ts';
import { conditionOf, type Phase } from './condition.ts';
import type { Link, Message } from './message.ts';
import { shortened } from './plain-text.ts';
import { bodyOf, firstLink, itemLine, linesThatFit, titleOf } from './short-text.ts';
import { formPost, jsonObjectOf } from './vendor-request.ts';

/** https://pushover.net/api#limits, in characters. UTF-16 units are never fewer. */
const MAX_MESSAGE = 1_024;
const MAX_TITLE = 250;
const MAX_URL = 512;
const MAX_URL_TITLE = 100;
/** Of a gathered message: the rest of it is the list. */
const MAX_SUMMARY = 320;
/** https://pushover.net/api#priority: an emergency repeats at most for three hours. */
const MIN_RETRY_SECONDS = 30;
const MAX_EXPIRE_SECONDS = 10_800;

const EMERGENCY = 2;
const HIGH = 1;
const NORMAL = 0;

const key = (what: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9]{30}$/, `The ${what} must have 30 letters and digits. Copy it from pushover.net.`);

const config = z.strictObject({
  token: key('API token').meta({
    description: 'API token of your application. Stored encrypted; never returned.',
    example: 'azGDORePK8gMaC0QOYAMyEEuzJnyUi',
  }),
  user: key('user key').meta({
    description: 'Key of a user or a group. Stored encrypted; never returned.',
    example: 'uQiRzpo4DXghDmr9QzzfQu27cmVRsG',
  }),
  device: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,25}$/, 'A device name has 1 to 25 letters, digits, "_" and "-".')
    .optional()
    .meta({ description: 'Name of one device. Absent: all devices.', example: 'phone' }),
  emergency: z.boolean().default(true).meta({
    description:
      'Whether the opening, reminders and escalations of an outage repeat until a person acknowledges them. Default: true.',
  }),
  retrySeconds: z.int().min(MIN_RETRY_SECONDS).max(MAX_EXPIRE_SECONDS).default(60).meta({
    description: 'Pause between two repetitions of an emergency, in seconds. Default: 60.',
    example: 60,
  }),
  expireSeconds: z.int().min(MIN_RETRY_SECONDS).max(MAX_EXPIRE_SECONDS).default(3_600).meta({
    description: 'How long an emergency repeats, in seconds. Default: 3600.',
    example: 3_600,
  }),
  apiUrl: apiUrl('https://api.pushover.net', 'Address of the Pushover API.'),
});

type Config = z.output<typeof config>;

export const pushover = defineChannel({
  type: 'pushover',
  audience: 'people',
  hasTemplates: true,
  config,
  secretFields: ['token', 'user'],
  sentFields: ['token', 'user'],
  urlFields: [],
  apiUrlFields: ['apiUrl'],
  docs: {
    name: 'Pushover',
    summary: 'Sends push messages to a user or a group. Outages are emergencies, which repeat.',
    setup: [
      'Create an application on <https://pushover.net/apps/build>. Its API token is `token`.',
      'Copy your user key, or the key of a delivery group, from <https://pushover.net>. It is `user`.',
    ],
    example: { token: 'azGDORePK8gMaC0QOYAMyEEuzJnyUi', user: 'uQiRzpo4DXghDmr9QzzfQu27cmVRsG' },
    behaviour: [
      'Outages have emergency priority: Pushover repeats them every `retrySeconds`, for at most `expireSeconds`, until a person acknowledges them in the app. Other critical events bypass quiet hours, the rest does not.',
      'An acknowledgement and the end of an incident stop its emergency. That of a gathered message ends in the app, or after `expireSeconds`.',
      'The link of the message opens the page that acknowledges, or the incident. Other links follow the text.',
      'The acknowledgement in the app stops the repetitions only: the incident stays unacknowledged in probemesh.',
    ],
    limits: ['Message: 1,024 characters. Title: 250. URL: 512. Title of the URL: 100.'],
    references: [
      { label: 'Message API', url: 'https://pushover.net/api' },
      { label: 'Receipts and cancellation', url: 'https://pushover.net/api/receipts' },
    ],
  },
  async requests(message, settings, { publicUrl }) {
    const [notification] = message.notifications;
    const isGathered = message.items.length > 0;
    const { phase, key: tag } = conditionOf(notification, publicUrl);
    const isEmergency =
      settings.emergency &&
      (isGathered ? message.severity === 'critical' && message.colour === 'red' : isRinging(message, phase));
    const send = messageRequest(message, settings, isEmergency, isGathered ? null : tag);
    const rang = settings.emergency && notification.body.data.incident?.verdict === 'down';
    const isQuietedBy = phase === 'ends' || phase === 'acknowledged';
    // The end of the repetitions is idempotent, so it goes first.
    return !isGathered && rang && isQuietedBy ? [cancelRequest(settings, tag), send] : [send];
  },
  capacity: (items) => linesThatFit(items.map(itemLine), MAX_MESSAGE - MAX_SUMMARY, (text) => text.length),
  outcomeOf,
});

/** What a person has to take care of now. */
const isRinging = ({ severity }: Message, phase: Phase): boolean =>
  severity === 'critical' && (phase === 'begins' || phase === 'lasts');

function messageRequest(
  message: Message,
  settings: Config,
  isEmergency: boolean,
  tag: string | null,
): HttpRequest {
  const { apiUrl: base, token, user, device, retrySeconds, expireSeconds } = settings;
  const link = [firstLink(message), ...message.links].find((one) => one && one.url.length <= MAX_URL);
  const priority = isEmergency ? EMERGENCY : isLoud(message) ? HIGH : NORMAL;
  return formPost(`${withoutSlash(base)}/1/messages.json`, {
    token,
    user,
    ...(device === undefined ? {} : { device }),
    title: shortened(titleOf(message), MAX_TITLE),
    message: textOf(message, link),
    timestamp: String(Math.floor(Date.parse(message.at) / 1_000)),
    priority: String(priority),
    ...(isEmergency ? { retry: String(retrySeconds), expire: String(expireSeconds) } : {}),
    ...(isEmergency && tag !== null ? { tags: tag } : {}),
    ...(link ? { url: link.url, url_title: shortened(link.label, MAX_URL_TITLE) } : {}),
  });
}

const isLoud = ({ severity, colour }: Message): boolean => severity === 'critical' && colour === 'red';

const cancelRequest = ({ apiUrl: base, token }: Config, tag: string): HttpRequest =>
  formPost(`${withoutSlash(base)}/1/receipts/cancel_by_tag/${encodeURIComponent(tag)}.json`, { token });

function textOf(message: Message, link: Link | undefined): string {
  if (message.items.length > 0) {
    const summary = shortened(bodyOf(message), MAX_SUMMARY);
    return shortened([summary, ...message.items.map(itemLine)].join('\n'), MAX_MESSAGE);
  }
  let room = MAX_MESSAGE - Math.min(bodyOf(message).length, MAX_SUMMARY);
  const others = message.links.filter((one) => one !== link).map(({ label, url }) => `${label}: ${url}`);
  const shown = others.filter((line) => {
    room -= line.length + 1;
    return room >= 0;
  });
  const rest = shown.reduce((sum, line) => sum + line.length + 1, 0);
  return [shortened(bodyOf(message), MAX_MESSAGE - rest), ...shown].join('\n');
}

/** https://pushover.net/api#friendly: 4xx must not be repeated as it is. A person can correct a wrong key. */
function outcomeOf({ status, body }: ChannelResponse): Outcome | null {
  const response = jsonObjectOf(body);
  if (response === null || status >= 500 || status === 429) return null;
  const { status: result, token, user } = response;
  if (status >= 200 && status < 300)
    return result === 1 ? { result: 'delivered' } : { result: 'retry', ...errorOf(response) };
  const isKey = token === 'invalid' || user === 'invalid';
  return { result: isKey ? 'retry' : 'dead', ...errorOf(response) };
}

function errorOf({ errors }: Record<string, unknown>): { readonly error?: string } {
  return Array.isArray(errors) && errors.length > 0 ? { error: errors.map(String).join(', ') } : {};
}
