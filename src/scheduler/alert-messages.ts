// Owns the queue messages that ask for the next step of an open alert: between two ticks, a step is a message away.
// The alerts table is the truth: a lost message only delays a step until the next tick.
import { enqueueAlerts, enqueueOverdue } from '../delivery/queue.ts';
import type { AlertMessage, Config, DeliveryMessage, HistoryMessage } from '../env.ts';
import { log } from '../log.ts';
import { advanceAlerts } from '../services/alerts/advance-alerts.ts';
import { loadState } from '../store/shard.ts';

export type Messages = readonly Message<DeliveryMessage | AlertMessage | HistoryMessage>[];

/** Works off what is due if a message asks for it. Returns the messages about deliveries. */
export async function consumeAlertMessages(
  config: Config,
  messages: Messages,
  now: () => number,
): Promise<Message<DeliveryMessage>[]> {
  const asking = messages.filter(({ body }) => 'alerts' in body);
  if (asking.length > 0) {
    try {
      const { db } = config;
      await advanceAlerts({ db, now: now(), loadState: () => loadState(db) });
      await enqueueOverdue(config, now());
      await enqueueAlerts(config, now());
    } catch (error) {
      log.error('alerts.advance_failed', { error });
    }
    for (const message of asking) message.ack();
  }
  return messages.filter((message): message is Message<DeliveryMessage> => 'channelId' in message.body);
}
