// Owns when a tick runs: cron fires every minute, except as the scenario defines. Does not know the engine.
import { Intervals } from './intervals.ts';
import type { Scenario } from './scenario.ts';

const MINUTE_MS = 60_000;
const MAX_TICK_MS = 170_000;

/** One tick of the coordinator. Times in ms since second 0. */
export interface Tick {
  readonly at: number;
  /** The tick ends here, at its maximum length or at a restart. */
  readonly until: number;
  /** Cron fired twice at once, so every due run is sent twice. */
  readonly doubled: boolean;
}

export class Cron {
  readonly #skip: Intervals;
  readonly #double: Intervals;
  readonly #restarts: readonly number[];
  readonly #irregular: Intervals;

  constructor({ cron }: Scenario) {
    const ms = (spans: readonly [number, number][]): [number, number][] =>
      spans.map(([from, to]) => [from * 1_000, to * 1_000]);
    this.#skip = new Intervals(ms(cron.skip));
    this.#double = new Intervals(ms(cron.double));
    this.#restarts = cron.restartAt.map((at) => at * 1_000).toSorted((a, b) => a - b);
    const wide = [...ms(cron.skip), ...ms(cron.double), ...this.#restarts.map((at) => [at, at + 1] as const)];
    this.#irregular = new Intervals(
      wide.map(([from, to]) => [from - MINUTE_MS, to + MAX_TICK_MS + MINUTE_MS]),
    );
  }

  /** The first tick that fires at `from` or later. */
  next(from: number): Tick {
    let at = Math.ceil(from / MINUTE_MS) * MINUTE_MS;
    while (this.#skip.has(at)) at += MINUTE_MS;
    const restart = this.#restarts.find((restartAt) => restartAt > at) ?? Number.POSITIVE_INFINITY;
    return { at, until: Math.min(at + MAX_TICK_MS, restart), doubled: this.#double.has(at) };
  }

  /** The first restart after `after`. Infinity if none is left. */
  nextRestart(after: number): number {
    return this.#restarts.find((at) => at > after) ?? Number.POSITIVE_INFINITY;
  }

  /** The next moment from which cron may be irregular. */
  nextIrregular(from: number): number {
    return this.#irregular.nextFrom(from);
  }
}
