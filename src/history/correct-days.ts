// Owns the correction of written days: a condition that began, or ended, on one of them was detected later, or an observation
// arrived late.
import type { DayWrite, RecentWrite } from '../store/history/compaction-rows.ts';
import { encodeDay } from '../store/history/day-codec.ts';
import { type DayRecord, dayFigures, dayRecordOf } from '../store/history/day-record.ts';
import { readDayRows } from '../store/history/days.ts';
import { replaceFacts } from '../store/history/facts.ts';
import type { Folded } from '../store/history/fold.ts';
import { type Fact, quarantinesOf, staleMsOf } from '../store/history/history-state.ts';
import { DAY_MS, dayStart, numberOfId, seriesId } from '../store/history/ids.ts';
import {
  existedOn,
  type MonitorHistory,
  readMonitorHistories,
  recentBytes,
  withDay,
} from '../store/history/monitor-rows.ts';
import type { RunColumns } from '../store/history/run-columns.ts';
import { readManySeries } from '../store/history/series-rows.ts';
import { readEarlier } from './write-day.ts';

interface Corrections {
  readonly folded: Folded;
  /** Changed conditions, and late observations, by id of the day's row. */
  readonly changed: ReadonlyMap<number, readonly Fact[]>;
  readonly late: ReadonlyMap<number, RunColumns>;
}

export async function correctDays(
  db: D1Database,
  corrections: Corrections,
): Promise<{ days: DayWrite[]; recents: RecentWrite[] }> {
  const { changed, late } = corrections;
  const ids = [...new Set([...changed.keys(), ...late.keys()])].sort((a, b) => a - b);
  const stored = await readDayRows(db, ids);
  const known = await readMonitorHistories(db, [...new Set(ids.map(numberOfId))]);
  const days: DayWrite[] = [];
  const recents = new Map<number, MonitorHistory>();
  const records = new Map(stored.map((record) => [seriesId(record.day, record.number), record]));
  for (const id of ids) {
    const monitor = recents.get(numberOfId(id)) ?? known.get(numberOfId(id));
    const before = records.get(id);
    if (!monitor || !before) continue;
    const facts = replaceFacts(before.facts, changed.get(id) ?? []).filter(({ from, to }) => from < to);
    const record = late.has(id)
      ? await recount(db, corrections, { ...before, facts }, monitor, late.get(id)!)
      : { ...before, facts };
    days.push({ id, data: encodeDay(record) });
    const { totals } = dayFigures(record, existedOn(monitor, before.day), String);
    recents.set(monitor.number, withDay(monitor, before.day, totals));
  }
  return {
    days,
    recents: [...recents.values()].map((one) => ({
      ...{ number: one.number, day: one.recentDay, recent: recentBytes(one) },
    })),
  };
}

async function recount(
  db: D1Database,
  { folded }: Pick<Corrections, 'folded'>,
  before: DayRecord,
  monitor: MonitorHistory,
  late: RunColumns,
): Promise<DayRecord> {
  const { day, facts } = before;
  const { number } = monitor;
  const earlier = (await readEarlier(db, day, [monitor])).get(number) ?? new Map<number, number>();
  const series = await readManySeries(db, [seriesId(day, number)]);
  return dayRecordOf({
    day,
    facts,
    ...existedOn(monitor, day),
    runs: [...series.flatMap(({ runs }) => runs), ...late.runs()],
    staleMs: staleMsOf(folded.state, number),
    earlier,
    quarantines: (location) => quarantinesOf(folded.state, location, dayStart(day) + DAY_MS),
  });
}
