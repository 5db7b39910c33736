// Owns what a check run finds at a given time, and when the next fault begins. Pure: it depends on the scenario and
// its seed only. Does not know the engine.
import { Intervals } from './intervals.ts';
import { draw, exponential, stream } from './random.ts';
import type { Fault, FaultKind, Scenario } from './scenario.ts';

export type { FaultKind } from './scenario.ts';

export interface NetworkModel {
  /** The fault of a run that starts at `atMs`, in ms since second 0. Null = ok. Monitors and locations by index. */
  outcomeAt(monitor: number, location: number, atMs: number): FaultKind | null;
  /** The earliest moment ≥ `atMs` at which a run on this path may fail, independent noise excluded. */
  nextFaultAt(monitor: number, location: number, atMs: number): number;
  /** Whether a run that starts at `atMs` fails by independent noise alone. */
  isRandomFailure(monitor: number, location: number, atMs: number): boolean;
}

const YEAR_MS = 365.25 * 86_400_000;
/** Numbers of the independent random streams. */
const IID = 1;
const BURSTS = 2;
const LOCATION_OUTAGES = 3;
const PAIR_SHOCKS = 4;
const FAULTS = 100;

export function createNetworkModel(scenario: Scenario): NetworkModel {
  const { seed, noise } = scenario;
  const locations = scenario.locations.length;
  const endMs = scenario.durationSeconds * 1_000;
  const regional = regionalSpans(scenario, endMs);
  const faults = new FaultIndex(scenario);
  const bursts = new Map<number, Intervals>();
  const burstsOf = (monitor: number, location: number): Intervals | null => {
    if (!noise.bursts) return null;
    const key = monitor * locations + location;
    const known = bursts.get(key) ?? burstSpans(seed, key, noise.bursts, endMs);
    bursts.set(key, known);
    return known;
  };
  const isRandomFailure: NetworkModel['isRandomFailure'] = (monitor, location, atMs) =>
    noise.iid > 0 && draw(seed, IID, monitor * 1_024 + location, atMs) < noise.iid;
  return {
    isRandomFailure,
    outcomeAt(monitor, location, atMs) {
      const fault = faults.outcomeAt(seed, monitor, location, atMs);
      if (fault !== null) return fault;
      if (regional[location]!.has(atMs) || burstsOf(monitor, location)?.has(atMs)) return 'timeout';
      return isRandomFailure(monitor, location, atMs) ? 'timeout' : null;
    },
    nextFaultAt: (monitor, location, atMs) =>
      Math.min(
        faults.nextFrom(monitor, location, atMs),
        regional[location]!.nextFrom(atMs),
        burstsOf(monitor, location)?.nextFrom(atMs) ?? Number.POSITIVE_INFINITY,
      ),
  };
}

/** By location: when its region is down, alone or together with another. Both affect every monitor. */
function regionalSpans({ seed, noise, locations }: Scenario, endMs: number): Intervals[] {
  const spans = locations.map((): [number, number][] => []);
  const { locationOutages, pairShocks } = noise;
  for (const [index, own] of spans.entries()) {
    if (locationOutages) own.push(...poisson(stream(seed, LOCATION_OUTAGES, index), locationOutages, endMs));
    for (const [other, others] of spans.entries()) {
      if (!pairShocks || other <= index) continue;
      const shocks = poisson(stream(seed, PAIR_SHOCKS, index * 1_024 + other), pairShocks, endMs);
      own.push(...shocks);
      others.push(...shocks);
    }
  }
  return spans.map((own) => new Intervals(own));
}

/** Spans of a Poisson process: exponential gaps, exponential lengths. */
function poisson(
  next: () => number,
  { perYear, meanSeconds }: { perYear: number; meanSeconds: number },
  endMs: number,
): [number, number][] {
  const spans: [number, number][] = [];
  if (perYear === 0) return spans;
  for (
    let at = exponential(next, YEAR_MS / perYear);
    at < endMs;
    at += exponential(next, YEAR_MS / perYear)
  ) {
    spans.push([at, at + exponential(next, meanSeconds * 1_000)]);
  }
  return spans;
}

