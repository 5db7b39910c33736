// Owns what an alarm of the second clock does: it asks the queue for a tick if the newest one is old. Does not set alarms.
import type { Config } from '../env.ts';
import { log } from '../log.ts';
import { requestTick } from '../services/ticks/request-tick.ts';
import { readNewestTickAt } from '../store/shard.ts';

/** Cron is late by seconds. A tick starts runs for 170 s, so the next one begins in time after two alarms. */
export const SILENT_AFTER_MS = 90_000;
/** Duration is billed, and the next alarm asks again. */
const D1_WITHIN_MS = 10_000;

type Outcome = 'recent' | 'requested' | 'failed' | 'unknown';

/** Does not throw. `unknown`: D1 does not answer, so a tick could do nothing either. */
export async function tickIfSilent(
  config: Pick<Config, 'db' | 'ticks'>,
  now: number,
  withinMs = D1_WITHIN_MS,
): Promise<Outcome> {
  let newest: number | null;
  try {
    newest = await within(readNewestTickAt(config.db), withinMs);
  } catch (error) {
    log.warn('second_clock.d1_failed', { error });
    return 'unknown';
  }
  // A time in the future is wrong: the clock was.
  if (newest !== null && Math.abs(now - newest) <= SILENT_AFTER_MS) return 'recent';
  const ageSeconds = newest === null ? null : Math.round((now - newest) / 1_000);
  log.warn('second_clock.tick_requested', { ageSeconds });
  return (await requestTick(config, 'second_clock', now)) ? 'requested' : 'failed';
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`D1 did not answer within ${ms / 1_000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
