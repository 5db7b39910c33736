// Owns the synthetic past of a mesh: which monitors exist, when each was down, partly down or in maintenance, when no tick ran,
// and what a probe measured. The same numbers give the same past. Does not store it.
import type { ReportedObservation } from '../../src/engine/model/journal.ts';
import type { SeriesRun } from '../../src/store/history/series-codec.ts';
import { fromLogByte, toLogByte } from '../../src/uptime/log-steps.ts';

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;
export const MONITORS = 200;
export const GROUP_SIZE = 10;
export const LOCATION_COUNT = 6;
/** Each location asks at its own second of the minute. */
const PHASE_MS = 9_000;
/** Monitors of a class have the same usual latency, and as many kinds of days as there are variants. */
const CLASSES = 10;
const VARIANTS = 4;

export type Trouble = 'down' | 'partial';
export interface Outage {
  readonly kind: Trouble;
  readonly from: number;
  readonly to: number;
}

/** A number of 0 to 1 that follows from these. */
function chance(...seeds: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const seed of seeds) {
    hash = Math.imul(hash ^ seed, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash ^= hash >>> 13;
  }
  return (hash >>> 0) / 2 ** 32;
}

/** About one day in 60 has an outage of 4 to 90 minutes, a third of them at two locations only. It ends within its day. */
export function outagesOn(number: number, day: number): readonly Outage[] {
  if (chance(number, day, 1) > 1 / 60) return [];
  const minutes = 4 + Math.floor(86 * chance(number, day, 2) ** 3);
  const start = 30 + Math.floor((1_440 - minutes - 60) * chance(number, day, 3));
  const from = day * DAY_MS + start * MINUTE_MS;
  const kind = chance(number, day, 4) < 1 / 3 ? 'partial' : 'down';
  return [{ kind, from, to: from + minutes * MINUTE_MS }];
}

/** Planned work of one group a week, on Sundays. */
export function maintenanceOn(number: number, day: number): readonly (readonly [number, number])[] {
  const isSunday = (day + 4) % 7 === 0;
  const group = Math.floor((number - 1) / GROUP_SIZE);
  const isMine = Math.floor(day / 7) % (MONITORS / GROUP_SIZE) === group;
  const from = day * DAY_MS + 2 * HOUR_MS;
  return isSunday && isMine ? [[from, from + 2 * HOUR_MS]] : [];
}

/** Once in about 60 days no tick ran for 40 minutes. */
export function gapOn(day: number): readonly [number, number] | null {
  if (chance(day, 5) > 1 / 60) return null;
  const from = day * DAY_MS + (120 + Math.floor(1_200 * chance(day, 6))) * MINUTE_MS;
  return [from, from + 40 * MINUTE_MS];
}

/** Which of the days below a monitor had, while it worked. */
export const variantOf = (number: number, day: number): number =>
  (number % CLASSES) * VARIANTS + Math.floor(VARIANTS * chance(number, day, 7));

const stored = (ms: number): number => fromLogByte(toLogByte(ms))!;

/** Of one run that worked: slower by day, with a long tail. Two classes of three are http. */
export function timingsOf(kind: number, location: number, minuteOfDay: number, seed: number) {
  const noise = (part: number): number => chance(kind, location, minuteOfDay, seed, part);
  const slower = 1 + 0.3 * Math.sin((Math.PI * minuteOfDay) / 1_440) + (noise(0) > 0.98 ? 1.5 : 0);
  const roundTripMs = location * 20 * (1 + 0.06 * noise(1));
  const dnsMs = stored(1 + noise(2));
  const connectMs = stored(roundTripMs);
  if (Math.floor(kind / VARIANTS) % 3 === 0) return { dnsMs, connectMs, totalMs: dnsMs + connectMs };
  const tlsMs = stored(2 * roundTripMs);
  const firstByteMs = stored(
    (roundTripMs + (15 + 6 * Math.floor(kind / VARIANTS)) * (1 + 0.5 * noise(3))) * slower,
  );
  return { dnsMs, connectMs, tlsMs, firstByteMs, totalMs: dnsMs + connectMs + tlsMs + firstByteMs };
}

const startOf = (day: number, minuteOfDay: number, location: number, seed: number): number =>
  day * DAY_MS +
  minuteOfDay * MINUTE_MS +
  (location - 1) * PHASE_MS +
  10 * Math.floor(3 * chance(minuteOfDay, location, seed, 8));

const REFUSED = { code: 'refused', phase: 'connect', detail: 'The target refused the connection.' } as const;

const fails = (outages: readonly Outage[], location: number, at: number): boolean =>
  outages.some(({ kind, from, to }) => at >= from && at < to && (kind === 'down' || location <= 2));

/** The runs of a day while the monitor worked, by hour, as if it were day 0. */
const usual = new Map<number, readonly (readonly SeriesRun[])[]>();
function usualDay(kind: number): readonly (readonly SeriesRun[])[] {
  const known = usual.get(kind);
  if (known) return known;
  const hours = Array.from({ length: 24 }, (_, hour) =>
    Array.from({ length: 60 * LOCATION_COUNT }, (__, index): SeriesRun => {
      const minute = hour * 60 + Math.floor(index / LOCATION_COUNT);
      const location = 1 + (index % LOCATION_COUNT);
      const timings = timingsOf(kind, location, minute, 0);
      return { location, startedAt: startOf(0, minute, location, kind), outcome: 'ok', timings };
    }),
  );
  usual.set(kind, hours);
  return hours;
}

export interface Troubles {
  readonly outages: readonly Outage[];
  readonly gap: readonly [number, number] | null;
}

/** The runs of an hour, in the order of the journal. */
export const runsOfHour = (
  kind: number,
  day: number,
  hour: number,
  { outages, gap }: Troubles,
): SeriesRun[] =>
  usualDay(kind)[hour]!.flatMap((run): SeriesRun[] => {
    const { location } = run;
    const startedAt = run.startedAt + day * DAY_MS;
    if (gap && startedAt >= gap[0] && startedAt < gap[1]) return [];
    return fails(outages, location, startedAt)
      ? [{ location, startedAt, outcome: 'failed', ...REFUSED, timings: { connectMs: location * 20 } }]
      : [{ ...run, startedAt }];
  });

/** What a location reports of all monitors in a minute. Empty while no tick ran. */
export function reportAt(minuteAt: number, location: number): ReportedObservation[] {
  const day = Math.floor(minuteAt / DAY_MS);
  const minute = Math.floor((minuteAt % DAY_MS) / MINUTE_MS);
  const gap = gapOn(day);
  if (gap && minuteAt >= gap[0] && minuteAt < gap[1]) return [];
  return Array.from({ length: MONITORS }, (_, index): ReportedObservation => {
    const monitor = index + 1;
    const startedAt = startOf(day, minute, location, monitor);
    const run = fails(outagesOn(monitor, day), location, startedAt)
      ? ({ outcome: 'failed', ...REFUSED, timings: { connectMs: location * 20 } } as const)
      : ({ outcome: 'ok', timings: timingsOf(variantOf(monitor, day), location, minute, monitor) } as const);
    return { monitor, startedAt, ...run };
  });
}
