// A mesh in which each location is at a given point, for tests of rules about one moment.
import type {
  LocationState,
  LocationStatus,
  MonitorState,
  State,
  StoredObservation,
} from '../../../src/engine/model/state.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { type Saw, T0, World } from './world.ts';

const SECOND = 1_000;

export const observationAt = (
  outcome: StoredObservation['outcome'],
  startedAt: number,
): StoredObservation => ({ startedAt, outcome, timings: {} });

/**
 * One letter a location: P passes since 50 s ago, F fails since 40 s ago, n has no vote, m measured nothing in its newest
 * run.
 */
export function meshOf(
  at: number,
  letters: string,
  parts: Partial<MonitorState> = {},
): { state: State; monitor: MonitorState } {
  const world = new World(letters.length);
  const byLocation = new Map(
    [...letters].map((letter, index): [number, LocationStatus] => [index + 1, statusOf(at, letter, index)]),
  );
  const monitor = { ...world.state.monitors.get(1)!, byLocation, round: null, ...parts };
  return { state: { ...world.state, monitors: new Map([[1, monitor]]) }, monitor };
}

function statusOf(at: number, letter: string, index: number): LocationStatus {
  if (letter === 'n') return newLocationStatus(at - 300 * SECOND);
  const failing = letter === 'F';
  const lastMeasuredAt = at - 5 * SECOND;
  const measured: LocationStatus = {
    ...newLocationStatus(0),
    ...{ vote: failing ? 'failing' : 'passing', streakOf: failing ? 'failed' : 'ok', streak: 2 },
    streakSince: at - (failing ? 40 : 50) * SECOND - index,
    ...{ lastMeasuredAt, lastCheckedAt: lastMeasuredAt },
    lastResult: observationAt(failing ? 'failed' : 'ok', lastMeasuredAt),
  };
  return letter === 'm'
    ? { ...measured, noResponse: true, lastUnmeasured: observationAt('unmeasured', at - SECOND) }
    : measured;
}

/** When every location of `checkedTwice` has checked for the second time. */
export const RUN = T0 + 600_000;

/**
 * A mesh in which every location has just checked every monitor twice, without a fan-out: `sees(location, monitor)`.
 */
export function checkedTwice(
  locations: number,
  monitors: number,
  sees: (location: number, monitor: number) => Saw,
): State {
  const world = new World(
    locations,
    Array.from({ length: monitors }, () => ({})),
  );
  world.play(T0 + 120_000);
  for (const at of [RUN - 10_000, RUN]) {
    for (let location = 1; location <= locations; location += 1) {
      const observation = Array.from(
        { length: monitors },
        (_, index) => [index + 1, sees(location, index + 1)] as const,
      );
      world.report(location, Object.fromEntries(observation), at);
    }
  }
  const healed = [...world.state.locations.values()].map((location): [number, LocationState] => [
    location.number,
    { ...location, incident: null },
  ]);
  return { ...world.state, locations: new Map(healed) };
}
