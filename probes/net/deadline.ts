// How long one look waits: every wait ends with its answer, or when the look's time is up. Knows no sockets.
import { performance } from 'node:perf_hooks';
import { UnmeasuredError } from './errors.ts';

/** Why a look ends early: its own time is up, or the whole invocation's. */
export type ExpiryReason = 'timeout' | 'deadline';

export const DEADLINE_DETAIL = 'the invocation had to answer before this look was done';

export class Deadline {
  /** When the look began, by performance.now(). */
  readonly beganAt = performance.now();
  readonly timeoutMs: number;
  /** Ms from the beginning to the end of the newest wait. */
  elapsedMs = 0;
  /** What waits at the moment, and how it is told that the time is up. */
  readonly #waiting = new Set<(why: ExpiryReason) => void>();
  #expired: ExpiryReason | undefined;

  /** Someone else watches the time, and calls `expire`. */
  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
  }

  remainingMs(): number {
    if (this.#expired !== undefined) return 0;
    return Math.max(0, this.timeoutMs - (performance.now() - this.beganAt));
  }

  /** Ends whatever waits, now and later. */
  expire(why: ExpiryReason): void {
    this.#expired ??= why;
    for (const notify of this.#waiting) notify(this.#expired);
  }

  /** Waits for an answer, or fails with `late` when the time is up; either way that moment is the end of the measured time. */
  wait<T>(
    start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
    late: () => Error,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const tell = (why: ExpiryReason): void =>
        end(() => reject(why === 'timeout' ? late() : new UnmeasuredError('deadline', DEADLINE_DETAIL)));
      const end = (tellIt: () => void): void => {
        if (!this.#waiting.delete(tell)) return;
        this.elapsedMs = performance.now() - this.beganAt;
        tellIt();
      };
      this.#waiting.add(tell);
      if (this.#expired !== undefined) return tell(this.#expired);
      start(
        (value) => end(() => resolve(value)),
        (error) => end(() => reject(error)),
      );
    });
  }

  /** Waits for no answer: its end is no failure, and no end of the measured time. */
  waitWithoutTiming(start: (resolve: () => void, reject: (error: Error) => void) => void): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(end);
        resolve();
      };
      this.#waiting.add(end);
      if (this.#expired !== undefined) return end();
      start(end, (error) => {
        this.#waiting.delete(end);
        reject(error);
      });
    });
  }
}
