// Owns a monitor's UTC day in figures: facts, and counts by location. Everything that is derived from facts is derived when
// it is read, so that a fact which changes later changes one list. Pure.
import {
  clip,
  differenceOf,
  type Interval,
  intersectionOf,
  lengthOf,
  unionOf,
} from '../../uptime/intervals.ts';
import { toLogByte } from '../../uptime/log-steps.ts';
import type { DayFigures, LocationFigures } from '../../uptime/model.ts';
import { disjointSpans, totalsOf } from '../../uptime/moments.ts';
import { momentsOf } from './facts.ts';
import type { Fact } from './history-state.ts';
import { DAY_MS, dayStart } from './ids.ts';

/** What is counted of a run. */
export interface CountedRun {
  /** Number of the location. */
  readonly location: number;
  readonly startedAt: number;
  readonly outcome: 'ok' | 'failed' | 'unmeasured';
  readonly timings: { readonly totalMs?: number | undefined };
  readonly samples?: { readonly sent: number; readonly lost: number } | undefined;
}

export interface LocationDay {
  readonly location: number;
  readonly ok: number;
  readonly failed: number;
  readonly unmeasured: number;
  /** When its vote counted: a measurement was fresh, and the location was not in quarantine. */
  readonly voted: readonly Interval[];
  readonly latency: ReadonlyMap<number, number>;
  readonly jitterSumMs: number;
  readonly jitterCount: number;
  readonly samplesSent: number;
  readonly samplesLost: number;
  /** Start of its newest measurement, also if that was on an earlier day. Null: none. */
  readonly lastMeasuredAt: number | null;
}

export interface DayRecord {
  readonly day: number;
  readonly facts: readonly Fact[];
  readonly byLocation: readonly LocationDay[];
}

export interface DayInputs {
  readonly day: number;
  /** The part of the day that counts: the monitor existed, and it is not in the future. */
  readonly from: number;
  readonly to: number;
  readonly facts: readonly Fact[];
  /** In any order. */
  readonly runs: Iterable<CountedRun>;
  readonly staleMs: number;
  /** Newest measurements of the days before, by location. */
  readonly earlier: ReadonlyMap<number, number>;
  quarantines(location: number): readonly Interval[];
}

export function dayRecordOf(inputs: DayInputs): DayRecord {
  const byLocation = new Map<number, CountedRun[]>();
  for (const run of inputs.runs) {
    const runs = byLocation.get(run.location);
    if (runs) runs.push(run);
    else byLocation.set(run.location, [run]);
  }
  for (const location of inputs.earlier.keys()) if (!byLocation.has(location)) byLocation.set(location, []);
  const { day, facts } = inputs;
  const locations = [...byLocation].sort(([a], [b]) => a - b);
  return { day, facts, byLocation: locations.map(([location, runs]) => locationDay(inputs, location, runs)) };
}

function locationDay(inputs: DayInputs, location: number, runs: CountedRun[]): LocationDay {
  const figures = { ok: 0, failed: 0, unmeasured: 0, samplesSent: 0, samplesLost: 0 };
  const latency = new Map<number, number>();
  const measured: number[] = [];
  let jitterSumMs = 0;
  let jitterCount = 0;
  let lastMs: number | null = null;
  runs.sort((a, b) => a.startedAt - b.startedAt);
  for (const { startedAt, outcome, timings, samples } of runs) {
    figures[outcome] += 1;
    if (outcome !== 'unmeasured') measured.push(startedAt);
    figures.samplesSent += samples?.sent ?? 0;
    figures.samplesLost += samples?.lost ?? 0;
    const { totalMs } = timings;
    if (outcome !== 'ok' || totalMs === undefined) continue;
    const step = toLogByte(totalMs);
    latency.set(step, (latency.get(step) ?? 0) + 1);
    if (lastMs !== null) {
      jitterSumMs += Math.abs(totalMs - lastMs);
      jitterCount += 1;
    }
    lastMs = totalMs;
  }
  const earlier = inputs.earlier.get(location);
  const starts = earlier === undefined ? measured : [earlier, ...measured];
  const lastMeasuredAt = starts.at(-1) ?? null;
  const voted = votedOf(inputs, location, starts);
  return { location, ...figures, voted, latency, jitterSumMs, jitterCount, lastMeasuredAt };
}

/** A measurement counts until the next one, or until it is stale. */
function votedOf(inputs: DayInputs, location: number, starts: readonly number[]): Interval[] {
  const { day, staleMs, facts } = inputs;
  const fresh = starts.map(
    (start, index): Interval => [start, Math.min(starts[index + 1] ?? start + staleMs, start + staleMs)],
  );
  const from = Math.max(inputs.from, dayStart(day));
  const to = Math.min(inputs.to, dayStart(day) + DAY_MS);
  const without = [
    ...inputs.quarantines(location),
    ...facts.filter(({ layer }) => layer === 'p').map(intervalOf),
  ];
  return differenceOf(clip(unionOf(fresh), from, to), unionOf(without));
}

const intervalOf = ({ from, to }: Fact): Interval => [from, to];

/** The day as readers get it, of the part in which the monitor existed. */
export function dayFigures(
  { day, facts, byLocation }: DayRecord,
  existed: { readonly from: number; readonly to: number },
  idOf: (location: number) => string,
): DayFigures {
  const from = Math.max(existed.from, dayStart(day));
  const to = Math.min(existed.to, dayStart(day) + DAY_MS);
  const spans = disjointSpans(momentsOf(facts), from, to);
  return {
    day,
    totals: totalsOf(spans, from, to),
    spans,
    byLocation: byLocation.map((one): LocationFigures => {
      const { location, voted, lastMeasuredAt: _, ...figures } = one;
      const failing = unionOf(facts.filter(({ layer }) => layer === `f${location}`).map(intervalOf));
      return {
        ...figures,
        location: idOf(location),
        votedMs: lengthOf(voted),
        failingMs: lengthOf(intersectionOf(voted, failing)),
      };
    }),
  };
}
