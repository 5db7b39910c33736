// Owns how long a job waits for proof about its location after its last run has failed. Does not know what proves it.
import { setTimeoutAfterPoll } from '../net/timers.ts';

/** A run that fails at once waits this long for a proof, and at most half of its timeout. */
const MAX_WAIT_MS = 2_000;

/** A run that has timed out waits at most this long for what was asked in time. */
const GRACE_MS = 200;

export class VerdictWait {
  #until = 0;
  #decide: () => void = () => {};
  readonly #decided = new Promise<void>((resolve) => {
    this.#decide = resolve;
  });

  /** Adds the time that a run may wait, which began at `startedAt`. */
  extend(startedAt: number, timeoutMs: number): void {
    const now = performance.now();
    const waitMs = Math.min(timeoutMs / 2, MAX_WAIT_MS, startedAt + timeoutMs - now + GRACE_MS);
    this.#until = Math.max(this.#until, now + waitMs);
  }

  /** Waiting longer cannot change the verdict. */
  end(): void {
    this.#decide();
  }

  /** Resolves at the end, or when no run may wait longer. */
  async done(): Promise<void> {
    const waitMs = this.#until - performance.now();
    if (waitMs <= 0) return;
    const timer = setTimeoutAfterPoll(this.#decide, waitMs);
    await this.#decided;
    clearTimeout(timer);
  }
}
