// Owns the delivery of what is due for a channel: one notification at a time, in order, under a lease.
// Does not decide the pauses between attempts (retry-policy.ts) or what an attempt is (send.ts).
// Delivery is at-least-once: a crash between the response and its record sends the same webhook-id again.
import type { Config, DeliveryMessage } from '../env.ts';
import { bugFields, log } from '../log.ts';
import {
  type AttemptRecord,
  type DueDelivery,
  disableChannel,
  failDeliveriesOfDeletedChannel,
  failDelivery,
  type LeasedChannel,
  nextDue,
  recordAttempt,
  releaseLease,
  takeLease,
} from '../store/outbox.ts';
import { enqueueDelivery } from './queue.ts';
import { isExpired, LEASE_MS, MAX_AGE_HOURS, retryDelayMs } from './retry-policy.ts';
import { type DeliveryAttempt, type SendOptions, send } from './send.ts';

/** After this time or number of attempts, a run enqueues another run and ends, so that the queue keeps moving. */
const MAX_RUN_MS = 10_000;
const MAX_RUN_ATTEMPTS = 20;
/** A Worker waits for the headers of six connections at most. A seventh would wait unnoticed. */
const MAX_CHANNELS_AT_ONCE = 5;
/** The queue's next batch waits this long for this one. After that, waitUntil allows 30 s more, and a run takes 25 s at most. */
const BATCH_WAIT_MS = 1_000;

/**
 * Delivers what is due for one channel. Returns at once if another consumer holds the lease. Throws if D1 fails: the
 * lease is then released or expires, and every delivery stays pending.
 */
export async function deliver(config: Config, channelId: string, options: SendOptions): Promise<void> {
  const startedAt = options.now();
  for (;;) {
    const result = await drainWithLease(config, channelId, options, startedAt);
    if (result === 'locked') return failDeliveriesOfDeletedChannel(config.db, channelId, options.now());
    // Only after the lease is released: an earlier consumer would find it taken and return.
    if (result === 'yield') return enqueueDelivery(config, channelId, 0);
    // A message that arrived while the lease was held found it taken, so check for its delivery here.
    if ((await nextDue(config.db, channelId, options.now())) === null) return;
  }
}

/** `idle`: nothing is due. `locked`: the lease is not available. `yield`: something is due, for another run. */
type DrainResult = 'idle' | 'locked' | 'yield';

async function drainWithLease(
  config: Config,
  channelId: string,
  options: SendOptions,
  startedAt: number,
): Promise<DrainResult> {
  const { now } = options;
  const token = crypto.randomUUID();
  try {
    for (let attempts = 0; ; attempts += 1) {
      const channel = await takeLease(config.db, channelId, token, now(), now() + LEASE_MS);
      if (!channel) return 'locked';
      const delivery = await nextDue(config.db, channelId, now());
      if (!delivery) return 'idle';
      if (attempts >= MAX_RUN_ATTEMPTS || (attempts > 0 && now() - startedAt >= MAX_RUN_MS)) return 'yield';
      await attempt(config, channel, delivery, options);
    }
  } finally {
    await releaseLease(config.db, channelId, token);
  }
}

async function attempt(
  config: Config,
  channel: LeasedChannel,
  delivery: DueDelivery,
  options: SendOptions,
): Promise<void> {
  const { notificationId } = delivery;
  if (isExpired(delivery.at, options.now())) {
    const error = `not sent: older than ${MAX_AGE_HOURS} hours`;
    return failDelivery(config.db, channel.id, notificationId, error, options.now());
  }
  const result = await send(config, channel, { id: notificationId, body: delivery.body }, options);
  const now = options.now();
  const delayMs = result.delivered || result.gone ? null : retryDelayMs(delivery.attempts, Math.random());
  const { delivered, status, error } = result;
  const record: AttemptRecord = {
    delivered,
    status,
    error,
    nextAttemptAt: delayMs === null ? null : now + delayMs,
  };
  await recordAttempt(config.db, channel.id, delivery, record, now);
  if (result.gone) await disableChannel(config.db, channel.id, now);
  logAttempt(channel, delivery, result, delayMs);
  if (delayMs !== null) await enqueueDelivery(config, channel.id, Math.ceil(delayMs / 1_000));
}

function logAttempt(
  channel: LeasedChannel,
  delivery: DueDelivery,
  { delivered, gone, status, error, durationMs }: DeliveryAttempt,
  retryInMs: number | null,
): void {
  const fields = {
    channel: channel.id,
    notification: delivery.notificationId,
    attempt: delivery.attempts + 1,
    status,
    durationMs,
  };
  if (delivered) log.info('delivery.delivered', fields);
  else log.warn('delivery.attempt_failed', { ...fields, error, retryInMs, channelDisabled: gone });
}

/**
 * Delivers for every channel that a batch of messages names, several at a time. `waitUntil`, the platform's, continues
 * slow deliveries, so that a hanging receiver blocks this batch only and not the queue. A message whose channel threw
 * returns to the queue. If it threw late, the next tick enqueues it.
 */
export async function consumeBatch(
  config: Config,
  batch: Pick<MessageBatch<DeliveryMessage>, 'messages'>,
  now: () => number,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<void> {
  const waiting = [...Map.groupBy(batch.messages, (message) => message.body.channelId)];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      await consumeMessages(config, next[0], next[1], now);
  };
  const work = Promise.all(Array.from({ length: MAX_CHANNELS_AT_ONCE }, worker));
  waitUntil(work);
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, BATCH_WAIT_MS))]);
  // Behind five hanging receivers, this invocation would run out of time for the other channels.
  await Promise.all(waiting.splice(0).map(([channelId]) => enqueueDelivery(config, channelId, 0)));
}

async function consumeMessages(
  config: Config,
  channelId: string,
  messages: readonly Message<DeliveryMessage>[],
  now: () => number,
): Promise<void> {
  try {
    await deliver(config, channelId, { now });
    for (const message of messages) message.ack();
  } catch (error) {
    log.error('delivery.bug', { channel: channelId, ...bugFields(error) });
    for (const message of messages) message.retry({ delaySeconds: 5 });
  }
}
