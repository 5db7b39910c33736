// Owns a run that writes a UTC day of some monitors: from `series`, and from conditions that last, to `days`.
import {
  type Compaction,
  type DayWrite,
  type RecentWrite,
  writeCompaction,
} from '../store/history/compaction-rows.ts';
import { encodeDay } from '../store/history/day-codec.ts';
import { type DayRecord, dayFigures, dayRecordOf } from '../store/history/day-record.ts';
import { readDayRows } from '../store/history/days.ts';
import { factsOfDay, factsOfRows } from '../store/history/facts.ts';
import {
  type Fact,
  type HistoryState,
  maintenanceFacts,
  openFacts,
  quarantinesOf,
  staleMsOf,
} from '../store/history/history-state.ts';
import { DAY_MS, dayStart, partOfId, seriesId } from '../store/history/ids.ts';
import {
  existedOn,
  type MonitorHistory,
  readMonitorsOfDay,
  recentBytes,
  withDay,
} from '../store/history/monitor-rows.ts';
import { countWithin, readManySeries, type StoredSeries } from '../store/history/series-rows.ts';

/** Few enough for the CPU and the memory of a Worker. */
const MONITORS_AT_ONCE = 100;
const BYTES_AT_ONCE = 2_000_000;

/** Monitors after the cursor, as many as a run may. Returns false if another run was faster. */
export async function writeDay(db: D1Database, before: Compaction, now: number): Promise<boolean> {
  const day = before.day + 1;
  const candidates = await readMonitorsOfDay(db, day, before.cursor, MONITORS_AT_ONCE);
  const ids = candidates.map(({ number }) => seriesId(day, number));
  const count = await countWithin(db, ids, BYTES_AT_ONCE);
  const monitors = candidates.slice(0, count);
  const series = Map.groupBy(await readManySeries(db, ids.slice(0, count)), ({ id }) => id - partOfId(id));
  const earlier = await readEarlier(db, day, monitors);
  const days: DayWrite[] = [];
  const recents: RecentWrite[] = [];
  for (const monitor of monitors) {
    const id = seriesId(day, monitor.number);
    const record = recordOf(
      before,
      monitor,
      day,
      series.get(id) ?? [],
      earlier.get(monitor.number) ?? new Map(),
    );
    const { totals } = dayFigures(record, existedOn(monitor, day), String);
    days.push({ id, data: encodeDay(record) });
    recents.push({ number: monitor.number, day, recent: recentBytes(withDay(monitor, day, totals)) });
  }
  const isLast = count === candidates.length && candidates.length < MONITORS_AT_ONCE;
  const after: Compaction = isLast
    ? { ...before, day, cursor: 0, history: withoutPast(before.history, dayStart(day) + DAY_MS) }
    : { ...before, cursor: monitors.at(-1)!.number };
  return writeCompaction(db, { before, after, days, recents }, now);
}

function recordOf(
  { history, at }: Compaction,
  monitor: MonitorHistory,
  day: number,
  series: readonly StoredSeries[],
  earlier: ReadonlyMap<number, number>,
): DayRecord {
  const { number } = monitor;
  const ended = series.flatMap(({ facts }) => factsOfRows(facts, day));
  const open = [...openFacts(history, number, at, at), ...maintenanceFacts(history, number, at)];
  const facts: Fact[] = [...ended, ...factsOfDay(open, day)];
  return dayRecordOf({
    day,
    facts,
    ...existedOn(monitor, day),
    runs: series.flatMap(({ runs }) => runs),
    staleMs: staleMsOf(history, number),
    earlier,
    quarantines: (location) => quarantinesOf(history, location, at),
  });
}

/** When each location last measured, before the day. */
export async function readEarlier(
  db: D1Database,
  day: number,
  monitors: readonly { readonly number: number }[],
): Promise<ReadonlyMap<number, ReadonlyMap<number, number>>> {
  const rows = await readDayRows(
    db,
    monitors.map(({ number }) => seriesId(day - 1, number)),
  );
  return new Map(
    rows.map(({ number, byLocation }) => [
      number,
      new Map(
        byLocation.flatMap(({ location, lastMeasuredAt }) =>
          lastMeasuredAt === null ? [] : [[location, lastMeasuredAt] as const],
        ),
      ),
    ]),
  );
}

/** What ended before the first unwritten day is in the rows of its days. */
const withoutPast = (history: HistoryState, from: number): HistoryState => ({
  ...history,
  maintenances: history.maintenances.filter(({ to }) => to > from),
  quarantines: history.quarantines.filter(({ to }) => to > from),
  removed: history.removed.filter(({ at }) => at > from),
});
