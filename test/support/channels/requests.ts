// The requests that a channel describes, and what is in them.
import type { Channel, ChannelRequest, HttpRequest } from '../../../src/channels/channel.ts';
import type { Message } from '../../../src/channels/message.ts';
import type { OutgoingNotification } from '../../../src/channels/notification.ts';
import { toMessage } from '../../../src/channels/to-message.ts';

export const PUBLIC_URL = 'https://status.example.com';

/** The first request. Throws if it is not an HTTP request. */
export async function requestOf(
  channel: unknown,
  notification: OutgoingNotification,
  config: Readonly<Record<string, unknown>>,
  now: number,
): Promise<HttpRequest> {
  const [request] = await requestsOf(channel, toMessage([notification]), config, { now });
  if (request.transport === 'email') throw new Error('The channel sends by the email binding.');
  return request;
}

/** All requests of a message. */
export const requestsOf = (
  channel: unknown,
  message: Message,
  config: Readonly<Record<string, unknown>>,
  { now, receipt = null }: { readonly now: number; readonly receipt?: string | null },
): Promise<readonly [ChannelRequest, ...ChannelRequest[]]> =>
  (channel as Channel).requests(message, config, { now, receipt, publicUrl: PUBLIC_URL });

/** Every string that the receiver decodes: of JSON, of a form, or of an e-mail. */
export function stringsOf(request: ChannelRequest): string[] {
  if (request.transport === 'email') return stringsIn(request);
  const type = new Headers(request.headers).get('content-type') ?? '';
  if (/json/.test(type) && request.body !== '') return stringsIn(JSON.parse(request.body));
  if (/x-www-form-urlencoded/.test(type)) return [...new URLSearchParams(request.body).values()];
  return [request.body];
}

export function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [key, ...stringsIn(one)]);
}
