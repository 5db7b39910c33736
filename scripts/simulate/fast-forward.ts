// Healthy stretches are skipped: where every look is going to be ok, the state after them is known without stepping.
// Exact: the same state as looking would give, but for the count of entries.

import type { LocationState, MonitorState, State, View } from '../../src/engine/model/state.ts';
import { lastDueAt } from '../../src/engine/schedule/schedule.ts';
import { assignedLocations } from '../../src/engine/voting/quorum.ts';
import type { Weather } from './network-model.ts';

/** Nothing is going on that a healthy look would change. */
export function isQuiet(state: State): boolean {
  for (const { enabled, incident, missedDeadlines, silentSince } of state.locations.values()) {
    if (!enabled || incident !== null || missedDeadlines > 0 || silentSince > 0) return false;
  }
  for (const monitor of state.monitors.values()) if (!isQuietMonitor(monitor)) return false;
  return true;
}

function isQuietMonitor(monitor: MonitorState): boolean {
  const { verdict, round, incident, told, blind, flapping, turns, warnings, policy } = monitor;
  if (verdict !== 'up' || round || incident || told || blind || flapping || turns.length > 0) return false;
  if (warnings) return false;
  const saturated = Math.max(policy.failures, policy.recoveries);
  for (const view of monitor.views.values()) {
    const steady = view.vote === 'passing' && view.streakOf === 'ok' && view.streak === saturated;
    if (!steady || view.unanswered || view.missed || view.warnings) return false;
    if (view.lookedAt !== view.measuredAt) return false;
  }
  return true;
}

/** A monitor as one location sees it, with the looks of its own slots. */
interface Path {
  readonly monitor: MonitorState;
  readonly location: LocationState;
  readonly k: number;
  readonly of: number;
}

function* pathsOf(state: State): Generator<Path> {
  for (const monitor of state.monitors.values()) {
    const locations = assignedLocations(state, monitor.policy);
    for (const [k, location] of locations.entries()) yield { monitor, location, k, of: locations.length };
  }
}

/** The first look after `now` that finds something, at `until` at the latest. Times since T0. */
export function firstTrouble(state: State, weather: Weather, t0: number, now: number, until: number): number {
  let first = until;
  for (const { monitor, location, k, of } of pathsOf(state)) {
    const { intervalMs } = monitor.policy;
    const path = [monitor.number - 1, location.number - 1] as const;
    let look = lastDueAt(monitor, k, of, t0 + now) - t0 + intervalMs;
    while (look < first) {
      const trouble = weather.nextTrouble(...path, look);
      const calmUntil = Math.min(trouble, first);
      while (look < calmUntil && !weather.isUnlucky(...path, look)) look += intervalMs;
      if (look >= first) break;
      if (weather.see(...path, look) !== null) first = look;
      else look += intervalMs;
    }
  }
  return first;
}

/** Looks between two moments, each at its own slot, all of them ok: after > look ≥ before is not among them. */
export function skipTo(state: State, now: number, until: number): { state: State; checks: number } {
  let checks = 0;
  let last = 0;
  const reporting = new Map<number, number>();
  const monitors = new Map(state.monitors);
  for (const { monitor, location, k, of } of pathsOf(state)) {
    const { intervalMs } = monitor.policy;
    const before = lastDueAt(monitor, k, of, now);
    const at = lastDueAt(monitor, k, of, until - 1);
    if (at <= before) continue;
    checks += Math.round((at - before) / intervalMs);
    last = Math.max(last, at);
    reporting.set(location.number, Math.max(at, reporting.get(location.number) ?? 0));
    const current = monitors.get(monitor.number) as MonitorState;
    const view = current.views.get(location.number) as View;
    const seen = { startedAt: at, outcome: 'ok' as const, timings: {} };
    const views = new Map(current.views).set(location.number, {
      ...view,
      measuredAt: at,
      lookedAt: at,
      seen,
    });
    monitors.set(monitor.number, { ...current, views });
  }
  if (checks === 0) return { state, checks };
  const locations = new Map(state.locations);
  for (const [number, at] of reporting) {
    locations.set(number, { ...(locations.get(number) as LocationState), reportedAt: at, measuredAt: at });
  }
  return { state: { ...state, at: last, monitors, locations }, checks };
}
