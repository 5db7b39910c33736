// Owns what the messages of both queues start: ticks, backups, deliveries, mailings, pings and runs of the history. Does not contain rules.
import { canConnect } from '../delivery/can-connect.ts';
import { consumeBatch } from '../delivery/consumer.ts';
import { deliveryClock } from '../delivery/delivery-clock.ts';
import { consumeMailingMessages } from '../delivery/mailings/mailing-queue.ts';
import { withoutUnknown } from '../delivery/queue.ts';
import type { Config, DeliveryMessage, TickMessage, TickStarter } from '../env.ts';
import { loadPart } from '../load-part.ts';
import { consumeAlertMessages } from '../scheduler/alert-messages.ts';
import { areBackups, consumeBackupMessages } from '../scheduler/backup-messages.ts';
import { consumeHistoryMessages } from '../scheduler/history-messages.ts';
import { areTicks, consumeTickMessages } from '../scheduler/tick-messages.ts';
import { consumePingMessages } from '../services/heartbeats/ping-messages.ts';
import { isRestoring } from '../store/restore-marker.ts';

export async function consumeQueue(
  batch: MessageBatch<DeliveryMessage | TickMessage>,
  config: Config,
  now: () => number,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<void> {
  if (await isRestoring(config.db)) return batch.retryAll({ delaySeconds: 60 });
  if (areTicks(batch.messages)) {
    const { tick } = await loadPart('tick', () => import('./tick.ts'));
    // Only this Worker can write to its queue, so these need no token.
    const runTick = (source: TickStarter) => tick(config, now, source);
    return consumeTickMessages({ db: config.db, now, runTick, waitUntil }, batch.messages);
  }
  if (areBackups(batch.messages)) return consumeBackupMessages(config, batch.messages, now, waitUntil);
  const clock = await deliveryClock(config.db, now);
  const more = config.allowLoopback ? { canConnect } : {};
  const known = withoutUnknown(batch.messages as MessageBatch<DeliveryMessage>['messages']);
  const others = consumeMailingMessages(config, known, { now: clock, ...more }, waitUntil);
  await consumePingMessages(config, known);
  const messages = await consumeAlertMessages(config, others, clock);
  if (messages.length > 0) await consumeBatch(config, { messages }, clock, waitUntil, more);
  // A run takes seconds: deliveries come first.
  await consumeHistoryMessages(config, others, clock);
}
