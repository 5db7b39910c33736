// Sends a finished delivery again, under its original id. Does not send it itself: the channel's consumer does, in order.
import { enqueueDelivery } from '../../delivery/queue.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { findChannel } from '../../store/channels.ts';
import { type DeliveryRow, findDelivery, queueAgain } from '../../store/deliveries.ts';

export async function redeliver(
  config: Pick<Config, 'db' | 'deliveries'>,
  notificationId: string,
  channelId: string,
): Promise<Result<DeliveryRow, ValidationError>> {
  const refusal = await queueAgain(config.db, notificationId, channelId);
  const delivery = await findDelivery(config.db, notificationId, channelId);
  if (!delivery || refusal === 'unknown')
    return err({ kind: 'not_found', message: unknownDelivery(notificationId, channelId) });
  if (refusal !== null) {
    const message = refusal === 'channel' ? await channelMessage(config, channelId) : MESSAGES[refusal];
    return err({ kind: 'conflict', path: [], message });
  }
  await enqueueDelivery(config, channelId, 0);
  return ok(delivery);
}

const MESSAGES = {
  pending: 'The delivery is pending already: the coordinator sends it.',
  replaced:
    'The delivery was not needed: the end of the same incident replaces it, or what it ends was never sent. Redeliver the other notification.',
  end_pending:
    'The end of what this notification begins is pending: the coordinator sends it first. Redeliver this one after that, and its end follows again.',
} as const;

async function channelMessage({ db }: Pick<Config, 'db'>, channelId: string): Promise<string> {
  const channel = await findChannel(db, channelId);
  if (!channel) return `The channel "${channelId}" was deleted. Create it again, or use another channel.`;
  if (!channel.enabled)
    return `The channel "${channelId}" is disabled. Enable it: that also queues what is still open.`;
  // Another request was faster.
  return MESSAGES.pending;
}

export const unknownDelivery = (notificationId: string, channelId: string): string =>
  `Unknown delivery of "${notificationId}" to "${channelId}". GET /api/v1/deliveries lists all deliveries.`;
