// Owns what the page of a heartbeat shows of its pings, as data: what is expected next, with pings that are not evaluated yet,
// and how long runs took. Pure.
import { rulesOf } from '../../../heartbeats/check.ts';
import { evaluateHeartbeat, expectedOf } from '../../../heartbeats/evaluate.ts';
import type { HeartbeatMemory, Ping } from '../../../heartbeats/memory.ts';
import { type HeartbeatRows, MAX_CHARTED_PINGS, type RunDuration } from '../../../store/heartbeat-page.ts';

const RANGES = ['24h', '7d', '30d'] as const;
export type HeartbeatRange = (typeof RANGES)[number];
const DAY_MS = 86_400_000;
const RANGE_MS: Readonly<Record<HeartbeatRange, number>> = {
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
};
export const RANGE_WORDS: Readonly<Record<HeartbeatRange, string>> = {
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
};

export const heartbeatRangeOf = (text: string | undefined): HeartbeatRange =>
  RANGES.find((range) => range === text) ?? '24h';

export const rangeStart = (range: HeartbeatRange, now: number): number => now - RANGE_MS[range];

/** Of durations: what people ask for. Null: no run said when it began. */
export interface DurationFigures {
  readonly runs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface HeartbeatView {
  /** As the next evaluation will have it. */
  readonly memory: HeartbeatMemory;
  readonly pings: HeartbeatRows['pings'];
  readonly range: HeartbeatRange;
  readonly durations: readonly RunDuration[];
  readonly figures: DurationFigures | null;
  /** Runs before this are not read. Null: all of the range are. */
  readonly cutAt: number | null;
  readonly previousKeyUntil: number | null;
}

/** Null: it is no heartbeat. */
export function heartbeatView(
  { heartbeat, pings, durations }: HeartbeatRows,
  check: { readonly type: string },
  range: HeartbeatRange,
  now: number,
): HeartbeatView | null {
  if (heartbeat === null) return null;
  const { previousKeyUntil } = heartbeat;
  const rules = rulesOf(check);
  const known = expectedOf(heartbeat, rules);
  const fresh = pings.filter(({ seq }) => seq > known.seq).toReversed();
  // With a gap, the evaluation knows better.
  const runs = durations?.runs ?? [];
  const isCut = durations !== null && durations.pings >= MAX_CHARTED_PINGS;
  const isWhole = fresh.length === 0 || fresh[0]!.seq === known.seq + 1;
  return {
    memory: isWhole ? withPings(rules, known, fresh, now) : known,
    ...{ pings, range, durations: runs, figures: figuresOf(runs) },
    cutAt:
      isCut && durations.since !== null && durations.since > rangeStart(range, now) ? durations.since : null,
    previousKeyUntil: (previousKeyUntil ?? 0) > now ? previousKeyUntil : null,
  };
}

const withPings = (
  rules: ReturnType<typeof rulesOf>,
  memory: HeartbeatMemory,
  pings: readonly Ping[],
  now: number,
): HeartbeatMemory => evaluateHeartbeat(rules, memory, { pings, outages: [], since: now, now }).memory;

export function figuresOf(durations: readonly RunDuration[]): DurationFigures | null {
  if (durations.length === 0) return null;
  const sorted = durations.map(([, ms]) => ms).sort((a, b) => a - b);
  // The nearest rank: a duration that a run really had.
  const at = (part: number): number => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)]!;
  return { runs: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: sorted.at(-1)! };
}

export interface DurationPoint {
  readonly at: number;
  readonly medianMs: number | null;
  readonly maxMs: number | null;
  readonly runs: number;
}

/** So many points fit beside each other. */
const POINTS = 96;

/** Each run, or, of many, equal parts of the range. */
export function pointsOf(
  durations: readonly RunDuration[],
  { from, to }: { readonly from: number; readonly to: number },
): DurationPoint[] {
  if (durations.length <= POINTS)
    return durations.map(([at, ms]) => ({ at, medianMs: ms, maxMs: ms, runs: 1 }));
  const step = (to - from) / POINTS;
  const parts = Array.from({ length: POINTS }, (): RunDuration[] => []);
  for (const run of durations) parts[Math.min(POINTS - 1, Math.floor((run[0] - from) / step))]?.push(run);
  return parts.map((own, index) => {
    const figures = figuresOf(own);
    return {
      at: Math.round(from + index * step),
      medianMs: figures?.p50Ms ?? null,
      maxMs: figures?.maxMs ?? null,
      runs: own.length,
    };
  });
}

/** `820 ms`, `4.2 s`, `12 min 30 s`, `3 h 5 min`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 100) / 10;
  if (seconds < 60) return `${seconds < 10 ? seconds : Math.round(seconds)} s`;
  const whole = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
