// At most so many connections may wait for an answer at once: a Worker has six, and one stays free for D1.
// Suspect work may hang, so it never takes the last place. Knows nothing of Lambda.

interface Waiting {
  readonly suspect: boolean;
  readonly enter: () => void;
}

export class ConnectionGate {
  readonly #places: number;
  #taken = 0;
  #suspects = 0;
  readonly #queue: Waiting[] = [];

  /** `places` ≥ 2. */
  constructor(places: number) {
    this.#places = places;
  }

  /** Runs `work` when a place is granted, healthy work before suspect; timeouts must start inside `work`. */
  async run<T>(suspect: boolean, work: () => Promise<T>): Promise<T> {
    if (!this.#mayEnter(suspect)) await new Promise<void>((enter) => this.#queue.push({ suspect, enter }));
    else this.#take(suspect);
    try {
      return await work();
    } finally {
      this.#taken -= 1;
      if (suspect) this.#suspects -= 1;
      this.#admit();
    }
  }

  #mayEnter(suspect: boolean): boolean {
    return this.#taken < this.#places && (!suspect || this.#suspects < this.#places - 1);
  }

  #take(suspect: boolean): void {
    this.#taken += 1;
    if (suspect) this.#suspects += 1;
  }

  #admit(): void {
    for (const wanted of [false, true]) {
      for (;;) {
        const index = this.#queue.findIndex(({ suspect }) => suspect === wanted);
        const next = this.#queue[index];
        if (!next || !this.#mayEnter(wanted)) break;
        this.#queue.splice(index, 1);
        this.#take(wanted);
        next.enter();
      }
    }
  }
}
