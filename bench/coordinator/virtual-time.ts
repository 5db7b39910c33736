// A clock that stands still until it is told to go on to the next timer. Knows nothing of what waits on it.

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

  /** Runs `run` once, `delayMs` from now; answers the id that `clear` takes. */
  set(run: () => void, delayMs: number): number {
    const id = this.#nextId++;
    this.#timers.set(id, { at: this.#now + Math.max(0, delayMs), run });
    return id;
  }

  clear(id: number): void {
    this.#timers.delete(id);
  }

  /** Time passes and no timer runs: those that came due meanwhile run late. */
  skip(ms: number): void {
    this.#now += ms;
  }

  /** Runs the earliest timer that is due by `until`. Without one, moves on to `until` and answers false. */
  step(until: number): boolean {
    let next: [number, Timer] | undefined;
    // Timers of one moment run in the order in which they were set: a Map keeps it.
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

/** Lets everything that is only waiting for promises run. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
