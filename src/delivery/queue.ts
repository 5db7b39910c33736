// Wakes deliveries through the queue. The outbox is the truth and a wake only a hint: one that is lost costs time,
// until the next tick wakes what is overdue, and nothing else.
import type { Config } from '../env.ts';
import { channelsWithDueDeliveries } from '../store/outbox.ts';

type DeliveryQueue = Pick<Config, 'deliveries'>;

/** Asks for an invocation that delivers for this channel. A queue that fails is logged. */
export async function enqueueDelivery(
  config: DeliveryQueue,
  channelId: string,
  delaySeconds: number,
): Promise<void> {
  try {
    await config.deliveries.send({ channelId }, { delaySeconds });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(JSON.stringify({ event: 'delivery.wake_failed', channel: channelId, error: reason }));
  }
}

/** Wakes every channel that has a delivery to attempt and nobody at it. A D1 that fails is logged: the next tick asks again. */
export async function enqueueOverdue(config: DeliveryQueue & Pick<Config, 'db'>, now: number): Promise<void> {
  try {
    const channelIds = await channelsWithDueDeliveries(config.db, now);
    await Promise.all(channelIds.map((channelId) => enqueueDelivery(config, channelId, 0)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(JSON.stringify({ event: 'delivery.wake_failed', error: reason }));
  }
}
