// Owns the limit of connections that wait for a response at once: a Worker has six, and one stays free for D1.
// Work that may hang never takes the last permit. Does not know Lambda.

/** Of invocations that wait for their response at once. */
export const FLEET_PERMITS = 5;

interface Waiting {
  readonly mayHang: boolean;
  readonly enter: () => void;
}

export class PrioritySemaphore {
  readonly #permits: number;
  #inUse = 0;
  #lowPriority = 0;
  readonly #queue: Waiting[] = [];

  /** `permits` ≥ 2. */
  constructor(permits: number) {
    this.#permits = permits;
  }

  /** Runs `work` when it gets a permit, healthy work first. Timeouts must start inside `work`. */
  async run<T>(mayHang: boolean, work: () => Promise<T>): Promise<T> {
    if (!this.#canAcquire(mayHang)) await new Promise<void>((enter) => this.#queue.push({ mayHang, enter }));
    else this.#acquire(mayHang);
    try {
      return await work();
    } finally {
      this.#inUse -= 1;
      if (mayHang) this.#lowPriority -= 1;
      this.#releaseNext();
    }
  }

  #canAcquire(mayHang: boolean): boolean {
    return this.#inUse < this.#permits && (!mayHang || this.#lowPriority < this.#permits - 1);
  }

  #acquire(mayHang: boolean): void {
    this.#inUse += 1;
    if (mayHang) this.#lowPriority += 1;
  }

  #releaseNext(): void {
    for (const wanted of [false, true]) {
      for (;;) {
        const index = this.#queue.findIndex(({ mayHang }) => mayHang === wanted);
        const next = this.#queue[index];
        if (!next || !this.#canAcquire(wanted)) break;
        this.#queue.splice(index, 1);
        this.#acquire(wanted);
        next.enter();
      }
    }
  }
}
