// Owns changes of the configuration in the engine's state: monitors, locations and windows. Evaluates no monitor.

import type { ApplyContext } from './apply-context.ts';
import { closeMonitor } from './evaluate.ts';
import { reviewLocationIncidents } from './incidents/location-health.ts';
import { hashText, majorityNetwork } from './incidents/target-network.ts';
import { isHeartbeatLocation } from './model/heartbeat.ts';
import type { Change } from './model/journal.ts';
import type { LocationState, LocationStatus, MonitorState, Policy, State, Window } from './model/state.ts';
import { descendantsOf } from './notifications/dependency-graph.ts';
import { heldByDependency } from './notifications/detachment.ts';
import { forgetHistory, rebuildLocation, rebuildMonitor } from './rebuilt-state.ts';
import { closeEarly, startFullRound } from './voting/confirmation.ts';
import { assignedLocations } from './voting/quorum.ts';
import { clampStreak, newLocationStatus } from './voting/streak.ts';

/** Applies one change and returns the monitors to evaluate because of it. */
export function applyConfigChange(context: ApplyContext, change: Change): readonly number[] {
  switch (change.type) {
    case 'monitor':
      return setMonitor(context, change, false);
    case 'monitor.target_changed':
      return setMonitor(context, change, true);
    case 'monitor.deleted':
      return deleteMonitor(context, change.number);
    case 'monitor.reevaluated':
      return closeMonitorRound(context, change.number);
    case 'location':
      return setLocation(context, change);
    case 'window':
      return setWindow(context, change.id, change.window);
    case 'window.deleted':
      return setWindow(context, change.id, null);
    case 'state.rebuilt':
      return forgetHistory(context, change.lost, change.nextMonitor);
    case 'location.rebuilt':
      return rebuildLocation(context, change.location);
    case 'monitor.rebuilt':
      return rebuildMonitor(context, change.monitor);
    case 'clock.corrected':
      // Applied to the whole state before any change of its entry.
      return [];
    default:
      return change satisfies never;
  }
}

const newMonitorState = (number: number, policy: Policy, at: number): MonitorState => ({
  number,
  policy,
  network: null,
  hostHash: null,
  byLocation: new Map(),
  round: null,
  verdict: 'no_data',
  verdictSince: at,
  upSince: null,
  lastGap: null,
  lastFullCheckAt: null,
  incident: null,
  notified: null,
  transitions: [],
  flapping: null,
  noDataId: null,
  warnings: null,
  detached: null,
});

function setMonitor(
  context: ApplyContext,
  { number, policy, host }: Extract<Change, { policy: Policy }>,
  hasNewTarget: boolean,
): readonly number[] {
  const existing = context.monitor(number);
  const { state, at } = context;
  const pauses = existing !== undefined && policy.paused && !existing.policy.paused;
  const isGone = hasNewTarget || pauses;
  const lost = existing?.policy.dependsOn.find((parent) => !policy.dependsOn.includes(parent));
  if (existing && (isGone || lost !== undefined))
    markDetached(context, isGone ? number : lost!, [
      ...(isGone ? [] : [existing]),
      ...descendantsOf(state, number),
    ]);
  context.patchState({ nextMonitor: Math.max(state.nextMonitor, number + 1) });
  if (existing && isGone) {
    context.collect(closeMonitor(state, existing, hasNewTarget ? 'target_changed' : 'paused', at));
  }
  // Resuming resets the state: observations from before the pause no longer count.
  const resets = !existing || isGone || existing.policy.paused;
  const sameTarget = hasNewTarget ? undefined : existing;
  const hostHash = host === undefined ? (sameTarget?.hostHash ?? null) : hashText(host);
  const next = resets
    ? newMonitorState(number, policy, at)
    : { ...(context.monitor(number) ?? existing), policy };
  context.setMonitor(startMonitor(context.state, { ...next, hostHash }, at, networksOf(sameTarget)));
  return resets ? [] : [number];
}

/**
 * These monitors lose a dependency. What it held back was never confirmed without it, so locations check again before it
 * is sent: all of them at once for an incident.
 */
