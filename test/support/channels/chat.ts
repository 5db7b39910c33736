// Owns a channel type that people read, with the requests of the webhook, so that tests can verify what it carries. It is in
// the catalogue only while a test file that calls `useChat` runs.
import { afterAll, beforeAll } from 'vitest';
import { channelTypes } from '../../../src/channels/catalogue.ts';
import { type Channel, defineChannel } from '../../../src/channels/channel.ts';
import { webhook } from '../../../src/channels/webhook.ts';

/** Notifications that one message lists. */
export const CHAT_CAPACITY = 20;

/** The body of the first notification of a message, as the webhook sends it. */
// biome-ignore lint/suspicious/noExplicitAny: the body of a webhook.
export function bodyOfFirst(text: string): any {
  const { gathered: _ids, notifications: _bodies, ...body } = JSON.parse(text);
  return body;
}

/** A message of several has their ids in `gathered`, and their bodies in `notifications`. */
export const chat = defineChannel({
  ...webhook,
  type: 'chat',
  audience: 'people',
  async requests(message, config, context) {
    const [request] = await webhook.requests(message, config, context);
    if (message.notifications.length === 1 || request.transport === 'email') return [request];
    const gathered = message.notifications.map(({ id }) => id);
    const notifications = message.notifications.map(({ id, body }) => ({ id, body }));
    const body = JSON.stringify({ ...message.notifications[0].body, gathered, notifications });
    // The webhook signs its own body.
    const only = {
      ...message,
      notifications: [{ ...message.notifications[0], body: JSON.parse(body) }] as const,
    };
    return webhook.requests(only, config, context);
  },
  capacity: () => CHAT_CAPACITY,
});

/** Puts the type in the catalogue for the tests of this file. Test files share their modules, so it leaves afterwards. */
export function useChat(): void {
  const types = channelTypes as unknown as Record<string, Channel>;
  beforeAll(() => {
    types.chat = chat as unknown as Channel;
  });
  afterAll(() => {
    delete types.chat;
  });
}
