// Owns asking the queue of ticks for a tick, beside the cron trigger. Does not run it: the consumer does, and leaves it out if a
// newer tick runs already.
import type { Config, TickMessage, TickSource } from '../../env.ts';
import { log } from '../../log.ts';

/** Whether the queue took the message. Logs a failure and does not throw. */
export async function requestTick(
  { ticks }: Pick<Config, 'ticks'>,
  source: TickSource,
  now: number,
): Promise<boolean> {
  if (ticks === undefined) return false;
  try {
    const message: TickMessage = { tick: { source, at: now } };
    await ticks.send(message);
    return true;
  } catch (error) {
    log.error('tick.enqueue_failed', { source, error });
    return false;
  }
}
