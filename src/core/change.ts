// What the API changes in the engine's state: monitors come, change, pause and go; locations come and go.
import { pronounce, withdraw } from './incident.ts';
import type { Change, ChangeEntry } from './journal.ts';
import type { Notice } from './notice.ts';
import { assignedLocations } from './quorum.ts';
import { askEverybody, closeRound } from './round.ts';
import type { Settlement } from './settle.ts';
import type { LocationState, MonitorState, Policy, State, View } from './state.ts';
import { newView, saturate } from './view.ts';

export function applyChanges(before: State, entry: ChangeEntry): Settlement {
  let state = before;
  const notices: Notice[] = [];
  for (const change of entry.changes) {
    const applied = applyChange(state, change, entry.at);
    state = applied.state;
    notices.push(...applied.notices);
  }
  return { state, notices, changed: true };
}

interface Applied {
  readonly state: State;
  readonly notices: readonly Notice[];
}

function applyChange(state: State, change: Change, at: number): Applied {
  switch (change.type) {
    case 'monitor':
      return setMonitor(state, change.number, change.policy, false, at);
    case 'monitor.retargeted':
      return setMonitor(state, change.number, change.policy, true, at);
    case 'monitor.deleted':
      return deleteMonitor(state, change.number, at);
    case 'round.closed':
      return closeMonitorRound(state, change.number, at);
    case 'location':
      return { state: setLocation(state, change, at), notices: [] };
    default:
      return change satisfies never;
  }
}

const withMonitor = (state: State, monitor: MonitorState): State => ({
  ...state,
  nextMonitor: Math.max(state.nextMonitor, monitor.number + 1),
  monitors: new Map(state.monitors).set(monitor.number, monitor),
});

/** A monitor's views follow its locations: new ones begin with nothing, removed ones are forgotten. */
function alignViews(state: State, monitor: MonitorState, at: number): MonitorState {
  const views = new Map<number, View>();
  for (const { number } of assignedLocations(state, monitor.policy)) {
    views.set(number, saturate(monitor.views.get(number) ?? newView(at), monitor.policy));
  }
  return { ...monitor, views };
}

function setMonitor(state: State, number: number, policy: Policy, retargeted: boolean, at: number): Applied {
  const existing = state.monitors.get(number);
  const blank: MonitorState = {
    number,
    policy,
    views: new Map(),
    round: null,
    verdict: 'undecided',
    verdictSince: at,
    askedAllAt: 0,
    incident: null,
    blind: null,
  };
  if (!existing) return { state: withMonitor(state, begin(state, blank, at)), notices: [] };

  const reason = retargeted ? 'retargeted' : policy.paused && !existing.policy.paused ? 'paused' : null;
  if (reason !== null) {
    const { notices } = withdraw(state, existing, reason, at);
    return { state: withMonitor(state, begin(state, blank, at)), notices };
  }
  // Resuming starts afresh: what was seen before the pause says nothing of now.
  if (existing.policy.paused) return { state: withMonitor(state, begin(state, blank, at)), notices: [] };

  const changed = begin(state, { ...existing, policy }, at);
  const told = pronounce(state, changed, at);
  return { state: withMonitor(state, told.monitor), notices: told.notices };
}

/** A new, resumed or changed monitor is asked from everywhere at once. */
function begin(state: State, monitor: MonitorState, at: number): MonitorState {
  const aligned = alignViews(state, { ...monitor, round: null }, at);
  return aligned.policy.paused ? aligned : askEverybody(state, aligned, at);
}

function deleteMonitor(state: State, number: number, at: number): Applied {
  const monitor = state.monitors.get(number);
  if (!monitor) return { state, notices: [] };
  const monitors = new Map(state.monitors);
  monitors.delete(number);
  const { notices } = withdraw(state, monitor, 'deleted', at);
  return { state: { ...state, monitors }, notices };
}

function closeMonitorRound(state: State, number: number, at: number): Applied {
  const monitor = state.monitors.get(number);
  if (!monitor) return { state, notices: [] };
  const closed = closeRound(state, monitor, at);
  const told = pronounce(state, closed, at);
  return { state: withMonitor(state, told.monitor), notices: told.notices };
}

/** Locations keep their number for good; one that left is disabled, not forgotten. */
function setLocation(state: State, change: Extract<Change, { type: 'location' }>, at: number): State {
  const { number, id, enabled } = change;
  const known = state.locations.get(number);
  const fresh: LocationState = {
    number,
    id,
    enabled,
    addedAt: at,
    missedDeadlines: 0,
    reportedAt: 0,
    errorAt: 0,
    error: null,
  };
  const locations = new Map(state.locations).set(number, known ? { ...known, enabled } : fresh);
  const next: State = { ...state, locations };
  const monitors = new Map(next.monitors);
  for (const monitor of monitors.values()) {
    // An open round may have asked a location that is gone: it is asked anew.
    if (monitor.policy.locations === 'all' || monitor.policy.locations.includes(number)) {
      monitors.set(monitor.number, begin(next, monitor, at));
    }
  }
  return { ...next, monitors };
}
