// Owns the places of one invocation: how many requests wait at once, and whose turn it is. Does not send.
// A Worker waits for the headers of six connections at most. A seventh would wait unnoticed, and its timeout would run.

/** One connection is left for the queue. */
export const MAX_SENDS = 5;
/** Channels whose newest attempt failed leave the other places to those that work. */
export const MAX_SENDS_OF_FAILING = 2;
/** Each grant costs up to fourteen statements, and D1 takes 1,000 an invocation. */
const MAX_GRANTS = 65;

export interface Place {
  release(): void;
}

interface Waiter {
  readonly channelId: string;
  readonly resolve: (place: Place | null) => void;
}

/** A free place goes to the channel with the fewest sends in flight. Among equals, the one that waits longest. */
export class SendPlaces {
  readonly #failing: Set<string>;
  readonly #inUse = new Map<string, number>();
  #waiting: Waiter[] = [];
  #grants = 0;

  constructor(failing: Iterable<string> = []) {
    this.#failing = new Set(failing);
  }

  /** Resolves with null if the invocation has done enough, or if {@link evict} gave the channel up. */
  acquire(channelId: string): Promise<Place | null> {
    return new Promise((resolve) => {
      this.#waiting.push({ channelId, resolve });
      this.#grant();
    });
  }

  get isExhausted(): boolean {
    return this.#grants >= MAX_GRANTS;
  }

  setFailing(channelId: string, failing: boolean): void {
    if (failing) this.#failing.add(channelId);
    else this.#failing.delete(channelId);
    this.#grant();
  }

  /** Gives up the waiting channels that have no send in flight, and returns them. */
  evict(): string[] {
    const idle = this.#waiting.filter(({ channelId }) => this.#used(channelId) === 0);
    this.#waiting = this.#waiting.filter((waiter) => !idle.includes(waiter));
    for (const { resolve } of idle) resolve(null);
    return [...new Set(idle.map(({ channelId }) => channelId))];
  }

  #used(channelId: string): number {
    return this.#inUse.get(channelId) ?? 0;
  }

  #grant(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      const { channelId, resolve } = next;
      this.#waiting = this.#waiting.filter((waiter) => waiter !== next);
      if (this.isExhausted) {
        resolve(null);
        continue;
      }
      this.#grants += 1;
      this.#inUse.set(channelId, this.#used(channelId) + 1);
      let released = false;
      resolve({
        release: () => {
          if (released) return;
          released = true;
          this.#inUse.set(channelId, this.#used(channelId) - 1);
          this.#grant();
        },
      });
    }
  }

  #next(): Waiter | undefined {
    const counts = [...this.#inUse];
    if (counts.reduce((sum, [, count]) => sum + count, 0) >= MAX_SENDS) return undefined;
    const ofFailing = counts.reduce((sum, [id, count]) => sum + (this.#failing.has(id) ? count : 0), 0);
    return this.#waiting
      .filter(({ channelId }) => ofFailing < MAX_SENDS_OF_FAILING || !this.#failing.has(channelId))
      .toSorted((a, b) => this.#used(a.channelId) - this.#used(b.channelId))[0];
  }
}