/** An alternating renewal process that is on for `fraction` of the time. */
function burstSpans(
  seed: number,
  path: number,
  { fraction, meanSeconds }: { fraction: number; meanSeconds: number },
  endMs: number,
): Intervals {
  const spans: [number, number][] = [];
  if (fraction === 0) return new Intervals(spans);
  const next = stream(seed, BURSTS, path);
  const onMs = meanSeconds * 1_000;
  const offMs = (onMs * (1 - fraction)) / fraction;
  for (let at = exponential(next, offMs); at < endMs; ) {
    const to = at + exponential(next, onMs);
    spans.push([at, to]);
    at = to + exponential(next, offMs);
  }
  return new Intervals(spans);
}

interface Numbered {
  readonly index: number;
  readonly fault: Fault;
}

/** Finds the faults of a file by path and time, also among 100,000. The first matching fault of the file wins. */
class FaultIndex {
  readonly #scenario: Scenario;
  readonly #byPath = new Map<number, { sorted: Numbered[]; latestEnd: Float64Array; union: Intervals }>();
  readonly #monitorOf: Map<string, number>;
  readonly #locationOf: Map<string, number>;
  /** Keys are `monitor.location`, where -1 means all. */
  readonly #groups = new Map<string, Numbered[]>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#monitorOf = new Map(scenario.monitors.map(({ id }, index) => [id, index]));
    this.#locationOf = new Map(scenario.locations.map((id, index) => [id, index]));
    const numbers = (ids: '*' | readonly string[], known: Map<string, number>): number[] =>
      ids === '*' ? [-1] : ids.map((id) => known.get(id)!);
    for (const [index, fault] of scenario.faults.entries()) {
      for (const monitor of numbers(fault.monitors, this.#monitorOf)) {
        for (const location of numbers(fault.locations, this.#locationOf)) {
          const key = `${monitor}.${location}`;
          const group = this.#groups.get(key);
          if (group) group.push({ index, fault });
          else this.#groups.set(key, [{ index, fault }]);
        }
      }
    }
  }

  #of(monitor: number, location: number) {
    const key = monitor * this.#scenario.locations.length + location;
    const known = this.#byPath.get(key);
    if (known) return known;
    const sorted = [`${monitor}.${location}`, `${monitor}.-1`, `-1.${location}`, '-1.-1']
      .flatMap((group) => this.#groups.get(group) ?? [])
      .toSorted((a, b) => a.fault.from - b.fault.from);
    const latestEnd = new Float64Array(sorted.length);
    for (const [at, { fault }] of sorted.entries())
      latestEnd[at] = Math.max(fault.to, latestEnd[at - 1] ?? 0);
    const union = new Intervals(sorted.map(({ fault }) => [fault.from * 1_000, fault.to * 1_000]));
    const path = { sorted, latestEnd, union };
    this.#byPath.set(key, path);
    return path;
  }

  nextFrom(monitor: number, location: number, atMs: number): number {
    return this.#of(monitor, location).union.nextFrom(atMs);
  }

  outcomeAt(seed: number, monitor: number, location: number, atMs: number): FaultKind | null {
    const { sorted, latestEnd, union } = this.#of(monitor, location);
    if (!union.has(atMs)) return null;
    const at = atMs / 1_000;
    let first: Numbered | null = null;
    for (let from = lastBefore(sorted, at); from >= 0 && latestEnd[from]! > at; from -= 1) {
      const candidate = sorted[from]!;
      if (candidate.fault.to <= at || (first && first.index < candidate.index)) continue;
      const { probability } = candidate.fault;
      const path = monitor * 1_024 + location;
      if (probability >= 1 || draw(seed, FAULTS + candidate.index, path, atMs) < probability)
        first = candidate;
    }
    return first?.fault.kind ?? null;
  }
}

/** The index of the last fault that has begun. */
function lastBefore(sorted: readonly Numbered[], at: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.fault.from <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
