// Owns the durations of a job over a span, as a chart shows them: medians of equal parts, and percentiles. Pure. Figures are
// exact: a job has few runs, and they may take days.
import type { RunDuration } from '../../store/pings.ts';
import type { JobDurations } from './monitor-page-view.ts';

interface Span {
  readonly from: number;
  readonly to: number;
  /** Number of parts. */
  readonly parts: number;
}

export function durationsOf(runs: readonly RunDuration[], { from, to, parts }: Span): JobDurations {
  const own = Array.from({ length: parts }, (): number[] => []);
  for (const { at, durationMs } of runs)
    own[Math.floor(((at - from) * parts) / (to - from))]?.push(durationMs);
  const sorted = own.map((part) => part.toSorted((a, b) => a - b));
  const whole = own.flat().toSorted((a, b) => a - b);
  return {
    points: sorted.map((part) => percentileOf(part, 0.5)),
    ...{ p50: percentileOf(whole, 0.5), p95: percentileOf(whole, 0.95), p99: percentileOf(whole, 0.99) },
    runs: whole.length,
  };
}

/** The nearest rank: a duration that was measured. Null without one. */
const percentileOf = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
