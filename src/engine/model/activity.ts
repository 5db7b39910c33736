// Owns from when the ages of ticks and measurements count: only while a monitor is active, and not before it was.
// Does not decide whether they are too old.
import { isHeartbeatLocation } from './heartbeat.ts';
import { CLOCK_TOLERANCE_MS, measuredWithinMs, RESTART_AFTER_IDLE_MS } from './policy.ts';
import type { MonitorState, State } from './state.ts';

/** When a mesh was active. A mesh is active while a monitor is not paused. */
export interface Activity {
  /** Start of the newest span with an active monitor. Ticks are expected from then on. */
  readonly activeSince: number;
  /** Measurements are expected from then on, if probes check a monitor. Later than `activeSince` if the shortest interval became shorter. */
  readonly measuringSince: number;
  /** Null while a monitor is active. */
  readonly idleSince: number | null;
  /** Age of the newest measurement when the mesh became idle. A short pause does not reset it. */
  readonly idleAgeMs: number;
}

export const activeMonitors = (state: State): MonitorState[] =>
  [...state.monitors.values()].filter(({ policy }) => !policy.paused);

/** The shortest intervals of active monitors: of all, and of those that probes check. Null without any. */
export interface ShortestIntervals {
  readonly anyMs: number | null;
  readonly probedMs: number | null;
}

export function shortestIntervals(state: State): ShortestIntervals {
  const shortest = (monitors: readonly MonitorState[]): number | null =>
    monitors.length === 0 ? null : Math.min(...monitors.map(({ policy }) => policy.intervalMs));
  const active = activeMonitors(state);
  return { anyMs: shortest(active), probedMs: shortest(active.filter(({ policy }) => !policy.heartbeat)) };
}

/** The newest of these times that is not in the future. Null if none is. */
export function newestTime(times: Iterable<number | null>, now: number): number | null {
  let newest: number | null = null;
  for (const time of times) {
    if (time !== null && time <= now + CLOCK_TOLERANCE_MS && time > (newest ?? Number.NEGATIVE_INFINITY))
      newest = time;
  }
  return newest;
}

/** When the newest report of a probe with a measurement arrived. That heartbeats arrive shows nothing of the probes. */
export const newestMeasuredAt = (state: Pick<State, 'locations'>, now: number): number | null =>
  newestTime(
    [...state.locations.values()].map((location) =>
      isHeartbeatLocation(location) ? null : location.lastMeasuredAt,
    ),
    now,
  );

/** When the newest report arrived, or the newest invocation failed. Only ticks cause either. */
export const newestReportAt = (state: Pick<State, 'locations'>, now: number): number | null =>
  newestTime(
    [...state.locations.values()].flatMap(({ lastReportAt, lastErrorAt }) => [lastReportAt, lastErrorAt]),
    now,
  );

/** The activity after a change. Null if the change did not affect it. */
export function nextActivity(known: Activity | null, before: State, after: State): Activity | null {
  const { at } = after;
  const { anyMs: wasActive, probedMs: was } = shortestIntervals(before);
  const { anyMs: isActive, probedMs: is } = shortestIntervals(after);
  if (wasActive === null && isActive === null) return null;
  if (isActive === null)
    return known && { ...known, idleSince: at, idleAgeMs: at - referenceOf(known, before) };
  if (wasActive === null || known === null) return resumed(known, at);
  if (is === null) return null;
  if (was === null) return { ...known, measuringSince: at };
  const slackMs = measuredWithinMs({ intervalMs: was }) - measuredWithinMs({ intervalMs: is });
  if (slackMs <= 0) return null;
  // The deadline becomes that of the new interval, counted from now, but never later than it was.
  return { ...known, measuringSince: Math.min(at, referenceOf(known, before) + slackMs) };
}

/** Pausing and resuming again and again does not hide that nothing is measured. */
function resumed(known: Activity | null, at: number): Activity {
  const idleSince = known?.idleSince ?? null;
  const isShort = idleSince !== null && at >= idleSince && at - idleSince < RESTART_AFTER_IDLE_MS;
  const since = at - (isShort ? (known?.idleAgeMs ?? 0) : 0);
  return { activeSince: since, measuringSince: since, idleSince: null, idleAgeMs: 0 };
}

const referenceOf = ({ measuringSince }: Activity, before: State): number =>
  Math.max(measuringSince, newestMeasuredAt(before, before.at) ?? measuringSince);
