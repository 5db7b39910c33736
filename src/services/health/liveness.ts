// Owns whether ticks and measurements are recent enough. Pure. Does not find out why they are not.
import {
  type Activity,
  newestMeasuredAt,
  newestReportAt,
  newestTime,
  type ShortestIntervals,
  shortestIntervals,
} from '../../engine/model/activity.ts';
import { measuredWithinMs, TICK_WITHIN_MS } from '../../engine/model/policy.ts';
import type { State } from '../../engine/model/state.ts';

interface Age {
  /** The newest one. Null if there was none yet, or its time is in the future. */
  readonly at: number | null;
  /** Counts from `at`, or from the start of activity if that is later. Null while no monitor is active. */
  readonly ageMs: number | null;
  /** Start of the age. */
  readonly since: number | null;
  readonly limitMs: number | null;
  readonly isOver: boolean;
}

export interface Liveness {
  readonly ticks: Age;
  readonly measured: Age;
  /** Ticks or measurements have stopped: what the votes show may be over. */
  readonly stale: boolean;
}

/** Whether ticks have stopped, as far as it is known without the state of the mesh: by what ticks write themselves. */
export function haveTicksStopped(activity: Activity | null, tickAt: number | null, now: number): boolean {
  if (activity === null || activity.idleSince !== null) return false;
  const since = newestTime([tickAt, activity.activeSince], now);
  return since === null || now - since > TICK_WITHIN_MS;
}

export const liveness = (
  state: State,
  activity: Activity | null,
  tickAt: number | null,
  now: number,
): Liveness => livenessOf({ state, shortest: shortestIntervals(state) }, activity, tickAt, now);

/** As {@link liveness}, if the state has its locations, but not every monitor. */
export function livenessOf(
  { state, shortest }: { readonly state: Pick<State, 'locations'>; readonly shortest: ShortestIntervals },
  activity: Activity | null,
  tickAt: number | null,
  now: number,
): Liveness {
  const measuredAt = newestMeasuredAt(state, now);
  // Only ticks cause reports, so a report proves a tick.
  const lastTickAt = newestTime([tickAt, newestReportAt(state, now)], now);
  const age = (at: number | null, startedAt: number | null, limitMs: number | null): Age => {
    const since = newestTime([at, startedAt], now);
    if (limitMs === null) return { at, ageMs: null, since: null, limitMs, isOver: false };
    if (since === null) return { at, ageMs: null, since, limitMs, isOver: true };
    const ageMs = Math.max(0, now - since);
    return { at, ageMs, since, limitMs, isOver: ageMs > limitMs };
  };
  const ticks = age(
    lastTickAt,
    activity?.activeSince ?? null,
    shortest.anyMs === null ? null : TICK_WITHIN_MS,
  );
  const measured = age(
    measuredAt,
    activity?.measuringSince ?? null,
    shortest.probedMs === null ? null : measuredWithinMs({ intervalMs: shortest.probedMs }),
  );
  return { ticks, measured, stale: ticks.isOver || measured.isOver };
}
