// The outages that every rule has to find: when, how long, seen from where. Drawn from a seed.
import { exponential, stream } from '../../scripts/simulate/random.ts';
import type { Alert } from './rule.ts';

export const LOCATION_IDS = [
  'aws:us-east-1',
  'aws:us-west-2',
  'aws:eu-central-1',
  'aws:ap-southeast-1',
  'aws:ap-northeast-1',
  'aws:sa-east-1',
] as const;

/** Independent failures, bursts on single paths, outages of regions and shocks to pairs of them. */
export const NOISES = {
  A: { iid: 0.01 },
  B: { bursts: { fraction: 0.01, meanSeconds: 300 } },
  C: {
    iid: 0.003,
    bursts: { fraction: 0.002, meanSeconds: 120 },
    locationOutages: { perYear: 4, meanSeconds: 1_200 },
    pairShocks: { perYear: 1, meanSeconds: 600 },
  },
} as const;

export interface Outage {
  readonly from: number;
  readonly to: number;
  /** Who sees it, by place in the list of locations. */
  readonly locations: readonly number[];
}

export interface OutageSort {
  readonly name: string;
  /** How many locations see it; they are drawn anew for each outage. */
  readonly locations: number;
  /** Share of the looks that fail; 1 unless it is gray. */
  readonly probability?: readonly [from: number, to: number];
  /** On and off again with this period, seconds. */
  readonly flapSeconds?: readonly [from: number, to: number];
}

export const SORTS = {
  full: { name: 'full', locations: 6 },
  five: { name: '5 of 6', locations: 5 },
  four: { name: '4 of 6', locations: 4 },
  three: { name: '3 of 6', locations: 3 },
  two: { name: '2 of 6', locations: 2 },
  one: { name: '1 of 6', locations: 1 },
  gray: { name: 'gray, 10–60 % of looks', locations: 6, probability: [0.1, 0.6] },
  flapping: { name: 'flapping, 1–5 min', locations: 6, flapSeconds: [60, 300] },
} as const satisfies Record<string, OutageSort>;
export type SortName = keyof typeof SORTS;

const MEDIAN_S = 600;
const SIGMA = 1.5;
const SHORTEST_S = 20;
const LONGEST_S = 6 * 3_600;
const LEAST_GAP_S = 3_600;
const MEAN_GAP_S = 4 * 3_600;

/** Lengths lognormal, clipped; gaps exponential beyond an hour, so that attribution is plain; phases random. */
export function drawOutages(seed: number, sort: OutageSort, many: number): Outage[] {
  const next = stream(seed, 900, sort.locations);
  const outages: Outage[] = [];
  const phases = drawPhases(next, many);
  let at = 0;
  for (const phase of phases) {
    const from = Math.ceil((at + LEAST_GAP_S + exponential(next, MEAN_GAP_S)) / 60) * 60 + phase;
    const normal = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
    const length = Math.min(LONGEST_S, Math.max(SHORTEST_S, MEDIAN_S * Math.exp(SIGMA * normal)));
    const order = LOCATION_IDS.map((_, index) => [next(), index] as const).sort((a, b) => a[0] - b[0]);
    const locations = order.slice(0, sort.locations).map(([, index]) => index);
    outages.push({ from, to: from + length, locations: locations.sort((a, b) => a - b) });
    at = from + length;
  }
  return outages;
}

/** Within the minute, stratified: each of `many` equal parts of it once, in random order. */
function drawPhases(next: () => number, many: number): number[] {
  const phases = Array.from(
    { length: many },
    (_, part) => [next(), ((part + 1 - next()) / many) * 60] as const,
  );
  return phases.sort((a, b) => a[0] - b[0]).map(([, phase]) => phase);
}

