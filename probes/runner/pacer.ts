// When a job's next look may start: one a turn of the event loop, and no faster than the function's share of a core lasts.
// Knows nothing of looks.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

export interface PaceOptions {
  /** What this process may use of a core, on average. A small Lambda function is frozen whenever it has used more. */
  readonly cpuShare: number;
  /** How many are going to start, and within how many ms all of them have to, share or no share. */
  readonly starts: number;
  readonly withinMs: number;
}

/** A freeze may come upon any answer that is on its way, so some of the share is kept for the collector and for bursts. */
const CPU_SHARE_USED = 0.7;

/**
 * The share of so many ms, a period of Lambda's scheduler, is used at once and then waited for: waking up costs as much as
 * a look does. More than that is not kept for later, since Lambda does not keep it either.
 */
const PERIOD_MS = 20;

export class StartPacer {
  readonly #options: PaceOptions;
  readonly #beganAt = performance.now();
  #startedSoFar = 0;
  /** When `#leftMs` was right, and how much CPU time had been used by then, ms. */
  #at = this.#beganAt;
  #usedMs = cpuMs();
  #budgetMs = 0;
  readonly #over = new AbortController();

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Resolves when the next look may start: started all at once, each would measure the others. */
  async next(): Promise<void> {
    const { cpuShare, starts, withinMs } = this.#options;
    await nextTurn();
    this.#startedSoFar += 1;
    if (cpuShare >= 1) return;
    // In the steps of the share, too: waking up for each start would use what little there is.
    const step = Math.floor((withinMs * this.#startedSoFar) / starts / PERIOD_MS);
    const latest = this.#beganAt + step * PERIOD_MS;
    const rate = cpuShare * CPU_SHARE_USED;
    for (let waitMs = this.#refill(rate); waitMs > 0; waitMs = this.#refill(rate)) {
      const allowedMs = latest - performance.now();
      if (allowedMs <= 0 || this.#over.signal.aborted) return;
      await this.#sleep(Math.min(waitMs, allowedMs));
    }
  }

  /** Whoever waits for the next start is let go: no timer may outlive the answer. */
  stop(): void {
    this.#over.abort();
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#over;
    await sleep(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Books what was used since the last time, and answers how long to wait until there is some share to use again, ms. */
  #refill(rate: number): number {
    const now = performance.now();
    const usedMs = cpuMs();
    const earnedMs = (now - this.#at) * rate;
    this.#budgetMs = Math.min(this.#budgetMs + earnedMs - (usedMs - this.#usedMs), PERIOD_MS * rate);
    this.#at = now;
    this.#usedMs = usedMs;
    return this.#budgetMs >= 0 ? 0 : PERIOD_MS - this.#budgetMs / rate;
  }
}

/** Of all threads: the collector's count as well. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
