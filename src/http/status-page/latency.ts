// Owns the latency of a monitor by location over a span, as a chart shows it: medians of equal parts, and percentiles. Pure.
// Every figure is at most 3 % off, or 9 % if a total is the sum of its phases (src/uptime/rules.ts).
import type { HistoryObservation } from '../../history/read-history.ts';
import { locationUptimeOf, mergeFigures, mergeHistograms, percentileOf } from '../../uptime/figures.ts';
import { toLogByte } from '../../uptime/log-steps.ts';
import type { DayFigures, LatencyHistogram, Uptime } from '../../uptime/model.ts';
import type { LocationLatency } from './monitor-page-view.ts';

const DAY_MS = 86_400_000;

interface Span {
  readonly from: number;
  readonly to: number;
  /** Number of parts. */
  readonly parts: number;
}

/** Single runs, in steps of the span. They do not have votes, so a location has no uptime. */
export function latencyOfRuns(
  runs: Iterable<HistoryObservation>,
  { from, to, parts }: Span,
): LocationLatency[] {
  const byLocation = new Map<string, Map<number, number>[]>();
  for (const { outcome, timings, startedAt, location } of runs) {
    const part = Math.floor(((startedAt - from) * parts) / (to - from));
    if (outcome !== 'ok' || timings.totalMs === undefined || part < 0 || part >= parts) continue;
    const own = byLocation.get(location) ?? Array.from({ length: parts }, () => new Map<number, number>());
    byLocation.set(location, own);
    const step = toLogByte(timings.totalMs);
    own[part]!.set(step, (own[part]!.get(step) ?? 0) + 1);
  }
  return inOrder([...byLocation].map(([location, own]) => latencyOf(location, own, null)));
}

/** Days, one part each. */
export function latencyOfDays(
  days: readonly DayFigures[],
  { from, parts }: Omit<Span, 'to'>,
): LocationLatency[] {
  const firstDay = Math.floor(from / DAY_MS);
  const figures = mergeFigures(days.flatMap(({ byLocation }) => byLocation));
  return inOrder(
    figures.map((whole) => {
      const own = Array.from({ length: parts }, (_, index) => {
        const day = days.find((one) => one.day === firstDay + index);
        return day?.byLocation.find(({ location }) => location === whole.location)?.latency ?? new Map();
      });
      return latencyOf(whole.location, own, locationUptimeOf(whole));
    }),
  );
}

function latencyOf(location: string, parts: readonly LatencyHistogram[], uptime: Uptime): LocationLatency {
  const whole = mergeHistograms(parts);
  return {
    location,
    points: parts.map((part) => percentileOf(part, 0.5)),
    ...{ p50: percentileOf(whole, 0.5), p95: percentileOf(whole, 0.95), p99: percentileOf(whole, 0.99) },
    uptime,
  };
}

const inOrder = (all: readonly LocationLatency[]): LocationLatency[] =>
  all.toSorted((a, b) => (a.location < b.location ? -1 : 1));
