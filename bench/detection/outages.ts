// Owns the outages that every rule must detect: start, duration and affected locations, drawn from a seed.
// Does not run the rules.
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
  /** Indices of the affected locations. */
  readonly locations: readonly number[];
}

export interface OutageType {
  readonly name: string;
  /** Number of affected locations. They are drawn for each outage. */
  readonly locations: number;
  /** Share of runs that fail. Default: 1. */
  readonly probability?: readonly [from: number, to: number];
  /** Period in seconds of an outage that starts and stops. */
  readonly flapSeconds?: readonly [from: number, to: number];
}

export const OUTAGE_TYPES = {
  full: { name: 'full', locations: 6 },
  five: { name: '5 of 6', locations: 5 },
  four: { name: '4 of 6', locations: 4 },
  three: { name: '3 of 6', locations: 3 },
  two: { name: '2 of 6', locations: 2 },
  one: { name: '1 of 6', locations: 1 },
  gray: { name: 'gray, 10–60 % of checks', locations: 6, probability: [0.1, 0.6] },
  flapping: { name: 'flapping, 1–5 min', locations: 6, flapSeconds: [60, 300] },
} as const satisfies Record<string, OutageType>;
export type OutageTypeName = keyof typeof OUTAGE_TYPES;

const MEDIAN_S = 600;
const SIGMA = 1.5;
const MIN_S = 20;
const MAX_S = 6 * 3_600;
const MIN_GAP_S = 3_600;
const MEAN_GAP_S = 4 * 3_600;

/** Lognormal durations within limits, exponential gaps beyond an hour so that attribution is clear, random phases. */
export function drawOutages(seed: number, outageType: OutageType, count: number): Outage[] {
  const next = stream(seed, 900, outageType.locations);
  const outages: Outage[] = [];
  const phases = drawPhases(next, count);
  let at = 0;
  for (const phase of phases) {
    const from = Math.ceil((at + MIN_GAP_S + exponential(next, MEAN_GAP_S)) / 60) * 60 + phase;
    const normal = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
    const length = Math.min(MAX_S, Math.max(MIN_S, MEDIAN_S * Math.exp(SIGMA * normal)));
    const order = LOCATION_IDS.map((_, index) => [next(), index] as const).sort((a, b) => a[0] - b[0]);
    const locations = order.slice(0, outageType.locations).map(([, index]) => index);
    outages.push({ from, to: from + length, locations: locations.sort((a, b) => a - b) });
    at = from + length;
  }
  return outages;
}

/** Stratified phases within the minute: each of `count` equal parts once, in random order. */
function drawPhases(next: () => number, count: number): number[] {
  const phases = Array.from(
    { length: count },
    (_, part) => [next(), ((part + 1 - next()) / count) * 60] as const,
  );
  return phases.sort((a, b) => a[0] - b[0]).map(([, phase]) => phase);
}

/** A scenario with these outages for one monitor. */
export function scenarioOf(
  seed: number,
  outageType: OutageType,
  outages: readonly Outage[],
  settings: { intervalSeconds: number; timeoutMs: number; kind: 'timeout' | 'refused'; noise: object },
): unknown {
  const next = stream(seed, 901, 0);
  const within = ([from, to]: readonly [number, number]): number => from + (to - from) * (1 - next());
  return {
    version: 1,
    seed,
    durationSeconds: (outages.at(-1)?.to ?? 0) + MIN_GAP_S,
    locations: LOCATION_IDS,
    monitors: [{ id: 'm', intervalSeconds: settings.intervalSeconds, timeoutMs: settings.timeoutMs }],
    noise: settings.noise,
    faults: outages.flatMap((outage) => {
      const probability = outageType.probability ? within(outageType.probability) : 1;
      const locations = outage.locations.map((index) => LOCATION_IDS[index]);
      const periods = outageType.flapSeconds
        ? onPeriods(outage, within(outageType.flapSeconds))
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

/** A scenario without outages. */
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

export interface DetectionResult {
  /** From onset to alert, in ms, of the detected outages. */
  readonly delays: readonly number[];
  /** From end to resolution, in ms. */
  readonly recoveries: readonly number[];
  readonly outages: number;
  readonly missed: number;
  /** Missed outages of at least a minute. */
  readonly longMissed: number;
  /** Outages of at least a minute. */
  readonly long: number;
  readonly opened: number;
  readonly resolved: number;
  /** Alerts without an outage. */
  readonly falseAlerts: number;
}

/** Assigns an alert to the outage that is current or ended at most half an hour before. */
export function attribute(outages: readonly Outage[], alerts: readonly Alert[]): DetectionResult {
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
