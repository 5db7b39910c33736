// Owns figures of runs that can be merged: counts, latency by percentile, jitter, loss and the uptime of a location. Pure.
import { fromLogByte } from './log-steps.ts';
import type { LatencyHistogram, LocationFigures, Uptime } from './model.ts';

export const noFigures = (location: string): LocationFigures => ({
  location,
  ...{ ok: 0, failed: 0, unmeasured: 0, votedMs: 0, failingMs: 0 },
  latency: new Map(),
  ...{ jitterSumMs: 0, jitterCount: 0, samplesSent: 0, samplesLost: 0 },
});

/** Figures of several days or monitors as one, by location, in order of their ids. */
export function mergeFigures(all: Iterable<LocationFigures>): LocationFigures[] {
  const merged = new Map<string, LocationFigures>();
  for (const figures of all) {
    const known = merged.get(figures.location);
    merged.set(figures.location, known ? sumOf(known, figures) : figures);
  }
  return [...merged.values()].sort((a, b) => (a.location < b.location ? -1 : 1));
}

/** Of all locations together. */
export const overallFigures = (all: Iterable<LocationFigures>): LocationFigures =>
  [...all].reduce(sumOf, noFigures(''));

const sumOf = (a: LocationFigures, b: LocationFigures): LocationFigures => ({
  location: a.location,
  ok: a.ok + b.ok,
  failed: a.failed + b.failed,
  unmeasured: a.unmeasured + b.unmeasured,
  votedMs: a.votedMs + b.votedMs,
  failingMs: a.failingMs + b.failingMs,
  latency: mergeHistograms([a.latency, b.latency]),
  jitterSumMs: a.jitterSumMs + b.jitterSumMs,
  jitterCount: a.jitterCount + b.jitterCount,
  samplesSent: a.samplesSent + b.samplesSent,
  samplesLost: a.samplesLost + b.samplesLost,
});

export function mergeHistograms(all: readonly LatencyHistogram[]): LatencyHistogram {
  const merged = new Map<number, number>();
  for (const histogram of all)
    for (const [step, count] of histogram) merged.set(step, (merged.get(step) ?? 0) + count);
  return merged;
}

/**
 * The latency that this share of the runs did not exceed, by nearest rank: exact over the stored steps, so at most 3 % off
 * the stored total (rules.ts). Null without a run.
 */
export function percentileOf(histogram: LatencyHistogram, share: number): number | null {
  const steps = [...histogram].sort(([a], [b]) => a - b);
  const count = steps.reduce((sum, [, runs]) => sum + runs, 0);
  if (count === 0) return null;
  let left = Math.max(1, Math.ceil(share * count));
  for (const [step, runs] of steps) {
    left -= runs;
    if (left <= 0) return fromLogByte(step) ?? null;
  }
  return null;
}

/** Mean difference between the total times of consecutive ok runs, ms. Null if there are no two. */
export const jitterOf = ({ jitterSumMs, jitterCount }: LocationFigures): number | null =>
  jitterCount === 0 ? null : jitterSumMs / jitterCount;

/** Share of samples that were lost. Null if no check sends samples. */
export const lossOf = ({ samplesSent, samplesLost }: LocationFigures): number | null =>
  samplesSent === 0 ? null : samplesLost / samplesSent;

/** 1 − time its vote failed / time it voted. */
export const locationUptimeOf = ({ votedMs, failingMs }: LocationFigures): Uptime =>
  votedMs === 0 ? null : 1 - failingMs / votedMs;
