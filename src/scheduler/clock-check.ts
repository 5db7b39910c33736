// Owns what a tick does about a clock that D1 contradicts: it waits, and starts no runs. Does not correct the state.

import { CLOCK_RETRY_MS } from '../engine/model/policy.ts';
import { log } from '../log.ts';
import { recordHealth } from '../services/health/record-health.ts';
import { type ClockComparison, compareClocks, logClocksApart } from '../store/clock.ts';
import { type LoadedShard, loadHead, loadShard, type ShardHead } from '../store/shard.ts';

/** The next tick begins to wait by then. */
const MAX_WAIT_MS = 60_000;

type HealthDeps = Parameters<typeof recordHealth>[0];

interface ClockDeps extends HealthDeps {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  enqueueDeliveries(): Promise<void>;
}

const CONSEQUENCE = 'No check run starts until the clocks agree. Correct the clock of the coordinator.';

/** Runs a query that returns D1's time, and compares it with the clock. */
async function compared<T extends { readonly databaseTime: number | null }>(
  { db, now }: Pick<ClockDeps, 'db' | 'now'>,
  query: (db: D1Database) => Promise<T>,
): Promise<{ readonly value: T; readonly clocks: ClockComparison }> {
  const before = now();
  const value = await query(db);
  return { value, clocks: compareClocks(before, value.databaseTime, now()) };
}

/** The shard, once the clocks agree. Null if they are apart for as long as this tick waits: then the next one waits. */
export async function loadWhenClocksAgree(deps: ClockDeps): Promise<LoadedShard | null> {
  const first = await compared(deps, (db) => loadShard(db, deps.now));
  if (!first.clocks.apart) return first.value;
  logClocksApart(first.clocks, CONSEQUENCE);
  // Notifications do not wait: their consumer takes its time from D1. This one is about the clock.
  await recordHealth(deps, first.value.state, deps.now() - first.clocks.differenceMs);
  await deps.enqueueDeliveries();
  for (let waitedMs = 0; waitedMs < MAX_WAIT_MS; waitedMs += CLOCK_RETRY_MS) {
    await deps.sleep(CLOCK_RETRY_MS, new AbortController().signal);
    if ((await compared(deps, loadHead)).clocks.apart) continue;
    const { value, clocks } = await compared(deps, (db) => loadShard(db, deps.now));
    if (clocks.apart) continue;
    log.info('clock.agrees', { differenceMs: clocks.differenceMs });
    return value;
  }
  return null;
}

/** What a tick knows of the two clocks while it runs. */
export class TickClock {
  readonly #deps: Pick<ClockDeps, 'db' | 'now'>;
  /** The newest comparison, if the clocks are apart. */
  #apart: ClockComparison | null = null;
  #seenAt: number;
  #wentBack = false;

  constructor(deps: Pick<ClockDeps, 'db' | 'now'>) {
    this.#deps = deps;
    this.#seenAt = deps.now();
  }

  get isApart(): boolean {
    return this.#apart !== null;
  }

  /** The coordinator's time, or D1's while they are apart. */
  readonly now = (): number => this.#deps.now() - (this.#apart?.differenceMs ?? 0);

  /**
   * Whether the clock has gone back since the last comparison, or D1 contradicts it. A clock that is behind has nothing
   * due, so nothing else would compare it. One that jumps ahead has everything due.
   */
  isSuspect(): boolean {
    const now = this.#deps.now();
    this.#wentBack ||= now < this.#seenAt;
    this.#seenAt = now;
    return this.#wentBack || this.isApart;
  }

  /** Reads the head of the shard, and D1's time with it. */
  async loadHead(): Promise<ShardHead> {
    const { value, clocks } = await compared(this.#deps, loadHead);
    if (clocks.apart && !this.#apart) logClocksApart(clocks, CONSEQUENCE);
    if (!clocks.apart && this.#apart) log.info('clock.agrees', { differenceMs: clocks.differenceMs });
    this.#apart = clocks.apart ? clocks : null;
    this.#wentBack = false;
    return value;
  }
}
