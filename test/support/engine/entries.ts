// Owns entries that tests of the engine write by hand: changes and reports on a world that has been healthy.
import { apply } from '../../../src/engine/apply.ts';
import type { Change, ReportEntry, ReportedObservation } from '../../../src/engine/model/journal.ts';
import type { MonitorState, Policy, State } from '../../../src/engine/model/state.ts';
import { T0, World } from './world.ts';

export const monitorOf = (world: { readonly state: State }, number = 1): MonitorState =>
  world.state.monitors.get(number)!;

export function change(world: World, changes: Change[], afterMs = 1): void {
  world.apply({ kind: 'change', at: Math.max(world.now, world.state.at) + afterMs, changes });
}

/** Applies one report to a state, without a world. */
export function report(state: State, location: number, at: number, observations: ReportedObservation[]) {
  const entry: ReportEntry = {
    ...{ kind: 'report', at, location, askedAt: at, answeredAt: at, error: null, missedDeadline: false },
    observations,
  };
  return apply(state, entry);
}

/** Healthy for three minutes; the last run was at second 175. */
export function healthy(locations = 6, monitors: Partial<Policy>[] = [{}]): World {
  const world = new World(locations, monitors);
  world.play(T0 + 180_000);
  return world;
}
