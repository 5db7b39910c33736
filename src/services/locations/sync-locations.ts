// Owns the match of the engine's locations with the configured ones: new ones get a number, missing ones are disabled.
import { apply } from '../../engine/apply.ts';
import { isHeartbeatLocation } from '../../engine/model/heartbeat.ts';
import type { Change } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';
import { type CommitContext, commit } from '../../store/commit.ts';

/** The changes that make the state's enabled locations of probes exactly `wanted`. A number is never reused. */
export function locationChanges(state: State, wanted: readonly string[]): Change[] {
  const known = [...state.locations.values()].filter((location) => !isHeartbeatLocation(location));
  let next = Math.max(0, ...known.map((location) => location.number)) + 1;
  const changes: Change[] = [];
  for (const location of known) {
    const enabled = wanted.includes(location.id);
    if (enabled !== location.enabled)
      changes.push({ type: 'location', number: location.number, id: location.id, enabled });
  }
  for (const id of wanted) {
    if (known.some((location) => location.id === id)) continue;
    changes.push({ type: 'location', number: next, id, enabled: true });
    next += 1;
  }
  return changes;
}

export async function syncLocations(
  context: CommitContext,
  state: State,
  wanted: readonly string[],
): Promise<State> {
  if (locationChanges(state, wanted).length === 0) return state;
  const committed = await commit(context, state, (current) => ({
    kind: 'change',
    changes: locationChanges(current, wanted),
  }));
  return committed.state;
}

/** The state with the configured locations, which a dry run must not commit. */
export function withLocations(state: State, wanted: readonly string[], now: number): State {
  const changes = locationChanges(state, wanted);
  const at = Math.max(now, state.at + 1);
  return changes.length === 0 ? state : apply(state, { kind: 'change', at, changes }).value;
}
