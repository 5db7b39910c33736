// When a coordinator is awake. Cron fires every minute, but for what the scenario says; a tick walks for a while.

import { Spans } from './intervals.ts';
import type { Scenario } from './scenario.ts';

const MINUTE_MS = 60_000;
const WALK_MS = 170_000;

/** One life of the coordinator: from its first tick, for as long as ticks walk and nobody restarts it. */
export interface Tick {
  readonly at: number;
  /** It walks until then. */
  readonly until: number;
  /** Cron fired twice at once: what is due is asked twice. */
  readonly doubled: boolean;
}

export class Cron {
  readonly #skip: Spans;
  readonly #double: Spans;
  readonly #restarts: readonly number[];
  readonly #irregular: Spans;

  constructor({ cron }: Scenario) {
    const ms = (spans: readonly [number, number][]): [number, number][] =>
      spans.map(([from, to]) => [from * 1_000, to * 1_000]);
    this.#skip = new Spans(ms(cron.skip));
    this.#double = new Spans(ms(cron.double));
    this.#restarts = cron.restartAt.map((at) => at * 1_000).toSorted((a, b) => a - b);
    const wide = [...ms(cron.skip), ...ms(cron.double), ...this.#restarts.map((at) => [at, at + 1] as const)];
    this.#irregular = new Spans(wide.map(([from, to]) => [from - MINUTE_MS, to + WALK_MS + MINUTE_MS]));
  }

  /** The first tick that fires at `from` or later. */
  next(from: number): Tick {
    let at = Math.ceil(from / MINUTE_MS) * MINUTE_MS;
    while (this.#skip.has(at)) at += MINUTE_MS;
    const restart = this.#restarts.find((one) => one > at) ?? Number.POSITIVE_INFINITY;
    return { at, until: Math.min(at + WALK_MS, restart), doubled: this.#double.has(at) };
  }

  /** The first restart after `after`; Infinity when none is to come. */
  nextRestart(after: number): number {
    return this.#restarts.find((at) => at > after) ?? Number.POSITIVE_INFINITY;
  }

  /** The next moment from which cron may be anything but regular. */
  nextIrregular(from: number): number {
    return this.#irregular.nextFrom(from);
  }
}
