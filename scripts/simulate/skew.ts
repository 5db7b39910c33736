// Owns how far the coordinator's clock is off at a moment, and what that makes of a time that it wrote.
// D1's clock is right, so second 0 and every moment here are D1's. Does not know the engine.
import { CLOCK_TOLERANCE_MS } from '../../src/engine/model/policy.ts';
import type { Scenario } from './scenario.ts';

interface Span {
  readonly from: number;
  readonly to: number;
  readonly offsetMs: number;
}

export class Skew {
  readonly #spans: readonly Span[];
  /** When the offset changes, in order. */
  readonly #changes: readonly number[];

  constructor({ clock }: Pick<Scenario, 'clock'>) {
    this.#spans = clock.map(({ from, to, offsetSeconds }) => ({
      from: Math.round(from * 1_000),
      to: to === undefined ? Number.POSITIVE_INFINITY : Math.round(to * 1_000),
      offsetMs: Math.round(offsetSeconds * 1_000),
    }));
    this.#changes = this.#spans.flatMap(({ from, to }) => [from, to]).toSorted((a, b) => a - b);
  }

  /** By how much the clock is ahead at `at`, in ms since second 0. Of overlapping spans the last one counts. */
  offsetAt(at: number): number {
    return this.#spans.findLast(({ from, to }) => at >= from && at < to)?.offsetMs ?? 0;
  }

  /** The coordinator starts no runs, and takes the time of its commits from D1. */
  isApart(at: number): boolean {
    return Math.abs(this.offsetAt(at)) > CLOCK_TOLERANCE_MS;
  }

  /** The offset of the times that the coordinator commits at `at`. */
  committedOffset(at: number): number {
    return this.isApart(at) ? 0 : this.offsetAt(at);
  }

  /** The first change after `at`. Infinity if none is left. */
  nextChange(at: number): number {
    return this.#changes.find((change) => change > at) ?? Number.POSITIVE_INFINITY;
  }

  /** The latest moment until `until` at which the coordinator wrote `time`, both in ms since second 0. */
  momentOf(time: number, until: number): number {
    if (this.#changes.length === 0) return time;
    const edges = [Number.NEGATIVE_INFINITY, ...this.#changes.filter((change) => change <= until)];
    for (const from of edges.toReversed()) {
      const moment = time - this.committedOffset(Math.max(from, -Number.MAX_SAFE_INTEGER));
      if (moment >= from && moment <= until && moment < this.nextChange(from)) return moment;
    }
    return Math.min(time, until);
  }
}
