// Owns the demo's made-up check runs: how long each would have taken, by location and time of day. Pure, and the same at
// every start. Does not encode them: past.ts does, as the compaction does with measured ones.
import type { SeriesRun } from '../../src/store/history/series-codec.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A chart of a day needs no more runs, and the first start stays fast. */
export const RUN_STEP_MS = 10 * MINUTE_MS;
/** Of days of which only the figures are kept. */
export const COARSE_STEP_MS = 30 * MINUTE_MS;

/** A part of the past in which runs did not pass. */
export interface Trouble {
  readonly from: number;
  readonly to: number;
  /** Numbers of the locations that failed. */
  readonly failing: readonly number[];
  /** Nothing was measured. */
  readonly isUnmeasured: boolean;
}

interface Target {
  readonly connectMs: number;
  /** Until it responds. Undefined: the check ends with the connection. */
  readonly firstByteMs?: number;
}

/** As long as the demo's targets take on this machine, so that measured runs continue the line. */
const TARGET_TIMES: Readonly<Record<string, Target>> = {
  'web-shop': { connectMs: 0.9, firstByteMs: 2.2 },
  checkout: { connectMs: 0.9, firstByteMs: 3.1 },
  mail: { connectMs: 0.8, firstByteMs: 4.2 },
  chat: { connectMs: 0.9 },
  'old-admin': { connectMs: 0.7 },
};

/** Each location is some share slower than the one before, and has its evening at another hour (UTC). */
const SLOWER = [1, 1.18, 1.05, 1.62, 1.4, 1.85, 1.1, 1.25, 1.7, 1.08, 1.15, 1.9];
const BUSIEST_HOURS = [1, 3, 19, 13, 11, 23, 20, 1, 15, 1, 18, 10];
/** Traffic of the busiest hour adds this share. */
const DAILY_SHARE = 0.45;
const NOISE_SHARE = 0.3;
/** One run in so many meets a pause. */
const PAUSES = 60;

/** Runs of a monitor in a part of the past, by location, then by start. `locations` counts from 1. */
export function pastRuns(
  name: string,
  { from, to, stepMs }: { readonly from: number; readonly to: number; readonly stepMs: number },
  locations: number,
  troubles: readonly Trouble[],
): SeriesRun[] {
  const runs: SeriesRun[] = [];
  for (let location = 1; location <= locations; location += 1) {
    // As the schedule spreads them.
    const first = Math.ceil(from / stepMs) * stepMs + location * 10_000;
    for (let startedAt = first; startedAt < to; startedAt += stepMs) {
      const trouble = troubles.find((one) => startedAt >= one.from && startedAt < one.to);
      if (trouble?.isUnmeasured) continue;
      runs.push(
        trouble?.failing.includes(location)
          ? failedRun(location, startedAt)
          : okRun(TARGET_TIMES[name]!, location, startedAt),
      );
    }
  }
  return runs;
}

const failedRun = (location: number, startedAt: number): SeriesRun => ({
  ...{ location, startedAt, outcome: 'failed', code: 'timeout', phase: 'connect' },
  ...{ detail: 'no connection within 5000 ms', timings: { totalMs: 5_000 } },
});

function okRun({ connectMs, firstByteMs }: Target, location: number, startedAt: number): SeriesRun {
  const share = (salt: number): number => 1 + NOISE_SHARE * (noise(startedAt, location, salt) - 0.5);
  const load = SLOWER[(location - 1) % SLOWER.length]! * busyness(location, startedAt);
  const connect = connectMs * load * share(1);
  if (firstByteMs === undefined)
    return { location, startedAt, outcome: 'ok', timings: { connectMs: connect, totalMs: connect } };
  const pause = noise(startedAt, location, 2) < 1 / PAUSES ? 2 : 1;
  const firstByte = firstByteMs * load * share(3) * pause;
  const timings = { connectMs: connect, firstByteMs: firstByte, totalMs: connect + firstByte };
  return { location, startedAt, outcome: 'ok', timings };
}

/** 1 at night, more by day, most in the evening of the location. */
function busyness(location: number, at: number): number {
  const busiest = BUSIEST_HOURS[(location - 1) % BUSIEST_HOURS.length]! / 24;
  const wave = (1 + Math.cos(2 * Math.PI * (at / DAY_MS - busiest))) / 2;
  return 1 + DAILY_SHARE * wave ** 2;
}

/** From 0 to 1, evenly, the same for the same numbers. */
function noise(at: number, location: number, salt: number): number {
  let bits =
    (Math.imul(Math.floor(at / 1_000), 0x9e37_79b1) ^ Math.imul(location * 8 + salt, 0x85eb_ca6b)) | 0;
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b_3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a_2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}
