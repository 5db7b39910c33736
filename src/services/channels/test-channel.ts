// Sends a test notification through a channel, now and once. Nothing of it goes into the outbox.
import type { WebhookBody } from '../../channels/notification.ts';
import { type DeliveryAttempt, send } from '../../delivery/send.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { findChannel } from '../../store/channels.ts';

export type ChannelTest = Pick<DeliveryAttempt, 'delivered' | 'status' | 'error' | 'durationMs'>;

/** A disabled channel can be tested too: that is how one finds out whether to enable it. */
export async function testChannel(
  config: Config,
  channelId: string,
  now: () => number,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Result<ChannelTest, ValidationError>> {
  const channel = await findChannel(config.db, channelId);
  if (!channel) return err({ kind: 'not_found', message: `There is no channel "${channelId}".` });
  const id = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  const { delivered, status, error, durationMs } = await send(
    config,
    channel,
    { id, body: testBody(now()) },
    { now, fetch },
  );
  return ok({ delivered, status, error, durationMs });
}

const testBody = (now: number): WebhookBody => ({
  type: 'test',
  timestamp: new Date(now).toISOString(),
  data: { incident: null, monitor: null, quorum: null, evidence: [], location: null },
});
