// Reads the history of one monitor in equal parts of time: uptime from its spans, latency from its runs. Days come from
// stored figures, shorter parts from single runs. Does not write.
import { gatherTailWithin } from '../../history/gather-runs.ts';
import {
  type HistoryObservation,
  readDays,
  readObservations,
  readSpans,
} from '../../history/read-history.ts';
import { mergeFigures, noFigures } from '../../uptime/figures.ts';
import { toLogByte } from '../../uptime/log-steps.ts';
import type { LocationFigures, MomentSpan, MomentTotals } from '../../uptime/model.ts';
import { totalsOf } from '../../uptime/moments.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Length of a part, and the longest range: single runs are decoded for the short ones. */
export const RESOLUTIONS = {
  '5m': { ms: 5 * MINUTE_MS, maxRangeMs: 2 * DAY_MS },
  '1h': { ms: 60 * MINUTE_MS, maxRangeMs: 14 * DAY_MS },
  '1d': { ms: DAY_MS, maxRangeMs: 800 * DAY_MS },
} as const;
export type Resolution = keyof typeof RESOLUTIONS;

/** A chart has 50 to 200 parts then. */
export const resolutionFor = (rangeMs: number): Resolution =>
  rangeMs <= DAY_MS / 2 ? '5m' : rangeMs <= 7 * DAY_MS ? '1h' : '1d';

export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly totals: MomentTotals;
  readonly byLocation: readonly LocationFigures[];
}

export interface MonitorBuckets {
  /** The range, widened to whole parts. `to` is at most now. */
  readonly from: number;
  readonly to: number;
  readonly spans: readonly MomentSpan[];
  /** Parts in which the monitor existed, oldest first. */
  readonly buckets: readonly Bucket[];
}

interface BucketRange {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  readonly resolution: Resolution;
  readonly now: number;
}

export async function readMonitorBuckets(
  db: D1Database,
  { number, from: wantedFrom, to: wantedTo, resolution, now }: BucketRange,
): Promise<MonitorBuckets> {
  const { ms } = RESOLUTIONS[resolution];
  const from = Math.floor(wantedFrom / ms) * ms;
  const to = Math.min(Math.ceil(wantedTo / ms) * ms, now);
  if (to <= from) return { from, to: from, spans: [], buckets: [] };
  const range = { from, to, now };
  const [existed] = await readSpans(db, { numbers: [number], ...range });
  if (existed === undefined) return { from, to, spans: [], buckets: [] };
  const figures =
    resolution === '1d' ? await figuresOfDays(db, number, range) : await figuresOfRuns(db, number, ms, range);
  const buckets: Bucket[] = [];
  for (let start = Math.floor(existed.from / ms) * ms; start < existed.to; start += ms) {
    const part = { from: Math.max(start, existed.from), to: Math.min(start + ms, existed.to) };
    const totals = totalsOf(existed.spans, part.from, part.to);
    buckets.push({ ...part, totals, byLocation: figures.get(start) ?? [] });
  }
  return { from, to, spans: existed.spans, buckets };
}

type Figures = ReadonlyMap<number, readonly LocationFigures[]>;
type Range = Pick<BucketRange, 'from' | 'to' | 'now'>;

/** If the compaction is far behind, the newest days have no data of their runs: a part of a day would look like all of it. */
async function figuresOfDays(db: D1Database, number: number, range: Range): Promise<Figures> {
  const { openFrom, tail } = await gatherTailWithin(db, [number], range.to);
  const to = tail === null ? Math.min(range.to, openFrom) : range.to;
  if (to <= range.from) return new Map();
  const read = await readDays(db, { numbers: [number], ...range, to }, tail ?? undefined);
  const days = read.get(number) ?? [];
  return new Map(days.map(({ day, byLocation }) => [day * DAY_MS, mergeFigures(byLocation)]));
}

/** Votes are not in single runs, so a location has no uptime in these. */
async function figuresOfRuns(db: D1Database, number: number, ms: number, range: Range): Promise<Figures> {
  const parts = new Map<number, Map<string, RunFigures>>();
  for await (const run of readObservations(db, { number, ...range })) {
    const start = Math.floor(run.startedAt / ms) * ms;
    const part = parts.get(start) ?? new Map<string, RunFigures>();
    parts.set(start, part);
    const figures = part.get(run.location) ?? new RunFigures(run.location);
    part.set(run.location, figures);
    figures.add(run);
  }
  return new Map(
    [...parts].map(([start, part]) => [start, mergeFigures([...part.values()].map((one) => one.figures()))]),
  );
}

/** The runs of one location, in the order in which they started. */
class RunFigures {
  readonly #location: string;
  readonly #counts = { ok: 0, failed: 0, unmeasured: 0 };
  readonly #latency = new Map<number, number>();
  readonly #samples = { sent: 0, lost: 0 };
  readonly #jitter = { sum: 0, count: 0 };
  #previous: number | null = null;

  constructor(location: string) {
    this.#location = location;
  }

  add({ outcome, timings, samples }: HistoryObservation): void {
    this.#counts[outcome] += 1;
    if (samples) {
      this.#samples.sent += samples.sent;
      this.#samples.lost += samples.lost;
    }
    if (outcome !== 'ok' || timings.totalMs === undefined) return;
    const step = toLogByte(timings.totalMs);
    this.#latency.set(step, (this.#latency.get(step) ?? 0) + 1);
    if (this.#previous !== null) {
      this.#jitter.sum += Math.abs(timings.totalMs - this.#previous);
      this.#jitter.count += 1;
    }
    this.#previous = timings.totalMs;
  }

  figures(): LocationFigures {
    return {
      ...noFigures(this.#location),
      ...this.#counts,
      latency: this.#latency,
      ...{ jitterSumMs: this.#jitter.sum, jitterCount: this.#jitter.count },
      ...{ samplesSent: this.#samples.sent, samplesLost: this.#samples.lost },
    };
  }
}
