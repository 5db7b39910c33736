// Owns the rule by which time becomes uptime, for any range: spans to totals, totals to uptime, several monitors as one. Pure.
import { MOMENTS, type Moment, type MomentSpan, type MomentTotals, type Uptime } from './model.ts';

/** In words, for every place that shows a figure. */
export const UPTIME_RULE =
  'Uptime is 1 − down ÷ (down + partial + up). Time in which a monitor was paused, in maintenance or without data does not count. Partial time counts as up. An outage counts from its first failure, so an outage that is found today can change yesterday.';

/** How several monitors become one figure. */
export const POOLED_RULE =
  'Of several monitors, the times are added before the division, so every monitor counts for the time in which it was measured.';

export const LATENCY_RULE =
  'Percentiles are of the total time of successful runs, from a histogram: at most 3 % off.';

export const NO_TIME: MomentTotals = {
  paused: 0,
  maintenance: 0,
  no_data: 0,
  down: 0,
  partial: 0,
  up: 0,
};

/** Totals of the part from `from` to `to`. Spans are disjoint; what none covers is up. */
export function totalsIn(spans: readonly MomentSpan[], from: number, to: number): MomentTotals {
  const totals: Record<Moment, number> = { ...NO_TIME };
  let covered = 0;
  for (const span of spans) {
    const length = Math.min(span.to, to) - Math.max(span.from, from);
    if (length <= 0) continue;
    totals[span.moment] += length;
    covered += length;
  }
  totals.up = Math.max(0, to - from - covered);
  return totals;
}

export function addTotals(all: Iterable<MomentTotals>): MomentTotals {
  const sum: Record<Moment, number> = { ...NO_TIME };
  for (const totals of all) for (const moment of MOMENTS) sum[moment] += totals[moment];
  return sum;
}

/** Time that counts for uptime, ms. */
export const countedMs = ({ down, partial, up }: MomentTotals): number => down + partial + up;

export function uptimeOfTotals(totals: MomentTotals): Uptime {
  const counted = countedMs(totals);
  return counted === 0 ? null : 1 - totals.down / counted;
}

/** Uptime of one location: 1 − time its vote failed ÷ time it voted. */
export const locationUptime = ({
  votedMs,
  failingMs,
}: {
  readonly votedMs: number;
  readonly failingMs: number;
}): Uptime => (votedMs <= 0 ? null : 1 - Math.min(failingMs, votedMs) / votedMs);
