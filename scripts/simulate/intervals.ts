// Owns sorted and merged spans of time and fast queries on them. Half-open, in ms: from ≤ t < to. Pure.

export class Intervals {
  readonly #from: Float64Array;
  readonly #to: Float64Array;

  /** Spans may overlap and come in any order. */
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

  /** The index of the first span that ends after `at`. */
  #indexAfter(at: number): number {
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
    const index = this.#indexAfter(at);
    return index < this.#from.length && this.#from[index]! <= at;
  }

  /** The earliest moment ≥ `at` inside a span. Infinity if none is left. */
  nextFrom(at: number): number {
    const index = this.#indexAfter(at);
    return index < this.#from.length ? Math.max(at, this.#from[index]!) : Number.POSITIVE_INFINITY;
  }
}
