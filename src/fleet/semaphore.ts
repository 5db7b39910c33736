// Owns the limit of connections that wait for a response at once: a Worker has six, and one stays free for D1.
// Work that may hang never takes the last permit, and is never kept out by healthy work. Does not know Lambda.

/** So often in a row healthy work overtakes work that may hang, if none of that is running: a failure must be confirmed. */
const MAX_OVERTAKES = 4;

interface Waiting {
  readonly mayHang: boolean;
  readonly enter: () => void;
}

export class PrioritySemaphore {
  readonly #permits: number;
  #inUse = 0;
  #lowPriority = 0;
  /** Healthy work that started since work that may hang did, while such work was waiting. */
  #overtakes = 0;
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
    for (;;) {
      const next = this.#takeNext();
      if (!next) return;
      this.#acquire(next.mayHang);
      next.enter();
    }
  }

  /** Removes the next work that may start from the queue. */
  #takeNext(): Waiting | undefined {
    const suspect = this.#queue.findIndex(({ mayHang }) => mayHang);
    const healthy = this.#queue.findIndex(({ mayHang }) => !mayHang);
    const isStarving = suspect >= 0 && this.#lowPriority === 0 && this.#overtakes >= MAX_OVERTAKES;
    const index = healthy >= 0 && !isStarving ? healthy : suspect;
    const next = this.#queue[index];
    if (!next || !this.#canAcquire(next.mayHang)) return undefined;
    this.#overtakes = next.mayHang || suspect < 0 ? 0 : this.#overtakes + 1;
    this.#queue.splice(index, 1);
    return next;
  }
}
