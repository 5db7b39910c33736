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
  const queued = await queueAgain(config.db, notificationId, channelId);
  const delivery = await findDelivery(config.db, notificationId, channelId);
  if (!delivery) return err({ kind: 'not_found', message: unknownDelivery(notificationId, channelId) });
  if (!queued) return err(await refusal(config, channelId));
  await enqueueDelivery(config, channelId, 0);
  return ok(delivery);
}

async function refusal({ db }: Pick<Config, 'db'>, channelId: string): Promise<ValidationError> {
  const channel = await findChannel(db, channelId);
  const conflict = (message: string): ValidationError => ({ kind: 'conflict', path: [], message });
  if (!channel)
    return conflict(`The channel "${channelId}" was deleted. Create it again, or use another channel.`);
  if (!channel.enabled)
    return conflict(
      `The channel "${channelId}" is disabled. Enable it: that also queues what is still open.`,
    );
  return conflict('The delivery is pending already: the coordinator sends it.');
}

export const unknownDelivery = (notificationId: string, channelId: string): string =>
  `Unknown delivery of "${notificationId}" to "${channelId}". GET /api/v1/deliveries lists all deliveries.`;
