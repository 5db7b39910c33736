// Owns the worlds in which a target flaps before it stays down: short outages and regional problems, then a long outage.
// Also when a receiver knew of the long one. Does not run the rules.
import { exponential, stream } from '../../scripts/simulate/random.ts';
import { maxFlapSuppressionMs } from '../../src/engine/model/policy.ts';
import { LOCATION_IDS } from './outages.ts';
import type { Alert } from './rule.ts';

type Span = readonly [from: number, to: number];

/** In seconds. `faults` are all true faults of the world, the long outage last. */
export interface FlappingWorld {
  readonly faults: readonly Span[];
  /** How many locations each fault affects. */
  readonly locations: readonly number[];
  readonly outage: Span;
}

const MEAN_GAP_S = 3_600;
/** Flap detection remembers this many intervals. */
const MEMORY_INTERVALS = 21;
const REGIONAL_SHARE = 0.2;

/** The longest wait of an incident whose monitor flaps, in seconds. */
export const boundSeconds = (intervalSeconds: number): number =>
  maxFlapSuppressionMs({ intervalMs: intervalSeconds * 1_000 }) / 1_000;

/** Two to six short faults with pauses, then an outage that lasts for the bound and half an hour. */
export function drawFlappingWorlds(seed: number, count: number, intervalSeconds: number): FlappingWorld[] {
  const next = stream(seed, 902, intervalSeconds);
  const within = (from: number, to: number): number => from + (to - from) * next();
  const worlds: FlappingWorld[] = [];
  let at = 0;
  for (let world = 0; world < count; world += 1) {
    at += MEMORY_INTERVALS * intervalSeconds + MEAN_GAP_S + exponential(next, MEAN_GAP_S);
    const faults: Span[] = [];
    const locations: number[] = [];
    for (let left = Math.floor(within(2, 7)); left > 0; left -= 1) {
      const to = at + within(60, intervalSeconds + 240);
      faults.push([at, to]);
      locations.push(next() < REGIONAL_SHARE ? 3 : LOCATION_IDS.length);
      at = to + within(60, intervalSeconds + 240);
    }
    const outage: Span = [at, at + boundSeconds(intervalSeconds) + within(1_800, 3_600)];
    faults.push(outage);
    locations.push(LOCATION_IDS.length);
    worlds.push({ faults, locations, outage });
    at = outage[1];
  }
  return worlds;
}

/** A scenario with these worlds, one after the other, for one monitor. */
export const flappingScenario = (
  seed: number,
  worlds: readonly FlappingWorld[],
  settings: { intervalSeconds: number; timeoutMs: number; kind: 'timeout' | 'refused'; noise: object },
): unknown => ({
  version: 1,
  seed,
  durationSeconds: (worlds.at(-1)?.outage[1] ?? 0) + MEAN_GAP_S,
  locations: LOCATION_IDS,
  monitors: [{ id: 'm', intervalSeconds: settings.intervalSeconds, timeoutMs: settings.timeoutMs }],
  noise: settings.noise,
  faults: worlds.flatMap(({ faults, locations }) =>
    faults.map(([from, to], index) => ({
      ...{ from, to, monitors: '*', kind: settings.kind },
      locations: LOCATION_IDS.slice(0, locations[index]),
    })),
  ),
});

/**
 * From the onset of each long outage until a receiver knows of an outage for the rest of it, in ms, sorted. 0 if it knew
 * before, from a short outage whose end was not confirmed yet.
 */
export function flappingDelays(
  worlds: readonly FlappingWorld[],
  alerts: readonly Alert[],
): { readonly delays: readonly number[]; readonly missed: number } {
  const delays: number[] = [];
  let missed = 0;
  for (const { outage } of worlds) {
    const last = alerts.findLast(({ at }) => at <= outage[1] * 1_000);
    if (last?.kind === 'opened') delays.push(Math.max(0, last.at - outage[0] * 1_000));
    else missed += 1;
  }
  return { delays: delays.sort((a, b) => a - b), missed };
}

/** Openings without any true fault between the start of the incident and the notification. Times in seconds. */
export const falseOpenings = (
  worlds: readonly FlappingWorld[],
  opened: readonly { readonly startedAt: number; readonly at: number }[],
): number => {
  const faults = worlds.flatMap((world) => world.faults);
  return opened.filter(({ startedAt, at }) => !faults.some(([from, to]) => from <= at && startedAt <= to))
    .length;
};
