// A location whose report arrives in parts: losing its network makes no false outage, whichever part comes first.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReportedObservation } from '../../../src/engine/model/journal.ts';
import type { Policy } from '../../../src/engine/model/state.ts';
import { plan, runKey } from '../../../src/engine/schedule/schedule.ts';
import { T0, World } from '../../support/engine/world.ts';

const MONITORS = 40;
const LOCATIONS = 6;
const OFFLINE_FROM = T0 + 90_000;
const NUM_RUNS = Number(process.env.PROPERTY_RUNS ?? 30);

interface Arrival {
  readonly at: number;
  readonly askedAt: number;
  readonly location: number;
  readonly monitors: readonly number[];
}

const isOffline = (offline: readonly number[], location: number, at: number): boolean =>
  offline.includes(location) && at >= OFFLINE_FROM;

function observe(
  offline: readonly number[],
  { location, askedAt }: Arrival,
  monitor: number,
): ReportedObservation {
  const run = { monitor, startedAt: askedAt, timings: {}, network: `10.0.${monitor}.0/24` };
  return isOffline(offline, location, askedAt)
    ? { ...run, outcome: 'failed', code: 'unreachable', detail: 'no route to the host' }
    : { ...run, outcome: 'ok' };
}

/** Plays a mesh in which each invocation is answered in parts of `size` monitors, after the next of these delays. */
function play(
  offline: readonly number[],
  size: number,
  delaysMs: readonly number[],
  policies: Partial<Policy>[],
): World {
  const world = new World(LOCATIONS, policies);
  const inFlight = new Set<number>();
  const arrivals: Arrival[] = [];
  let part = 0;
  while (world.now < OFFLINE_FROM + 240_000) {
    arrivals.sort((a, b) => a.at - b.at);
    while (arrivals[0] && arrivals[0].at <= world.now) {
      const arrival = arrivals.shift()!;
      const { location, monitors, askedAt, at } = arrival;
      world.apply({
        ...{ kind: 'report', location, askedAt, answeredAt: at, error: null, missedDeadline: false },
        at: Math.max(world.now, world.state.at + 1),
        observations: monitors.map((monitor) => observe(offline, arrival, monitor)),
      });
      for (const monitor of monitors) inFlight.delete(runKey(monitor, location));
    }
    const due = plan(world.state, inFlight, world.now);
    if (due.reevaluate.length > 0) {
      const changes = due.reevaluate.map((number) => ({ type: 'monitor.reevaluated' as const, number }));
      world.apply({ kind: 'change', at: Math.max(world.now, world.state.at + 1), changes });
      continue;
    }
    for (const { location, monitors } of due.invocations) {
      for (let from = 0; from < monitors.length; from += size) {
        const at = world.now + delaysMs[part++ % delaysMs.length]!;
        arrivals.push({ at, askedAt: world.now, location, monitors: monitors.slice(from, from + size) });
      }
      for (const monitor of monitors) inFlight.add(runKey(monitor, location));
    }
    const next = Math.min(due.wakeAt, ...arrivals.map(({ at }) => at));
    world.now = Math.max(next, world.now + 1);
  }
  return world;
}

const everywhere: Partial<Policy>[] = Array.from({ length: MONITORS }, () => ({}));
const opened = (world: World) => world.records.filter((record) => 'monitor' in record);
const quarantined = (world: World): number[] =>
  [...world.state.locations.values()]
    .filter(({ incident }) => incident?.kind === 'quarantined')
    .map(({ number }) => number);

describe.each([[[3]], [[2, 5]]])('locations %j lose their network', (offline) => {
  test('and are quarantined, and no outage opens, if each report arrives whole', () => {
    const world = play(offline, MONITORS, [300], everywhere);
    expect(opened(world)).toEqual([]);
    expect(quarantined(world)).toEqual(offline);
  });

  test('and are quarantined, and no outage opens, in whatever parts and times their reports arrive', () => {
    const delays = fc.array(fc.integer({ min: 50, max: 6_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.integer({ min: 4, max: MONITORS }), delays, (size, delaysMs) => {
        const world = play(offline, size, delaysMs, everywhere);
        expect(opened(world)).toEqual([]);
        expect(quarantined(world)).toEqual(offline);
      }),
      { numRuns: NUM_RUNS },
    );
  }, 900_000);
});

test('four locations that lose their network are an outage: this world can open one', () => {
  const world = play([1, 2, 3, 4], 10, [300, 900], everywhere);
  expect(opened(world)).toHaveLength(MONITORS);
  expect(quarantined(world)).toEqual([]);
});
