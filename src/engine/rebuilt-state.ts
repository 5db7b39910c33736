// Owns the state after lost journal rows: what is known stays, and every vote abstains until its location measures again.
// Does not find out what is known: the store reads it from its other tables. Evaluates no monitor.

import type { ApplyContext } from './apply-context.ts';
import type { RebuiltLocation, RebuiltMonitor } from './model/journal.ts';
import type { LocationStatus, MonitorState, Vote } from './model/state.ts';
import { startFullRound } from './voting/confirmation.ts';
import { assignedLocations } from './voting/quorum.ts';
import { newLocationStatus } from './voting/streak.ts';

const NONE: readonly number[] = [];

/** The numbers of the lost rows are not given again, so that a commit on the state before them conflicts. */
export function forgetHistory(context: ApplyContext, lost: number, nextMonitor: number): readonly number[] {
  const { state, at } = context;
  for (const number of [...state.monitors.keys()]) context.remove(number);
  context.patchState({
    seq: state.seq + lost,
    resumedAt: at,
    nextMonitor: Math.max(state.nextMonitor, nextMonitor),
    windows: new Map(),
  });
  return NONE;
}

export function rebuildLocation(context: ApplyContext, location: RebuiltLocation): readonly number[] {
  const { state, at } = context;
  const known = state.locations.get(location.number);
  const base = known ?? {
    ...{ addedAt: at, lastReportAt: null, lastMeasuredAt: null, lastErrorAt: null, error: null },
  };
  const rebuilt = { ...base, ...location, missedDeadlines: 0, unmeasuredSince: null };
  context.patchState({ locations: new Map(state.locations).set(location.number, rebuilt) });
  return NONE;
}

/** All locations check it at once. */
export function rebuildMonitor(context: ApplyContext, known: RebuiltMonitor): readonly number[] {
  const { state, at } = context;
  // While an incident is open, a success must repeat before it counts, as at any location that was failing.
  const status = abstaining(known.incident === null ? 'none' : 'failing');
  const assigned = assignedLocations(state, known.policy);
  const monitor: MonitorState = {
    ...known,
    byLocation: new Map(assigned.map(({ number }) => [number, status])),
    round: null,
    verdict: 'no_data',
    verdictSince: at,
    lastFullCheckAt: null,
    detached: null,
  };
  context.setMonitor(known.policy.paused ? monitor : startFullRound(state, monitor, at));
  return NONE;
}

/** Not assigned just now: a verdict needs more than half of these locations from the start. */
const abstaining = (vote: Vote): LocationStatus => ({
  ...newLocationStatus(0),
  vote,
  noResponse: true,
  assignedAt: null,
});
