// Owns the accounting rule: what a moment counts as if several spans cover it, and the uptime that follows. Pure.
import { clip, differenceOf, type Interval, lengthOf, unionOf } from './intervals.ts';
import { MOMENTS, type Moment, type MomentSpan, type MomentTotals, type Uptime } from './model.ts';

type Counted = MomentSpan['moment'];

const COUNTED = MOMENTS.filter((moment): moment is Counted => moment !== 'up');

export const NO_TIME: MomentTotals = { paused: 0, maintenance: 0, no_data: 0, down: 0, partial: 0, up: 0 };

/** Disjoint spans in order, from spans that overlap: the first kind of {@link MOMENTS} that covers a moment counts. */
export function disjointSpans(spans: readonly MomentSpan[], from: number, to: number): MomentSpan[] {
  const byMoment = Map.groupBy(spans, ({ moment }) => moment);
  let covered: Interval[] = [];
  const visible: MomentSpan[] = [];
  for (const moment of COUNTED) {
    const own = byMoment.get(moment);
    if (!own) continue;
    const intervals = own.map((span): Interval => [span.from, span.to]);
    const rest = differenceOf(unionOf(clip(intervals, from, to)), covered);
    for (const [start, end] of rest) visible.push({ moment, from: start, to: end });
    covered = unionOf([...covered, ...rest]);
  }
  return visible.sort((a, b) => a.from - b.from);
}

/** The part of a span of time, in which the monitor existed, by kind. `spans` are disjoint. */
export function totalsOf(spans: readonly MomentSpan[], from: number, to: number): MomentTotals {
  const totals: Record<Moment, number> = { ...NO_TIME, up: Math.max(0, to - from) };
  for (const span of spans) {
    const ms = lengthOf(clip([[span.from, span.to]], from, to));
    totals[span.moment] += ms;
    totals.up -= ms;
  }
  return totals;
}

export function sumTotals(all: Iterable<MomentTotals>): MomentTotals {
  const sum: Record<Moment, number> = { ...NO_TIME };
  for (const totals of all) for (const moment of MOMENTS) sum[moment] += totals[moment];
  return sum;
}

/** 1 − down / (down + partial + up): paused, maintenance and no data leave both. */
export function uptimeOf({ down, partial, up }: MomentTotals): Uptime {
  const counted = down + partial + up;
  return counted === 0 ? null : 1 - down / counted;
}
