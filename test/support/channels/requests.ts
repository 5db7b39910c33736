// The request that a channel describes for one notification.
import type { Channel, HttpRequest } from '../../../src/channels/channel.ts';
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
  const context = { now, receipt: null, publicUrl: PUBLIC_URL };
  const [request] = await (channel as Channel).requests(toMessage([notification]), config, context);
  if (request.transport === 'email') throw new Error('The channel sends by the email binding.');
  return request;
}
