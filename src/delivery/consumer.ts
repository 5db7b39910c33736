// Hands over what is due for a channel, one notification at a time, until nothing is due. Owns the order, the back-off and
// the lease. At least once: a crash between the answer and its record sends the same webhook-id again.
import type { Config, DeliveryMessage } from '../env.ts';
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
import { type DeliveryAttempt, type SendOptions, send } from './send.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Pauses after the first, second, … failed attempt: a day in all, then the delivery has failed. */
export const BACK_OFF_MS = [
  5 * SECOND_MS,
  15 * SECOND_MS,
  30 * SECOND_MS,
  MINUTE_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  8 * HOUR_MS,
] as const;

/** What waited longer than this, for a disabled channel to come back, is news no more. */
const MAX_AGE_MS = 48 * HOUR_MS;
/** Renewed before every attempt, and longer than one attempt with its writes; after a crash nobody waits longer. */
const LEASE_MS = MINUTE_MS;
/** A run starts no further attempt after this time or number, and wakes another run: so the queue keeps moving. */
const RUN_MS = 10 * SECOND_MS;
const RUN_ATTEMPTS = 20;
/** Six connections of one invocation may wait for headers; the seventh would wait for them unseen. */
const CHANNELS_AT_ONCE = 5;
/** The queue's next batch waits this long for this one. What goes on after it has 30 s more: a run takes 25 s at most. */
const BATCH_WAIT_MS = SECOND_MS;

/**
 * Delivers what is due for one channel. Returns at once when somebody else is at it. Throws when D1 fails; the lease
 * is then released or expires, and every pending delivery is still there.
 */
export async function deliver(config: Config, channelId: string, at: SendOptions): Promise<void> {
  const startedAt = at.now();
  for (;;) {
    const stretch = await drainWithLease(config, channelId, at, startedAt);
    if (stretch === 'taken') return failDeliveriesOfDeletedChannel(config.db, channelId, at.now());
    // Only now that the lease is back: whoever is woken earlier finds it taken and goes away.
    if (stretch === 'enough') return enqueueDelivery(config, channelId, 0);
    // For the same reason, what came in while the lease was held is looked for once more.
    if ((await nextDue(config.db, channelId, at.now())) === null) return;
  }
}

/** `idle`: nothing is due any more. `taken`: the lease was not to be had. `enough`: something is due, for another run. */
type DrainResult = 'idle' | 'taken' | 'enough';

async function drainWithLease(
  config: Config,
  channelId: string,
  at: SendOptions,
  startedAt: number,
): Promise<DrainResult> {
  const token = crypto.randomUUID();
  try {
    for (let attempts = 0; ; attempts += 1) {
      const channel = await takeLease(config.db, channelId, token, at.now(), at.now() + LEASE_MS);
      if (!channel) return 'taken';
      const delivery = await nextDue(config.db, channelId, at.now());
      if (!delivery) return 'idle';
      if (attempts >= RUN_ATTEMPTS || (attempts > 0 && at.now() - startedAt >= RUN_MS)) return 'enough';
      await attempt(config, channel, delivery, at);
    }
  } finally {
    await releaseLease(config.db, channelId, token);
  }
}

async function attempt(
  config: Config,
  channel: LeasedChannel,
  delivery: DueDelivery,
  at: SendOptions,
): Promise<void> {
  const { notificationId } = delivery;
  if (at.now() - delivery.at > MAX_AGE_MS) {
    const hours = MAX_AGE_MS / HOUR_MS;
    return failDelivery(
      config.db,
      channel.id,
      notificationId,
      `older than ${hours} hours: it was not sent any more`,
      at.now(),
    );
  }
  const result = await send(config, channel, { id: notificationId, body: delivery.body }, at);
  const now = at.now();
  const pauseMs = result.delivered || result.gone ? null : retryDelayMs(delivery.attempts);
  const { delivered, status, error } = result;
  const record: AttemptRecord = {
    delivered,
    status,
    error,
    nextAttemptAt: pauseMs === null ? null : now + pauseMs,
  };
  await recordAttempt(config.db, channel.id, delivery, record, now);
  if (result.gone) await disableChannel(config.db, channel.id, now);
  log(channel, delivery, result, pauseMs);
  if (pauseMs !== null) await enqueueDelivery(config, channel.id, Math.ceil(pauseMs / SECOND_MS));
}

/** With up to a tenth more or less, so that what failed together does not come back together. Null: no more attempts. */
function retryDelayMs(attempts: number): number | null {
  const pauseMs = BACK_OFF_MS[attempts];
  return pauseMs === undefined ? null : Math.round(pauseMs * (0.9 + 0.2 * Math.random()));
}

function log(
  channel: LeasedChannel,
  delivery: DueDelivery,
  result: DeliveryAttempt,
  pauseMs: number | null,
): void {
  const { delivered, gone, status, error, durationMs } = result;
  const line = {
    event: delivered ? 'delivery.delivered' : 'delivery.attempt_failed',
    channel: channel.id,
    notification: delivery.notificationId,
    attempt: delivery.attempts + 1,
    status,
    durationMs,
    ...(delivered ? {} : { error, retryInMs: pauseMs, channelDisabled: gone }),
  };
  if (delivered) console.log(JSON.stringify(line));
  else console.warn(JSON.stringify(line));
}

/**
 * Delivers for every channel that a batch of wakes names, several at a time. What takes long is left to `later`
 * (the platform's waitUntil), so that a receiver that hangs holds up this batch and not the queue behind it.
 * A message whose channel threw comes back, or, when it threw late, is left to the next tick.
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
  const work = Promise.all(Array.from({ length: CHANNELS_AT_ONCE }, worker));
  waitUntil(work);
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, BATCH_WAIT_MS))]);
  // Behind five that hang, the others would run out of the invocation's time: they get one of their own.
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
    const reason = error instanceof Error ? error.stack : String(error);
    console.error(JSON.stringify({ event: 'delivery.bug', channel: channelId, error: reason }));
    for (const message of messages) message.retry({ delaySeconds: 5 });
  }
}
