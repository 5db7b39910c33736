// Owns a queue consumer's batch: which channels it delivers for, how long it waits, and what happens to its messages.
// Does not decide the order of deliveries (channel-run.ts).
import type { Config, DeliveryMessage } from '../env.ts';
import { bugFields, log } from '../log.ts';
import { failingChannels, hasDue, nextAttemptAt } from '../store/outbox-channels.ts';
import { failDeliveriesOfDeletedChannel } from '../store/outbox-outcomes.ts';
import { refreshAlerts } from './alertmanager-refresh.ts';
import { ChannelRun } from './channel-run.ts';
import { enqueueDelivery } from './queue.ts';
import { claimTimes } from './retry-policy.ts';
import type { SendOptions } from './send.ts';
import { SendPlaces } from './send-places.ts';

/** The queue's next batch waits this long for this one. After that, waitUntil allows 30 s more, and a run takes 25 s at most. */
const BATCH_WAIT_MS = 1_000;

/** A queue delays a message by 12 hours at most. What is due later is found by a tick. */
const MAX_DELAY_SECONDS = 43_200;

/**
 * Delivers what is due for one channel. Returns at once if another consumer holds the lease. Throws if D1 fails: the
 * lease is then released or expires, and every delivery stays pending.
 */
export async function deliver(
  config: Config,
  channelId: string,
  options: SendOptions,
  places: SendPlaces = new SendPlaces(),
): Promise<void> {
  const { now } = options;
  const run = new ChannelRun(config, channelId, options, places);
  for (;;) {
    const end = await run.drain();
    if (end === 'evicted') return;
    if (end === 'locked') {
      if (await failDeliveriesOfDeletedChannel(config.db, channelId, now()))
        await enqueueDelivery(config, channelId, 0);
      break;
    }
    // A message that arrived while the lease was held found it taken, so check for its delivery here.
    if (!(await hasDue(config.db, channelId, claimTimes(now())))) break;
    if (end === 'stopped') {
      if (run.attempts > 0) await enqueueNextAttempt(config, channelId, now());
      // Only after the lease is released: an earlier consumer would find it taken and return.
      return enqueueDelivery(config, channelId, 0);
    }
  }
  if (run.attempts > 0) await enqueueNextAttempt(config, channelId, now());
}

/** A run without an attempt enqueues nothing, so that messages do not multiply. */
async function enqueueNextAttempt(config: Config, channelId: string, now: number): Promise<void> {
  const at = await nextAttemptAt(config.db, channelId, now);
  if (at === null) return;
  const delaySeconds = Math.max(0, Math.ceil((at - now) / 1_000));
  await enqueueDelivery(config, channelId, Math.min(delaySeconds, MAX_DELAY_SECONDS));
}

/**
 * Delivers for every channel that a batch of messages names, at the same time. `waitUntil`, the platform's, continues
 * slow deliveries, so that a hanging receiver blocks this batch only and not the queue. A message whose channel threw
 * returns to the queue. If it threw late, the next tick enqueues it.
 */
export async function consumeBatch(
  config: Config,
  batch: Pick<MessageBatch<DeliveryMessage>, 'messages'>,
  now: () => number,
  waitUntil: (work: Promise<unknown>) => void,
  more: Pick<SendOptions, 'canConnect'> = {},
): Promise<void> {
  const options = { now, ...more };
  const isRefresh = ({ body }: Message<DeliveryMessage>): boolean => body.refresh === true;
  const due = batch.messages.filter((message) => !isRefresh(message));
  const messages = Map.groupBy(due, (message) => message.body.channelId);
  const refreshed = Map.groupBy(batch.messages.filter(isRefresh), (message) => message.body.channelId);
  const places = new SendPlaces(await knownFailing(config, [...messages.keys(), ...refreshed.keys()]));
  const work = Promise.all([
    ...[...messages].map(([channelId, own]) => consumeMessages(config, channelId, own, options, places)),
    ...[...refreshed].map(async ([channelId, own]) => {
      await refreshAlerts(config, channelId, options, places);
      for (const message of own) message.ack();
    }),
  ]);
  waitUntil(work);
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, BATCH_WAIT_MS))]);
  // Behind five hanging receivers, this invocation would run out of time for the other channels.
  await Promise.all(places.evict().map((channelId) => enqueueDelivery(config, channelId, 0)));
}

/** If D1 fails, every delivery of this batch fails too and logs it. */
const knownFailing = (config: Config, channelIds: readonly string[]): Promise<string[]> =>
  failingChannels(config.db, channelIds).catch(() => []);

async function consumeMessages(
  config: Config,
  channelId: string,
  messages: readonly Message<DeliveryMessage>[],
  options: SendOptions,
  places: SendPlaces,
): Promise<void> {
  try {
    await deliver(config, channelId, options, places);
    for (const message of messages) message.ack();
  } catch (error) {
    log.error('delivery.bug', { channel: channelId, ...bugFields(error) });
    for (const message of messages) message.retry({ delaySeconds: 5 });
  }
}
