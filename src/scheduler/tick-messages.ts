// Owns the messages of the queue of ticks: a message runs the same tick as cron, unless a newer tick runs already.
// Does not ask for ticks: the second clock, the watchdog and the deployment do.
import type { TickMessage, TickSource } from '../env.ts';
import { log } from '../log.ts';
import { readNewestTickAt } from '../store/shard.ts';

/** Two requests at once, a message that the queue delivers twice, or cron that came meanwhile: one tick is enough. */
const RECENT_MS = 50_000;
/**
 * The queue may wait for the handler before it hands over the next message, and the tick of that message must supersede this
 * one in time. So the handler ends before a tick does, and the rest of the tick runs on.
 */
const HANDLER_MS = 100_000;

interface TickMessageDeps {
  readonly db: D1Database;
  now(): number;
  /** The tick of cron, with another source. */
  runTick(source: TickSource): Promise<void>;
  waitUntil(work: Promise<unknown>): void;
}

const SOURCES: Readonly<Record<TickSource, true>> = { second_clock: true, watchdog: true, deployment: true };

const isTickMessage = (message: Message<unknown>): message is Message<TickMessage> => {
  const tick = (message.body as Partial<TickMessage> | null)?.tick;
  return typeof tick === 'object' && tick !== null && Object.hasOwn(SOURCES, tick.source);
};

/** By their form, and not by the name of the queue, because a deployment may choose another name. */
export const areTicks = (messages: readonly Message<unknown>[]): boolean =>
  messages.length > 0 && messages.every(isTickMessage);

/** Rejects with the error of the tick. The messages are acknowledged first: a later repeat would only be another tick. */
export async function consumeTickMessages(
  deps: TickMessageDeps,
  messages: readonly Message<unknown>[],
  handlerMs = HANDLER_MS,
): Promise<void> {
  for (const message of messages) message.ack();
  const newest = messages.filter(isTickMessage).at(-1);
  if (newest === undefined) return;
  const { source, at } = newest.body.tick;
  const now = deps.now();
  const tickAt = await readNewestTickAt(deps.db);
  // A time in the future is wrong: the clock was.
  if (tickAt !== null && Math.abs(now - tickAt) < RECENT_MS) {
    log.info('tick.left_out', { source, ageSeconds: Math.round((now - tickAt) / 1_000) });
    return;
  }
  log.info('tick.started_by_queue', { source, waitedMs: Math.max(0, now - at) });
  const tick = deps.runTick(source);
  deps.waitUntil(tick);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const longEnough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, handlerMs);
  });
  try {
    await Promise.race([tick, longEnough]);
  } finally {
    clearTimeout(timer);
  }
}
