// Owns the pings that wait in the queue because D1 did not answer when they came. They count from when they arrived.
import type { Config, PingMessage } from '../../env.ts';
import { log } from '../../log.ts';
import { storePing } from '../../store/pings.ts';

/** Stores and acknowledges the pings among these messages. Those that cannot be stored come again later. */
export async function consumePingMessages(
  { db }: Pick<Config, 'db'>,
  messages: readonly Message<unknown>[],
): Promise<void> {
  for (const message of messages) {
    if (!isPing(message.body)) continue;
    const { keyHash, ...ping } = message.body.ping;
    try {
      // A heartbeat that was deleted meanwhile needs none.
      await storePing(db, keyHash, ping);
      message.ack();
    } catch (error) {
      log.warn('ping.store_failed', { attempts: message.attempts, error });
      message.retry({ delaySeconds: Math.min(60, 5 * 2 ** message.attempts) });
    }
  }
}

const isPing = (body: unknown): body is PingMessage =>
  typeof body === 'object' && body !== null && 'ping' in body;
