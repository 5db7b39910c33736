// Owns what a report of the watchdog does: it is remembered by region, and may ask for a tick. Does not verify the signature, and
// does not run the tick.
import type { Config, TickSource } from '../../env.ts';
import { log } from '../../log.ts';
import { readLiveness } from '../../store/health.ts';
import { recordWatchdog } from '../../store/watchdogs.ts';
import { requestTick } from '../ticks/request-tick.ts';

/** Not a region: the deployment proves with it that the coordinator ticks. */
const DEPLOYMENT = 'deployment';

/** Two clocks of a tick and a repeated request are closer together than this. */
const TICK_RECENT_MS = 45_000;

export interface WatchdogReport {
  readonly region: string;
  /** Whether a tick is asked for. */
  readonly tick: boolean;
  readonly version: string;
}

/** `recent`: the newest tick is so young that no other one is needed. `failed`: the queue did not take it. */
export type TickOutcome = 'requested' | 'recent' | 'failed';

type WatchdogConfig = Pick<Config, 'db' | 'ticks' | 'watchdogRegions'>;

/** Null: no tick was asked for. A D1 that does not answer stops no tick: it is logged. */
export async function receiveReport(
  config: WatchdogConfig,
  { region, tick, version }: WatchdogReport,
  now: number,
): Promise<TickOutcome | null> {
  const [outcome] = await Promise.all([
    tick ? askForTick(config, region === DEPLOYMENT ? 'deployment' : 'watchdog', now) : null,
    remember(config, region, version, now),
  ]);
  return outcome;
}

async function remember(
  { db, watchdogRegions }: WatchdogConfig,
  region: string,
  version: string,
  now: number,
): Promise<void> {
  if (region === DEPLOYMENT) return;
  if (!watchdogRegions.includes(region)) return log.warn('watchdog.unknown_region', { region });
  try {
    await recordWatchdog(db, region, version, now);
  } catch (error) {
    log.error('watchdog.not_recorded', { region, error });
  }
}

async function askForTick(config: WatchdogConfig, source: TickSource, now: number): Promise<TickOutcome> {
  if (await isTickRecent(config.db, now)) return 'recent';
  const isRequested = await requestTick(config, source, now);
  if (isRequested) log.warn('tick.requested', { source });
  return isRequested ? 'requested' : 'failed';
}

async function isTickRecent(db: D1Database, now: number): Promise<boolean> {
  try {
    const { tickAt } = await readLiveness(db);
    return tickAt !== null && Math.abs(now - tickAt) < TICK_RECENT_MS;
  } catch (error) {
    // The tick may succeed a moment later.
    log.warn('tick.age_unknown', { source: 'watchdog', error });
    return false;
  }
}