/** The scenario in which they happen, to one monitor. */
export function scenarioOf(
  seed: number,
  sort: OutageSort,
  outages: readonly Outage[],
  settings: { intervalSeconds: number; timeoutMs: number; kind: 'timeout' | 'refused'; noise: object },
): unknown {
  const next = stream(seed, 901, 0);
  const within = ([from, to]: readonly [number, number]): number => from + (to - from) * (1 - next());
  return {
    version: 1,
    seed,
    durationSeconds: (outages.at(-1)?.to ?? 0) + LEAST_GAP_S,
    locations: LOCATION_IDS,
    monitors: [{ id: 'm', intervalSeconds: settings.intervalSeconds, timeoutMs: settings.timeoutMs }],
    noise: settings.noise,
    faults: outages.flatMap((outage) => {
      const probability = sort.probability ? within(sort.probability) : 1;
      const locations = outage.locations.map((index) => LOCATION_IDS[index]);
      const periods = sort.flapSeconds
        ? onPeriods(outage, within(sort.flapSeconds))
        : [[outage.from, outage.to]];
      return periods.map(([from, to]) => ({
        from,
        to,
        monitors: '*',
        locations,
        kind: settings.kind,
        probability,
      }));
    }),
  };
}

function onPeriods({ from, to }: Outage, period: number): [number, number][] {
  const periods: [number, number][] = [];
  for (let at = from; at < to; at += period) periods.push([at, Math.min(to, at + period / 2)]);
  return periods;
}

/** A world without outages, for so many monitor-years. */
export const quietScenario = (
  seed: number,
  years: number,
  intervalSeconds: number,
  noise: object,
): unknown => ({
  version: 1,
  seed,
  durationSeconds: years * 365.25 * 86_400,
  locations: LOCATION_IDS,
  monitors: [{ id: 'm', intervalSeconds }],
  noise,
});

export interface Found {
  /** Onset to alert, ms, of those that were found. */
  readonly delays: readonly number[];
  /** End to resolution, ms. */
  readonly recoveries: readonly number[];
  readonly outages: number;
  readonly missed: number;
  /** Missed although they lasted a minute or more, of how many such. */
  readonly longMissed: number;
  readonly long: number;
  readonly opened: number;
  readonly resolved: number;
  /** Opened where there was nothing. */
  readonly falseAlerts: number;
}

/** An alert belongs to the outage that is on or was over half an hour ago at most. */
export function attribute(outages: readonly Outage[], alerts: readonly Alert[]): Found {
  const GRACE_MS = 1_800_000;
  const delays: number[] = [];
  const recoveries: number[] = [];
  let missed = 0;
  let longMissed = 0;
  let long = 0;
  const sum = { opened: 0, resolved: 0, attributed: 0 };
  let cursor = 0;
  for (const { from, to } of outages) {
    const fromMs = from * 1_000;
    const toMs = to * 1_000;
    while (cursor < alerts.length && alerts[cursor]!.at < fromMs) cursor += 1;
    const own: Alert[] = [];
    for (let at = cursor; at < alerts.length && alerts[at]!.at <= toMs + GRACE_MS; at += 1)
      own.push(alerts[at]!);
    const isLong = to - from >= 60;
    if (isLong) long += 1;
    const opened = own.filter(({ kind }) => kind === 'opened');
    const first = opened[0];
    if (first) delays.push(first.at - fromMs);
    else {
      missed += 1;
      if (isLong) longMissed += 1;
    }
    const resolved = own.filter(({ kind, at }) => kind === 'resolved' && first && at > first.at);
    const last = resolved.at(-1);
    if (last && last.at >= toMs) recoveries.push(last.at - toMs);
    sum.opened += opened.length;
    sum.resolved += resolved.length;
    sum.attributed += opened.length;
  }
  const all = alerts.filter(({ kind }) => kind === 'opened').length;
  const { opened, resolved, attributed } = sum;
  return {
    delays: delays.sort((a, b) => a - b),
    recoveries: recoveries.sort((a, b) => a - b),
    ...{ outages: outages.length, missed, longMissed, long, opened, resolved },
    falseAlerts: all - attributed,
  };
}
