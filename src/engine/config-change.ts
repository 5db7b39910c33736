// What the API changes in the engine's state: monitors come, change, pause and go; locations and windows come and go.

import type { Sitting } from './apply-context.ts';
import { withdraw } from './evaluate.ts';
import { reviewIncidents } from './incidents/location-health.ts';
import type { Change } from './model/journal.ts';
import type { LocationState, MonitorState, Policy, State, View, Window } from './model/state.ts';
import { askEverybody, closeRound } from './voting/confirmation.ts';
import { assignedLocations } from './voting/quorum.ts';
import { newView, saturate } from './voting/streak.ts';

/** Applies one change and answers which monitors must be heard because of it. */
export function applyChange(sitting: Sitting, change: Change): readonly number[] {
  switch (change.type) {
    case 'monitor':
      return setMonitor(sitting, change.number, change.policy, false);
    case 'monitor.retargeted':
      return setMonitor(sitting, change.number, change.policy, true);
    case 'monitor.deleted':
      return deleteMonitor(sitting, change.number);
    case 'round.closed':
      return closeMonitorRound(sitting, change.number);
    case 'location':
      return setLocation(sitting, change);
    case 'window':
      return setWindow(sitting, change.id, change.window);
    case 'window.deleted':
      return setWindow(sitting, change.id, null);
    default:
      return change satisfies never;
  }
}

const blankMonitor = (number: number, policy: Policy, at: number): MonitorState => ({
  number,
  policy,
  network: null,
  views: new Map(),
  round: null,
  verdict: 'undecided',
  verdictSince: at,
  askedAllAt: 0,
  incident: null,
  told: null,
  turns: [],
  flapping: null,
  blind: null,
  warnings: null,
});

function setMonitor(
  sitting: Sitting,
  number: number,
  policy: Policy,
  retargeted: boolean,
): readonly number[] {
  const existing = sitting.monitor(number);
  const { state, at } = sitting;
  sitting.change({ nextMonitor: Math.max(state.nextMonitor, number + 1) });
  const stops = existing !== undefined && policy.paused && !existing.policy.paused;
  if (existing && (retargeted || stops)) {
    sitting.takeTold(withdraw(state, existing, retargeted ? 'retargeted' : 'paused', at));
  }
  // Resuming starts afresh: what was seen before the pause says nothing of now.
  const startsAfresh = !existing || retargeted || stops || existing.policy.paused;
  const blank = blankMonitor(number, policy, at);
  const network = retargeted ? null : (existing?.network ?? null);
  sitting.put(begin(sitting.state, startsAfresh ? { ...blank, network } : { ...existing, policy }, at));
  return startsAfresh ? [] : [number];
}

/** A new, resumed or changed monitor is asked from everywhere at once. */
function begin(state: State, monitor: MonitorState, at: number): MonitorState {
  const aligned = alignViews(state, { ...monitor, round: null }, at);
  return aligned.policy.paused ? aligned : askEverybody(state, aligned, at);
}

/** A monitor's views follow its locations: new ones begin with nothing, removed ones are forgotten. */
function alignViews(state: State, monitor: MonitorState, at: number): MonitorState {
  const views = new Map<number, View>();
  for (const { number } of assignedLocations(state, monitor.policy)) {
    views.set(number, saturate(monitor.views.get(number) ?? newView(at), monitor.policy));
  }
  return { ...monitor, views };
}

function deleteMonitor(sitting: Sitting, number: number): readonly number[] {
  const monitor = sitting.monitor(number);
  if (!monitor) return [];
  sitting.takeTold(withdraw(sitting.state, monitor, 'deleted', sitting.at));
  sitting.remove(number);
  return [];
}

function closeMonitorRound(sitting: Sitting, number: number): readonly number[] {
  const monitor = sitting.monitor(number);
  if (!monitor) return [];
  sitting.putHeard(monitor, closeRound(sitting.state, monitor, sitting.at));
  return [number];
}

/** Locations keep their number for good; one that left is disabled, not forgotten. */
function setLocation(sitting: Sitting, change: Extract<Change, { type: 'location' }>): readonly number[] {
  const { number, id, enabled } = change;
  const { state, at } = sitting;
  const known = state.locations.get(number);
  const location = known ? { ...known, enabled, silentSince: 0 } : newLocation(number, id, enabled, at);
  sitting.change({ locations: new Map(state.locations).set(number, location) });
  const believed = sitting.take(reviewIncidents(sitting.state, at));
  for (const monitor of sitting.state.monitors.values()) {
    // An open round may have asked a location that is gone: it is asked anew.
    const { locations } = monitor.policy;
    if (locations === 'all' || locations.includes(number)) sitting.put(begin(sitting.state, monitor, at));
  }
  return believed ? [...sitting.state.monitors.keys()] : [];
}

const newLocation = (number: number, id: string, enabled: boolean, at: number): LocationState => ({
  number,
  id,
  enabled,
  addedAt: at,
  missedDeadlines: 0,
  reportedAt: 0,
  measuredAt: 0,
  silentSince: 0,
  incident: null,
  errorAt: 0,
  error: null,
});

/** Whoever the window covers no longer may have something to tell. */
function setWindow(sitting: Sitting, id: string, window: Window | null): readonly number[] {
  const windows = new Map(sitting.state.windows);
  if (window) windows.set(id, window);
  else windows.delete(id);
  sitting.change({ windows });
  return [...sitting.state.monitors.keys()];
}
