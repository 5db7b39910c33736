// Owns a clock that moves only from timer to timer, on request. Does not know who waits on it.
interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export class VirtualTime {
  #now: number;
  #nextId = 1;
  readonly #timers = new Map<number, Timer>();

  /** `startAt` in ms since the epoch. */
  constructor(startAt: number) {
    this.#now = startAt;
  }

  readonly now = (): number => this.#now;

  /** Runs `run` once, `delayMs` from now. Returns the id for `clear`. */
  set(run: () => void, delayMs: number): number {
    const id = this.#nextId++;
    this.#timers.set(id, { at: this.#now + Math.max(0, delayMs), run });
    return id;
  }

  clear(id: number): void {
    this.#timers.delete(id);
  }

  /** Moves the clock without running timers: they run late. */
  skip(ms: number): void {
    this.#now += ms;
  }

  /** Runs the earliest timer that is due by `until`. If there is none, moves to `until` and returns false. */
  step(until: number): boolean {
    let next: [number, Timer] | undefined;
    // A Map keeps the order of insertion, so timers of the same time run in that order.
    for (const entry of this.#timers) if (!next || entry[1].at < next[1].at) next = entry;
    if (!next || next[1].at > until) {
      this.#now = Math.max(this.#now, until);
      return false;
    }
    this.#timers.delete(next[0]);
    this.#now = Math.max(this.#now, next[1].at);
    next[1].run();
    return true;
  }
}

/** Lets all pending promises run. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
