// Owns the schedule of the chaos test, made from a seed: outages, kills, jumps of the clock, and how the cron behaves after
// each restart.
// Does not run it. Times are ms from the start of the test.
import { seeded } from '../../support/engine/seeded.ts';

export interface Outage {
  /** Index of the target. */
  readonly target: number;
  readonly from: number;
  readonly to: number;
}

/** How the cron behaves in one run of the coordinator. */
export interface CronBehavior {
  /** Delay of the first trigger. */
  readonly lateMs: number;
  readonly doubled: boolean;
}

export interface Kill {
  readonly at: number;
  /** Kills at `at`, or waits from then on for the next write, or for the next commit with a notification. */
  readonly moment: 'exact' | 'write' | 'notification';
  /** Delay of the kill after that. */
  readonly afterMs: number;
}

/** The coordinator's clock differs from D1's by more than a minute, so that no run starts. */
export interface ClockJump {
  readonly from: number;
  readonly to: number;
  readonly offsetSeconds: number;
}

export interface Schedule {
  readonly seed: number;
  readonly outages: readonly Outage[];
  /** The last kill begins the gap. */
  readonly kills: readonly Kill[];
  readonly clockJumps: readonly ClockJump[];
  /** One for each run: before the first kill, after each kill, and after the gap. */
  readonly cronBehaviors: readonly CronBehavior[];
  /** The cron is off between these. */
  readonly gapFrom: number;
  readonly gapTo: number;
}

const SECOND = 1_000;
const OUTAGE_MS = [75 * SECOND, 150 * SECOND] as const;
/** Estimate of a restart, to give every outage enough time in which ticks run. */
const RESTART_MS = 6 * SECOND;
/** Time with ticks that an outage, and the time after it, need: first check, fan-out, confirmation, and a margin. */
const ACTIVE_MS = 40 * SECOND;
const CRON_LATE_MS = 20 * SECOND;
const CLOCK_JUMPS = 4;
const CLOCK_JUMP_MS = [4 * SECOND, 8 * SECOND] as const;
/** Until a tick compares the clocks again. */
const CLOCK_RETRY_MS = 6 * SECOND;
const CLOCK_OFFSETS_S = [75, 3_600, 21_600, 90 * 86_400, 5 * 365 * 86_400];

/** Draws differ by more than the seeds that people write. */
const REDRAW_STEP = 1_000_003;
const MAX_DRAWS = 20;

/**
 * `scale` 1 is the whole schedule; less is for experiments. The last target stays healthy. Kills and jumps of the clock may
 * leave an outage too little time with ticks: then all of it is drawn again, in the same way for the same seed.
 */
export function makeSchedule(seed: number, targets: number, scale: number): Schedule {
  for (let attempt = 0; attempt < MAX_DRAWS; attempt += 1) {
    const drawn = drawSchedule(seed + attempt * REDRAW_STEP, targets, scale);
    if (drawn !== null) return { ...drawn, seed };
  }
  throw new Error(`Seed ${seed} leaves too little time for the outages: use another seed.`);
}

