// A mesh in which each location is at a given point, for tests of rules that look at one moment.
import type {
  LocationStatus,
  MonitorState,
  State,
  StoredObservation,
} from '../../../src/engine/model/state.ts';
import { newLocationStatus } from '../../../src/engine/voting/streak.ts';
import { World } from './world.ts';

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
