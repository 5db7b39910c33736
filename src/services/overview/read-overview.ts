// Owns the small overview of the mesh: what is in which state, what has changed, and whether ticks and measurements are recent.
// It never loads the state of the mesh, so it costs little to ask often. The exact judgement is that of health/liveness.ts.
import type { Caller } from '../../access/caller.ts';
import { newestTime } from '../../engine/model/activity.ts';
import { measuredWithinMs, TICK_WITHIN_MS } from '../../engine/model/policy.ts';
import { countsWithoutData, LIST_STATES, type ListState } from '../../store/monitor-list-model.ts';
import {
  type ChangedMonitor,
  type OverviewMark,
  readOverview,
  readOverviewMark,
} from '../../store/overview.ts';

export const MAX_CHANGED = 100;

export interface Overview {
  readonly counts: Readonly<Record<ListState, number>>;
  readonly openIncidents: number;
  /** Null while no monitor is active. */
  readonly areTicksFresh: boolean | null;
  readonly areMeasurementsFresh: boolean | null;
  readonly measuredAt: number | null;
  readonly changed: readonly ChangedMonitor[];
  readonly isMore: boolean;
}

/** What an `ETag` is made of. It has no time of the request, so it stays while nothing changes. */
export async function readMark(
  db: D1Database,
  { restriction }: Caller,
  now: number,
): Promise<{ readonly mark: OverviewMark; readonly facts: string }> {
  const mark = await readOverviewMark(db, restriction, now);
  return { mark, facts: JSON.stringify([restriction, mark.facts, areTicksFresh(mark, now)]) };
}

export async function buildOverview(
  db: D1Database,
  { restriction }: Caller,
  mark: OverviewMark,
  since: number | null,
  now: number,
): Promise<Overview> {
  const read = await readOverview(db, { restriction, since, limit: MAX_CHANGED + 1 }, now);
  const { reportedAt, shortestIntervalSeconds } = read;
  const ticks = areTicksFresh(mark, now);
  const measured =
    ticks === null || shortestIntervalSeconds === null
      ? null
      : !mark.isMeasuringStopped &&
        isWithin(
          [reportedAt, mark.activity?.measuringSince ?? null],
          measuredWithinMs({ intervalMs: shortestIntervalSeconds * 1000 }),
          now,
        );
  const none = Object.fromEntries(LIST_STATES.map((state) => [state, 0])) as Record<ListState, number>;
  const counts = { ...none, ...read.counts };
  const isStale = ticks === false || measured === false;
  return {
    counts: isStale ? countsWithoutData(counts) : counts,
    openIncidents: read.openIncidents,
    areTicksFresh: ticks,
    areMeasurementsFresh: measured,
    measuredAt: newestTime([reportedAt], now),
    changed: read.changed.slice(0, MAX_CHANGED).map((one) => (isStale ? withoutData(one) : one)),
    isMore: read.changed.length > MAX_CHANGED,
  };
}

const areTicksFresh = ({ tickAt, activity }: OverviewMark, now: number): boolean | null =>
  activity === null || activity.idleSince !== null
    ? null
    : isWithin([tickAt, activity.activeSince], TICK_WITHIN_MS, now);

function isWithin(times: readonly (number | null)[], limitMs: number, now: number): boolean {
  const newest = newestTime(times, now);
  return newest !== null && now - newest <= limitMs;
}

const KNOWN: readonly ListState[] = ['paused', 'maintenance', 'pending'];
const withoutData = (monitor: ChangedMonitor): ChangedMonitor =>
  KNOWN.includes(monitor.state) ? monitor : { ...monitor, state: 'no_data' };
