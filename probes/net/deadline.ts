// Owns the time limit of one check run: every wait ends with its result or when the time is up. Does not know sockets.
import { performance } from 'node:perf_hooks';
import { UnmeasuredError } from './errors.ts';

/** Why a run ends early: its own timeout or the deadline of the whole invocation. */
export type ExpiryReason = 'timeout' | 'deadline';

export const DEADLINE_DETAIL = 'the invocation reached its deadline before this check finished';

export class Deadline {
  /** When the run started, by performance.now(). */
  readonly startedAt = performance.now();
  readonly timeoutMs: number;
  /** Ms from the start to the end of the latest wait. */
  elapsedMs = 0;
  /** One callback per pending wait, called when the time is up. */
  readonly #pending = new Set<(reason: ExpiryReason) => void>();
  #expired: ExpiryReason | undefined;

  /** Sets no timer: the caller calls `expire`. */
  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
  }

  remainingMs(): number {
    if (this.#expired !== undefined) return 0;
    return Math.max(0, this.timeoutMs - (performance.now() - this.startedAt));
  }

  /** Ends every pending and every later wait. */
  expire(reason: ExpiryReason): void {
    this.#expired ??= reason;
    for (const notify of this.#pending) notify(this.#expired);
  }

  /** Waits for a result, or fails with `timeoutError` when the time is up. The end of the wait ends the measured time. */
  wait<T>(
    start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
    timeoutError: () => Error,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const notify = (reason: ExpiryReason): void =>
        end(() =>
          reject(reason === 'timeout' ? timeoutError() : new UnmeasuredError('deadline', DEADLINE_DETAIL)),
        );
      const end = (complete: () => void): void => {
        if (!this.#pending.delete(notify)) return;
        this.elapsedMs = performance.now() - this.startedAt;
        complete();
      };
      this.#pending.add(notify);
      if (this.#expired !== undefined) return notify(this.#expired);
      start(
        (value) => end(() => resolve(value)),
        (error) => end(() => reject(error)),
      );
    });
  }

  /** Waits outside the measured time; resolves instead of failing when the time is up. */
  waitWithoutTiming(start: (resolve: () => void, reject: (error: Error) => void) => void): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const end = (): void => {
        this.#pending.delete(end);
        resolve();
      };
      this.#pending.add(end);
      if (this.#expired !== undefined) return end();
      start(end, (error) => {
        this.#pending.delete(end);
        reject(error);
      });
    });
  }
}
