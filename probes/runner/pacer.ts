// Owns when a job's next run may start: one per turn of the event loop, within the function's CPU share.
// Does not know runs.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

export interface PacerOptions {
  /** The part of a core that this process may use on average. Lambda freezes a small function that uses more. */
  readonly cpuShare: number;
  /** How many runs start. */
  readonly starts: number;
  /** All runs start within this time, whatever the share is. */
  readonly withinMs: number;
}

/** The rest is kept for garbage collection and bursts: a freeze delays every answer that is on its way. */
const CPU_SHARE_USED = 0.7;

/**
 * The pacer uses the share of this period at once and then waits, since a wake-up costs as much as a run. The period is that
 * of Lambda's scheduler, which does not carry unused time over either.
 */
const PERIOD_MS = 20;

export class StartPacer {
  readonly #options: PacerOptions;
  readonly #startedAt = performance.now();
  #starts = 0;
  /** When `#budgetMs` was computed. */
  #refilledAt = this.#startedAt;
  /** The CPU time used by then, ms. */
  #usedMs = cpuMs();
  #budgetMs = 0;
  readonly #stopped = new AbortController();

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /** Resolves when the next run may start: runs that start at once delay each other's measurements. */
  async next(): Promise<void> {
    const { cpuShare, starts, withinMs } = this.#options;
    await nextTurn();
    this.#starts += 1;
    if (cpuShare >= 1) return;
    // In whole periods as well: a wake-up for each start would use up a small share.
    const period = Math.floor((withinMs * this.#starts) / starts / PERIOD_MS);
    const latestAt = this.#startedAt + period * PERIOD_MS;
    const rate = cpuShare * CPU_SHARE_USED;
    for (let waitMs = this.#refill(rate); waitMs > 0; waitMs = this.#refill(rate)) {
      const allowedMs = latestAt - performance.now();
      if (allowedMs <= 0 || this.#stopped.signal.aborted) return;
      await this.#sleep(Math.min(waitMs, allowedMs));
    }
  }

  /** Ends a pending wait: no timer may outlive the report. */
  stop(): void {
    this.#stopped.abort();
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#stopped;
    await sleep(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Subtracts the CPU time used since the last call; returns the ms until the budget allows a start. */
  #refill(rate: number): number {
    const now = performance.now();
    const usedMs = cpuMs();
    const earnedMs = (now - this.#refilledAt) * rate;
    this.#budgetMs = Math.min(this.#budgetMs + earnedMs - (usedMs - this.#usedMs), PERIOD_MS * rate);
    this.#refilledAt = now;
    this.#usedMs = usedMs;
    return this.#budgetMs >= 0 ? 0 : PERIOD_MS - this.#budgetMs / rate;
  }
}

/** CPU time of all threads, the garbage collector's included. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