/** Null if an outage has too little time with ticks. */
function drawSchedule(seed: number, targets: number, scale: number): Schedule | null {
  const random = seeded(seed);
  const between = (from: number, to: number): number => Math.round(from + random() * (to - from));
  const stormMs = Math.max(150 * SECOND, 370 * SECOND * scale);
  const gapFrom = stormMs + 20 * SECOND;
  const gapTo = gapFrom + Math.max(200 * SECOND, 300 * SECOND * scale);
  const instants = Array.from({ length: Math.max(3, Math.round(50 * scale)) - 1 }, () => between(0, stormMs));
  instants.sort((a, b) => a - b).push(gapFrom);
  // Writes are rare, so two of three kills wait for one.
  const moments = ['exact', 'write', 'notification'] as const;
  const kills = instants.map((at, n): Kill => ({ at, moment: moments[n % 3]!, afterMs: between(0, 30) }));
  const cronBehaviors = [0, ...instants].map((_, run) => ({
    lateMs: run > 0 && random() < 0.3 ? between(0, CRON_LATE_MS) : 0,
    doubled: random() < 0.3,
  }));
  // One in each part of the storm, ahead and behind in turn.
  const clockJumps = Array.from({ length: CLOCK_JUMPS }, (_, n): ClockJump => {
    const from = 10 * SECOND + (n * stormMs) / CLOCK_JUMPS + between(0, 20 * SECOND);
    const offset = CLOCK_OFFSETS_S[Math.floor(random() * CLOCK_OFFSETS_S.length)]!;
    return {
      from: Math.round(from),
      to: Math.round(from) + between(...CLOCK_JUMP_MS),
      offsetSeconds: n % 2 === 0 ? offset : -offset,
    };
  });
  const active = withoutJumps(activeSpans(instants, cronBehaviors, gapTo), clockJumps);

  /** Outages of one target, one after the other, with enough active time in and after each. */
  const draw = (target: number, count: number): Outage[] | null => {
    for (let tries = 0; tries < 10_000; tries += 1) {
      const drawn: Outage[] = [];
      let from = between(5 * SECOND, stormMs - count * 2 * OUTAGE_MS[0]);
      for (let n = 0; n < count; n += 1) {
        drawn.push({ target, from, to: from + between(...OUTAGE_MS) });
        from = drawn[n]!.to + between(...OUTAGE_MS);
      }
      const fits = drawn.every((outage, n) => {
        const calmTo = drawn[n + 1]?.from ?? Number.POSITIVE_INFINITY;
        const isNoticed = activeMsIn(active, outage.from, outage.to) >= ACTIVE_MS;
        return isNoticed && outage.to < stormMs && activeMsIn(active, outage.to, calmTo) >= ACTIVE_MS;
      });
      if (fits) return drawn;
    }
    return count > 1 ? draw(target, count - 1) : null;
  };
  const outages: Outage[] = [];
  for (let target = 0; target < targets - 3; target += 1) {
    const drawn = draw(target, stormMs >= 400 * SECOND && target % 2 === 0 ? 2 : 1);
    if (drawn === null) return null;
    outages.push(...drawn);
  }
  // One outage is open when the gap begins and ends within it. One begins within the gap and ends after it.
  const openFrom = Math.min(gapFrom - OUTAGE_MS[0], latestWithActiveTime(active, gapFrom));
  outages.push({ target: targets - 3, from: openFrom, to: gapFrom + between(30 * SECOND, 60 * SECOND) });
  outages.push({ target: targets - 2, from: gapTo - 60 * SECOND, to: gapTo + 40 * SECOND });
  outages.sort((a, b) => a.from - b.from);
  return { seed, outages, kills, clockJumps, cronBehaviors, gapFrom, gapTo };
}

interface Interval {
  readonly from: number;
  readonly to: number;
}

function activeSpans(
  kills: readonly number[],
  cronBehaviors: readonly CronBehavior[],
  gapTo: number,
): Interval[] {
  const spans = kills.map((to, run) => {
    const from = run === 0 ? 0 : kills[run - 1]! + RESTART_MS + cronBehaviors[run]!.lateMs;
    return { from, to };
  });
  return [...spans.filter(({ from, to }) => to > from), { from: gapTo, to: Number.POSITIVE_INFINITY }];
}

/** The spans without the jumps of the clock, in which no run starts. */
export const withoutJumps = (spans: readonly Interval[], jumps: readonly Interval[]): Interval[] =>
  jumps.reduce<Interval[]>(
    (left, { from, to }) =>
      left
        .flatMap((span) => [
          { from: span.from, to: Math.min(span.to, from) },
          { from: Math.max(span.from, to + CLOCK_RETRY_MS), to: span.to },
        ])
        .filter((span) => span.to > span.from),
    [...spans],
  );

/** How long ticks ran between two times. */
export const activeMsIn = (spans: readonly Interval[], from: number, to: number): number =>
  spans.reduce((sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0);

/** The latest time with enough active time between it and `to`. */
function latestWithActiveTime(spans: readonly Interval[], to: number): number {
  let from = to;
  while (activeMsIn(spans, from, to) < ACTIVE_MS) from -= SECOND;
  return from;
}
