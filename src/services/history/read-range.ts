// Reads the time and the runs of several monitors in a range, deleted ones included, in parts of bounded size. Does not write.
import type { Caller } from '../../access/caller.ts';
import { gatherTailWithin } from '../../history/gather-runs.ts';
import { type HistorySpans, readDays, readSpans } from '../../history/read-history.ts';
import type { HistoryMonitor } from '../../store/history/monitor-histories.ts';
import { mergeFigures } from '../../uptime/figures.ts';
import type { LocationFigures } from '../../uptime/model.ts';
import {
  type HistoryScope,
  isInScope,
  listReadableFormerMonitors,
  listReadableMonitors,
} from './history-access.ts';

const DAY_MS = 86_400_000;
/** Rows of `days` that are decoded at once. Each has the histograms of every location. */
const DAYS_AT_ONCE = 4_000;
/** More are not read in one request: the figures of runs are left out then. */
export const MAX_MONITOR_DAYS = 150_000;

export interface MonitorHistory extends HistoryMonitor {
  readonly from: number;
  readonly to: number;
  readonly spans: HistorySpans['spans'];
}

export interface RangeRequest {
  readonly scope: HistoryScope;
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

/** Monitors with a part of the range, by name. Of a deleted one, name, group and tags are those of its end. */
export async function readMonitorHistories(
  db: D1Database,
  { scope, from, to, now }: RangeRequest,
  caller: Pick<Caller, 'restriction'>,
): Promise<MonitorHistory[]> {
  const [existing, former] = await Promise.all([
    listReadableMonitors(db, caller),
    listReadableFormerMonitors(db, caller),
  ]);
  const wanted = [...existing, ...former].filter((monitor) => isInScope(scope, monitor));
  if (wanted.length === 0) return [];
  const numbers = wanted.map(({ number }) => number);
  const byNumber = new Map(
    (await readSpans(db, { numbers, from, to, now })).map((spans) => [spans.number, spans]),
  );
  return wanted
    .flatMap((monitor): MonitorHistory[] => {
      const spans = byNumber.get(monitor.number);
      return spans !== undefined && spans.to > spans.from
        ? [{ ...monitor, from: spans.from, to: spans.to, spans: spans.spans }]
        : [];
    })
    .sort((a, b) => (a.name === b.name ? a.number - b.number : a.name < b.name ? -1 : 1));
}

/**
 * Figures of the runs of each monitor by location, over the UTC days that the range touches. Null if that is more than a
 * request reads, or if the compaction is far behind.
 */
export async function readRunFigures(
  db: D1Database,
  numbers: readonly number[],
  { from, to, now }: Omit<RangeRequest, 'scope'>,
): Promise<ReadonlyMap<number, readonly LocationFigures[]> | null> {
  const days = Math.ceil(to / DAY_MS) - Math.floor(from / DAY_MS);
  if (numbers.length * days > MAX_MONITOR_DAYS) return null;
  const { tail } = await gatherTailWithin(db, numbers, to);
  if (tail === null) return null;
  const atOnce = Math.max(1, Math.floor(DAYS_AT_ONCE / Math.max(1, days)));
  const figures = new Map<number, readonly LocationFigures[]>();
  for (let first = 0; first < numbers.length; first += atOnce) {
    const part = await readDays(db, { numbers: numbers.slice(first, first + atOnce), from, to, now }, tail);
    for (const [number, ofDays] of part)
      figures.set(number, mergeFigures(ofDays.flatMap(({ byLocation }) => byLocation)));
  }
  return figures;
}
