// Sends a finished delivery again, under its original id. Does not send it itself: the channel's consumer does, in order.
import type { Caller } from '../../access/caller.ts';
import { enqueueDelivery } from '../../delivery/queue.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { type ChannelRow, findChannel } from '../../store/channels.ts';
import { type DeliveryRow, findDelivery } from '../../store/deliveries.ts';
import { queueAgain } from '../../store/redelivery.ts';
import { ifInside } from '../access/references.ts';

export async function redeliver(
  config: Pick<Config, 'db' | 'deliveries' | keyof EncryptionKeys>,
  notificationId: string,
  channelId: string,
  caller: Caller,
): Promise<Result<DeliveryRow, ValidationError>> {
  const { db } = config;
  const channel = await findChannel(db, channelId);
  // A restricted caller sees deliveries of channels inside: not those of deleted channels.
  const isShown = caller.restriction === null || ifInside(caller.restriction, channel) !== null;
  const refusal = isShown ? await queueAgain(db, config, caller, { notificationId, channelId }) : 'unknown';
  const delivery = await findDelivery(db, notificationId, channelId);
  if (!delivery || refusal === 'unknown')
    return err({ kind: 'not_found', message: unknownDelivery(notificationId, channelId) });
  if (refusal !== null) {
    const message = refusal === 'channel' ? channelMessage(channelId, channel) : MESSAGES[refusal];
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

function channelMessage(channelId: string, channel: ChannelRow | null): string {
  if (!channel) return `The channel "${channelId}" was deleted. Create it again, or use another channel.`;
  if (!channel.enabled)
    return `The channel "${channelId}" is disabled. Enable it: that also queues what is still open.`;
  // Another request was faster.
  return MESSAGES.pending;
}

export const unknownDelivery = (notificationId: string, channelId: string): string =>
  `Unknown delivery of "${notificationId}" to "${channelId}". GET /api/v1/deliveries lists all deliveries.`;
