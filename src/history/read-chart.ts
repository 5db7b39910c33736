// Owns what the page of one monitor shows of its history, in two statements: its newest days, and either its runs or its
// days with their latency. So a crowd that no cache absorbs does not stop the ticks. A reader that needs every run takes
// read-history.ts: here, a mesh too large for a statement shows its newest hour once it is compacted.
import { barsOf, changedDayFacts, correctedBars } from '../store/history/bars.ts';
import { dayFigures } from '../store/history/day-record.ts';
import type { StoredDay } from '../store/history/days.ts';
import { momentsOf, replaceFacts } from '../store/history/facts.ts';
import { existence, type HistoryHead, locationIds, openDayFacts, readHead } from '../store/history/head.ts';
import type { Fact } from '../store/history/history-state.ts';
import { DAY_MS, dayOf, dayStart, partOfId, seriesId } from '../store/history/ids.ts';
import type { SeriesRun } from '../store/history/series-codec.ts';
import { readDaysSeriesAndTail } from '../store/history/series-rows.ts';
import type { DayBar, DayFigures, MomentSpan } from '../uptime/model.ts';
import { disjointSpans } from '../uptime/moments.ts';
import { runsOfRows } from './gather-runs.ts';
import { lastMeasured, openDayRecord } from './open-days.ts';
import { type HistoryObservation, observationOf } from './read-history.ts';

/** A week of a monitor that works takes 200 kB. One that fails with many words shows less of its week. */
const SERIES_BYTES = 4_000_000;

interface ChartRange {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

interface Chart<T> {
  /** At most 90 days, oldest first. */
  readonly bars: readonly DayBar[];
  /** In no order: runs, or UTC days that the range touches. */
  readonly points: readonly T[];
}

export async function readRunChart(db: D1Database, range: ChartRange): Promise<Chart<HistoryObservation>> {
  const rows = await readRows(db, range, dayOf(range.from), () => []);
  return { bars: rows.bars, points: runsOfRange(rows, range) };
}

function runsOfRange({ head, runs }: Rows, { number, from, to }: ChartRange): HistoryObservation[] {
  const idOf = locationIds(head);
  return (head.hasBegun ? [...runs.values()] : [])
    .flat()
    .filter(({ startedAt }) => startedAt >= from && startedAt < to)
    .map((run) => observationOf(number, run, idOf));
}

export async function readDayChart(db: D1Database, range: ChartRange): Promise<Chart<DayFigures>> {
  const rows = await readRows(db, range, null, writtenDaysOf(range));
  return { bars: rows.bars, points: daysOfRows(rows, range) };
}

export interface MonitorChart {
  /** At most 90 days, oldest first. */
  readonly bars: readonly DayBar[];
  /** The part of the range in which the monitor existed. Null: none. */
  readonly existed: { readonly from: number; readonly to: number } | null;
  /** Within it. Disjoint, in order. What no span covers is up. */
  readonly spans: readonly MomentSpan[];
  /** In no order. Empty if days are asked for. */
  readonly runs: readonly HistoryObservation[];
  /** UTC days that the range touches, if they are asked for. */
  readonly days: readonly DayFigures[];
}

/** Beside the chart, what the monitor was in the range. */
export async function readMonitorChart(
  db: D1Database,
  range: ChartRange,
  by: 'run' | 'day',
): Promise<MonitorChart> {
  const { number, from, to } = range;
  const rows = await readRows(db, range, by === 'run' ? dayOf(from) : null, writtenDaysOf(range));
  const { head, bars, changed } = rows;
  const existed = existence(head, number, from, to);
  const facts = [
    ...rows.days.flatMap((record) =>
      replaceFacts(record.facts, changed.get(seriesId(record.day, number)) ?? []),
    ),
    ...openDayFacts(head, number),
  ];
  return {
    ...{ bars, existed },
    spans: existed === null ? [] : disjointSpans(momentsOf(facts), existed.from, existed.to),
    runs: by === 'run' ? runsOfRange(rows, range) : [],
    days: by === 'day' ? daysOfRows(rows, range) : [],
  };
}

const writtenDaysOf =
  ({ from, to }: ChartRange) =>
  (head: HistoryHead): readonly number[] =>
    daysBetween(dayOf(from), Math.min(head.day, dayOf(to - 1)));

function daysOfRows(
  { head, changed, days, runs }: Rows,
  { number, from, to, now }: ChartRange,
): DayFigures[] {
  const idOf = locationIds(head);
  const points: DayFigures[] = [];
  for (const record of days) {
    const existed = existence(head, number, dayStart(record.day), dayStart(record.day) + DAY_MS);
    const facts = replaceFacts(record.facts, changed.get(seriesId(record.day, number)) ?? []);
    if (existed !== null && record.day >= dayOf(from))
      points.push(dayFigures({ ...record, facts }, existed, idOf));
  }
  let earlier = lastMeasured(days.find(({ day }) => day === head.day)?.byLocation ?? []);
  for (let day = Math.max(head.day + 1, dayOf(from)); dayStart(day) < Math.min(to, now); day += 1) {
    const existed = existence(head, number, dayStart(day), Math.min(dayStart(day) + DAY_MS, now));
    if (existed === null) continue;
    const record = openDayRecord(
      head,
      number,
      { day, ...existed },
      runs.get(seriesId(day, number)) ?? [],
      earlier,
    );
    earlier = lastMeasured(record.byLocation);
    points.push(dayFigures(record, existed, idOf));
  }
  return points;
}

interface Rows {
  readonly head: HistoryHead;
  readonly bars: readonly DayBar[];
  readonly changed: ReadonlyMap<number, readonly Fact[]>;
  readonly days: readonly StoredDay[];
  /** By id of the day. */
  readonly runs: ReadonlyMap<number, readonly SeriesRun[]>;
}

/** Runs are read from the first day on. Null: those of days that are not written. */
async function readRows(
  db: D1Database,
  { number, from, to, now }: ChartRange,
  firstDay: number | null,
  daysOf: (head: HistoryHead) => readonly number[],
): Promise<Rows> {
  const head = await readHead(db, { numbers: [number], now, withRecent: true });
  const changed = changedDayFacts(head, [number]);
  const stored = await readDaysSeriesAndTail(
    db,
    {
      days: [...new Set([...changed.keys(), ...daysOf(head).map((day) => seriesId(day, number))])],
      series: daysBetween(firstDay ?? Math.max(head.day + 1, dayOf(from)), dayOf(to)).map((day) =>
        seriesId(day, number),
      ),
    },
    { bytes: SERIES_BYTES, maxSeq: head.seq },
  );
  const runs = new Map<number, SeriesRun[]>();
  for (const { id, runs: own } of stored.series) {
    const day = id - partOfId(id);
    runs.set(day, [...(runs.get(day) ?? []), ...own]);
  }
  for (const [id, own] of runsOfRows(stored.tail, number)) runs.set(id, [...(runs.get(id) ?? []), ...own]);
  const bars = correctedBars(head, new Map([[number, barsOf(head, number)]]), changed, stored.days);
  return { head, changed, runs, days: stored.days, bars: bars.get(number) ?? [] };
}

const daysBetween = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
