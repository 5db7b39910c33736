// Spans of time, sorted and merged, and quick answers about them. Half-open, in ms: from ≤ t < to.

export class Spans {
  readonly #from: Float64Array;
  readonly #to: Float64Array;

  /** In any order, overlapping or not. */
  constructor(spans: readonly (readonly [from: number, to: number])[]) {
    const merged: [number, number][] = [];
    for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
      const last = merged.at(-1);
      if (last && from <= last[1]) last[1] = Math.max(last[1], to);
      else if (to > from) merged.push([from, to]);
    }
    this.#from = Float64Array.from(merged, ([from]) => from);
    this.#to = Float64Array.from(merged, ([, to]) => to);
  }

  /** The number of the first span that ends after `at`. */
  #next(at: number): number {
    let low = 0;
    let high = this.#to.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#to[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  has(at: number): boolean {
    const index = this.#next(at);
    return index < this.#from.length && this.#from[index]! <= at;
  }

  /** The earliest moment ≥ `at` that lies in a span; Infinity when none is left. */
  nextFrom(at: number): number {
    const index = this.#next(at);
    return index < this.#from.length ? Math.max(at, this.#from[index]!) : Number.POSITIVE_INFINITY;
  }
}
