// Owns the shapes of a history: spans of a monitor's time, and the figures of a day. Pure: no I/O, no clock.

/**
 * What a moment of a monitor counts as. Of several, the first in this list applies: a paused monitor has no maintenance, and
 * a failure during a maintenance is no downtime. `down` and `partial` are spans of incidents, from their retroactive start.
 */
export const MOMENTS = ['paused', 'maintenance', 'no_data', 'down', 'partial', 'up'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Half open: `from` ≤ t < `to`, ms since the epoch. */
export interface MomentSpan {
  readonly moment: Exclude<Moment, 'up'>;
  readonly from: number;
  readonly to: number;
}

/** Milliseconds of each kind. Their sum is the part of the span in which the monitor existed. */
export type MomentTotals = Readonly<Record<Moment, number>>;

/** Of 0 to 1. Null: no data, because nothing of the span counts. */
export type Uptime = number | null;

/** A UTC day of a monitor, as a bar of the status page shows it. */
export interface DayBar {
  /** Days since the epoch. */
  readonly day: number;
  readonly totals: MomentTotals;
}

/** Latencies in the steps in which they are stored: at most 3 % off, or 9 % (rules.ts). Counts by step, mergeable. */
export type LatencyHistogram = ReadonlyMap<number, number>;

/** Runs of a monitor from one location in a span. */
export interface LocationFigures {
  /** Its id, such as `aws:eu-central-1`. */
  readonly location: string;
  readonly ok: number;
  readonly failed: number;
  readonly unmeasured: number;
  /** ms in which its vote counted, and in which it was failing. */
  readonly votedMs: number;
  readonly failingMs: number;
  /** Of the total time of ok runs. */
  readonly latency: LatencyHistogram;
  /** Sum and number of differences between the total times of consecutive ok runs, ms. */
  readonly jitterSumMs: number;
  readonly jitterCount: number;
  /** Samples that were sent and lost, of checks that send several. */
  readonly samplesSent: number;
  readonly samplesLost: number;
}

export interface DayFigures extends DayBar {
  readonly spans: readonly MomentSpan[];
  readonly byLocation: readonly LocationFigures[];
}