function markDetached(context: ApplyContext, lost: number, dependents: readonly MonitorState[]): void {
  const { state, at } = context;
  for (const dependent of dependents) {
    const held = heldByDependency(state, dependent, at);
    if (held === null) continue;
    const marked = { ...dependent, detached: { at, monitor: lost } };
    // A warning waits for the next scheduled runs: it never starts a round.
    const checksNow = held === 'incident' && dependent.round === null && !dependent.policy.paused;
    context.setMonitor(checksNow ? startFullRound(state, marked, at) : marked);
  }
}

type Networks = ReadonlyMap<number, string | null>;

/** What each location reports; a pause does not change it. */
const networksOf = (monitor: MonitorState | undefined): Networks =>
  new Map([...(monitor?.byLocation ?? [])].map(([location, { network }]) => [location, network]));

/** All locations check a new, resumed or changed monitor at once. */
function startMonitor(
  state: State,
  monitor: MonitorState,
  at: number,
  networks: Networks = new Map(),
): MonitorState {
  const synced = syncLocations(state, { ...monitor, round: null }, at, networks);
  return synced.policy.paused ? synced : startFullRound(state, synced, at);
}

/** Each assigned location has a status; that of a removed one is dropped. */
function syncLocations(state: State, monitor: MonitorState, at: number, networks: Networks): MonitorState {
  const byLocation = new Map<number, LocationStatus>();
  for (const { number } of assignedLocations(state, monitor.policy)) {
    byLocation.set(
      number,
      clampStreak(
        monitor.byLocation.get(number) ?? { ...newLocationStatus(at), network: networks.get(number) ?? null },
        monitor.policy,
      ),
    );
  }
  return { ...monitor, byLocation, network: majorityNetwork(byLocation) };
}

function deleteMonitor(context: ApplyContext, number: number): readonly number[] {
  const monitor = context.monitor(number);
  if (!monitor) return [];
  markDetached(context, number, descendantsOf(context.state, number));
  context.collect(closeMonitor(context.state, monitor, 'deleted', context.at));
  context.remove(number);
  return [];
}

function closeMonitorRound(context: ApplyContext, number: number): readonly number[] {
  const monitor = context.monitor(number);
  if (!monitor) return [];
  context.setMonitorAfterResult(monitor, closeEarly(context.state, monitor, context.at));
  return [number];
}

/** A location keeps its number: a location that leaves the configuration is disabled, not removed. */
function setLocation(
  context: ApplyContext,
  change: Extract<Change, { type: 'location' }>,
): readonly number[] {
  const { number, id, enabled } = change;
  const { state, at } = context;
  const known = state.locations.get(number);
  const location = known
    ? { ...known, enabled, unmeasuredSince: null }
    : newLocation(number, id, enabled, at);
  context.patchState({ locations: new Map(state.locations).set(number, location) });
  const released = context.mergeLocations(reviewLocationIncidents(context.state, at));
  for (const monitor of context.state.monitors.values()) {
    // An open round may have asked a location that is gone: a new round replaces it.
    const { locations } = monitor.policy;
    const isAssigned = locations === 'all' ? !isHeartbeatLocation(location) : locations.includes(number);
    if (isAssigned) context.setMonitor(startMonitor(context.state, monitor, at));
  }
  return released ? [...context.state.monitors.keys()] : [];
}

const newLocation = (number: number, id: string, enabled: boolean, at: number): LocationState => ({
  number,
  id,
  enabled,
  addedAt: at,
  missedDeadlines: 0,
  lastReportAt: null,
  lastMeasuredAt: null,
  unmeasuredSince: null,
  incident: null,
  lastErrorAt: null,
  error: null,
});

/** A monitor that the window no longer covers may have an unsent notification. */
function setWindow(context: ApplyContext, id: string, window: Window | null): readonly number[] {
  const windows = new Map(context.state.windows);
  if (window) windows.set(id, window);
  else windows.delete(id);
  context.patchState({ windows });
  return [...context.state.monitors.keys()];
}
