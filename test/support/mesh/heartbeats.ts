// Owns heartbeats of a live mesh: creates them with a receiver of their notifications, and finds their ping addresses.
import { type Api, call } from '../../../scripts/start/api.ts';
import type { WebhookBody } from '../../../src/channels/notification.ts';
import type { Received } from './receiver.ts';

export interface HeartbeatInput {
  readonly id: string;
  readonly name: string;
  readonly check: Readonly<Record<string, unknown>>;
}

/** Replaces the configuration. They are public, so that `statusOf` shows them. Resolves with the ping address of each, in order. */
export async function createHeartbeats(
  api: Api,
  heartbeats: readonly HeartbeatInput[],
  receiver: { readonly url: string; readonly secret: string } | null,
): Promise<string[]> {
  const channels =
    receiver === null ? [] : [{ id: 'receiver', type: 'webhook', name: 'Receiver', config: receiver }];
  const response = await call(api, 'PUT', '/configuration', {
    monitors: heartbeats.map(({ id, name, check }) => ({
      ...{ id, name, public: true },
      check: { type: 'heartbeat', ...check },
    })),
    channels,
    settings: { defaultChannels: channels.map(({ id }) => id) },
  });
  if (response.status !== 200) throw new Error(`PUT /configuration failed: ${JSON.stringify(response)}`);
  const addresses: string[] = [];
  for (const { id } of heartbeats) {
    const { status, body } = await call(api, 'GET', `/monitors/${id}/heartbeat`);
    if (status !== 200) throw new Error(`GET /monitors/${id}/heartbeat returned ${status}`);
    addresses.push(api.url + new URL((body as { pingUrl: string }).pingUrl).pathname);
  }
  return addresses;
}

/** The bodies about a heartbeat that were accepted, each once. */
export const bodiesOf = (received: readonly Received[], id: string): WebhookBody[] => [
  ...new Map(
    received
      .filter(({ accepted, body }) => accepted && body.data.monitor?.id === id)
      .map((one) => [one.id, one.body]),
  ).values(),
];
