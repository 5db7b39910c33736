// The torture's plan, made from a seed: outages, kills, and what the cron does after each restart. Pure data;
// times are ms from the beginning of the run.
import { seeded } from '../../support/engine/seeded.ts';

export interface Outage {
  /** Index of the target. */
  readonly target: number;
  readonly from: number;
  readonly to: number;
}

/** What the cron does in one life of the coordinator. */
export interface CronHabit {
  /** How late the first trigger comes. */
  readonly lateMs: number;
  readonly doubled: boolean;
}

export interface Kill {
  readonly at: number;
  /** Strikes at `at` sharp, or waits from then on for the next write, or for the next commit that raises a notification. */
  readonly target: 'sharp' | 'write' | 'notification';
  /** How long after what it waited for. */
  readonly afterMs: number;
}

export interface Plan {
  readonly seed: number;
  readonly outages: readonly Outage[];
  /** The last kill begins the gap. */
  readonly kills: readonly Kill[];
  /** One for each life: before the first kill, after each kill, and after the gap. */
  readonly habits: readonly CronHabit[];
  /** No cron between these. */
  readonly gapFrom: number;
  readonly gapTo: number;
}

const SECOND = 1_000;
const OUTAGE_MS = [75 * SECOND, 150 * SECOND] as const;
/** What is counted for a restart; only to see that no outage falls where nobody is awake to see it. */
const RESTART_MS = 6 * SECOND;
/** Awake time that an outage and the calm after it must have: first look, fan-out, confirmation, with a margin. */
const AWAKE_MS = 40 * SECOND;
const CRON_LATE_MS = 20 * SECOND;

/** `scale` 1 is the whole run; less is for trying things out. The last target stays healthy. */
export function makePlan(seed: number, targets: number, scale: number): Plan {
  const random = seeded(seed);
  const between = (from: number, to: number): number => Math.round(from + random() * (to - from));
  const stormMs = Math.max(150 * SECOND, 370 * SECOND * scale);
  const gapFrom = stormMs + 20 * SECOND;
  const gapTo = gapFrom + Math.max(200 * SECOND, 300 * SECOND * scale);
  const instants = Array.from({ length: Math.max(3, Math.round(50 * scale)) - 1 }, () => between(0, stormMs));
  instants.sort((a, b) => a - b).push(gapFrom);
  // Most of the time nothing is being written: two of three kills wait for what hurts.
  const killTargets = ['sharp', 'write', 'notification'] as const;
  const kills = instants.map((at, n): Kill => ({ at, target: killTargets[n % 3]!, afterMs: between(0, 30) }));
  const habits = [0, ...instants].map((_, life) => ({
    lateMs: life > 0 && random() < 0.3 ? between(0, CRON_LATE_MS) : 0,
    doubled: random() < 0.3,
  }));
  const awake = awakeSpans(instants, habits, gapTo);

  /** Outages of one target, one after the other, each with time awake during it and after it. */
  const draw = (target: number, count: number): Outage[] => {
    for (let tries = 0; tries < 10_000; tries += 1) {
      const drawn: Outage[] = [];
      let from = between(5 * SECOND, stormMs - count * 2 * OUTAGE_MS[0]);
      for (let n = 0; n < count; n += 1) {
        drawn.push({ target, from, to: from + between(...OUTAGE_MS) });
        from = drawn[n]!.to + between(...OUTAGE_MS);
      }
      const fits = drawn.every((outage, n) => {
        const calmTo = drawn[n + 1]?.from ?? Number.POSITIVE_INFINITY;
        const seen = awakeIn(awake, outage.from, outage.to) >= AWAKE_MS;
        return seen && outage.to < stormMs && awakeIn(awake, outage.to, calmTo) >= AWAKE_MS;
      });
      if (fits) return drawn;
    }
    if (count > 1) return draw(target, count - 1);
    throw new Error(`seed ${seed} leaves no room for an outage of target ${target + 1}: take another`);
  };
  const outages = Array.from({ length: targets - 3 }, (_, target) =>
    draw(target, stormMs >= 400 * SECOND && target % 2 === 0 ? 2 : 1),
  ).flat();
  // One is open when the gap begins and mended within it; one begins within it and is still there afterwards.
  const open = Math.min(gapFrom - OUTAGE_MS[0], latestWithAwake(awake, gapFrom));
  outages.push({ target: targets - 3, from: open, to: gapFrom + between(30 * SECOND, 60 * SECOND) });
  outages.push({ target: targets - 2, from: gapTo - 60 * SECOND, to: gapTo + 40 * SECOND });
  outages.sort((a, b) => a.from - b.from);
  return { seed, outages, kills, habits, gapFrom, gapTo };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function awakeSpans(kills: readonly number[], habits: readonly CronHabit[], gapTo: number): Span[] {
  const spans = kills.map((to, life) => {
    const from = life === 0 ? 0 : kills[life - 1]! + RESTART_MS + habits[life]!.lateMs;
    return { from, to };
  });
  return [...spans.filter(({ from, to }) => to > from), { from: gapTo, to: Number.POSITIVE_INFINITY }];
}

/** How long somebody was awake between two times. */
export const awakeIn = (spans: readonly Span[], from: number, to: number): number =>
  spans.reduce((sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0);

/** The latest time from which there is enough awake time until `to`. */
function latestWithAwake(spans: readonly Span[], to: number): number {
  let from = to;
  while (awakeIn(spans, from, to) < AWAKE_MS) from -= SECOND;
  return from;
}
