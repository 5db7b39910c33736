// Sends a test notification through a channel, once and without a retry. Writes nothing to the outbox.
import { EMPTY_DATA } from '../../channels/notification.ts';
import { newBody } from '../../channels/render.ts';
import { type DeliveryAttempt, send } from '../../delivery/send.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { findChannel } from '../../store/channels.ts';

export type ChannelTest = Pick<DeliveryAttempt, 'delivered' | 'status' | 'error' | 'durationMs'>;

/** Also tests a disabled channel, so that you can test it before you enable it. */
export async function testChannel(
  config: Config,
  channelId: string,
  now: () => number,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Result<ChannelTest, ValidationError>> {
  const channel = await findChannel(config.db, channelId);
  if (!channel)
    return err({
      kind: 'not_found',
      message: `Unknown channel "${channelId}". GET /api/v1/channels lists all channels.`,
    });
  const id = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  const { delivered, status, error, durationMs } = await send(
    config,
    channel,
    { id, body: newBody('test', now(), EMPTY_DATA) },
    { now, fetch },
  );
  return ok({ delivered, status, error, durationMs });
}
