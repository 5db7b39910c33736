// Owns the messages that ask a queue consumer to deliver for a channel. Does not deliver.
// The outbox is the truth: a lost message only delays a delivery until the next tick enqueues what is overdue.
import type { AlertMessage, Config, DeliveryMessage, HistoryMessage } from '../env.ts';
import { log } from '../log.ts';
import { nextAlertAt } from '../store/alerts.ts';
import { channelsWithDueDeliveries, channelsWithHeldDeliveries } from '../store/outbox-channels.ts';
import { claimTimes } from './retry-policy.ts';

type DeliveryQueue = Pick<Config, 'deliveries'>;

/** Enqueues one message for this channel. Logs a failure of the queue and does not throw. */
export async function enqueueDelivery(
  config: DeliveryQueue,
  channelId: string,
  delaySeconds: number,
): Promise<void> {
  try {
    await config.deliveries.send({ channelId }, { delaySeconds });
  } catch (error) {
    log.error('delivery.enqueue_failed', { channel: channelId, error });
  }
}

/**
 * Enqueues every channel that has a due delivery and no active lease, and those that hold notifications for a moment, with
 * that delay. Logs a failure: the next tick tries again.
 */
export async function enqueueOverdue(config: DeliveryQueue & Pick<Config, 'db'>, now: number): Promise<void> {
  try {
    const [channelIds, held] = await Promise.all([
      channelsWithDueDeliveries(config.db, claimTimes(now)),
      channelsWithHeldDeliveries(config.db, { now }),
    ]);
    await Promise.all([
      ...channelIds.map((channelId) => enqueueDelivery(config, channelId, 0)),
      ...held.map(({ id, at }) => enqueueDelivery(config, id, Math.ceil((at - now) / 1_000))),
    ]);
  } catch (error) {
    log.error('delivery.enqueue_failed', { error });
  }
}

/** A tick comes once a minute: what is due before the next one gets a message of its own. */
const MESSAGE_WITHIN_MS = 60_000;

/** Enqueues a message for the next step of an open alert that is due before the next tick. Logs a failure. */
export async function enqueueAlerts(config: DeliveryQueue & Pick<Config, 'db'>, now: number): Promise<void> {
  try {
    const at = await nextAlertAt(config.db);
    if (at === null || at > now + MESSAGE_WITHIN_MS) return;
    const message: AlertMessage = { alerts: true };
    const delaySeconds = Math.max(1, Math.ceil((at - now) / 1_000));
    await config.deliveries.send(message as unknown as DeliveryMessage, { delaySeconds });
  } catch (error) {
    log.error('alerts.enqueue_failed', { error });
  }
}

/** The history is compacted by hours. A message that is lost is followed by another a quarter of an hour later. */
const HISTORY_MINUTES = [2, 17, 32, 47];

/** Enqueues a message for the history in some minutes of the hour, without asking D1 whether anything is due. */
export async function enqueueHistory(config: DeliveryQueue, now: number): Promise<void> {
  if (HISTORY_MINUTES.includes(new Date(now).getUTCMinutes())) await enqueueHistoryRun(config);
}

/** Enqueues the next run of the compaction. Logs a failure: a later tick tries again. */
export async function enqueueHistoryRun(config: DeliveryQueue): Promise<void> {
  try {
    const message: HistoryMessage = { history: true };
    await config.deliveries.send(message as unknown as DeliveryMessage);
  } catch (error) {
    log.error('history.enqueue_failed', { error });
  }
}

const KINDS = ['channelId', 'alerts', 'history', 'mailings', 'ping'];

/** Acknowledges a message that this Worker does not know, such as one of a newer Worker: the others of its batch continue. */
export function withoutUnknown<M extends Message<unknown>>(messages: readonly M[]): M[] {
  return messages.filter((message) => {
    const { body } = message;
    if (typeof body === 'object' && body !== null && KINDS.some((kind) => kind in body)) return true;
    log.warn('queue.unknown_message', { id: message.id });
    message.ack();
    return false;
  });
}
