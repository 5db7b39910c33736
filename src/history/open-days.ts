// Owns the figures of days that are not written yet, today so far included: from `series` and the journal after it.
import { type DayRecord, dayFigures, dayRecordOf } from '../store/history/day-record.ts';
import { factsOfDay } from '../store/history/facts.ts';
import { existence, type HistoryHead, locationIds, openDayFacts } from '../store/history/head.ts';
import { quarantinesOf, staleMsOf } from '../store/history/history-state.ts';
import { DAY_MS, dayOf, dayStart, partOfId, seriesId } from '../store/history/ids.ts';
import type { SeriesRun } from '../store/history/series-codec.ts';
import { countWithin, readManySeries } from '../store/history/series-rows.ts';
import type { DayFigures } from '../uptime/model.ts';
import { gatherTail, runsOfDay, type Tail } from './gather-runs.ts';
import { readEarlier } from './write-day.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Bytes of series in memory at a time. */
const BYTES_AT_ONCE = 2_000_000;

/** In order of the day. Days without a row in `series` have only facts. */
export async function* readOpenDays(
  db: D1Database,
  head: HistoryHead,
  range: Range,
  known?: Tail,
): AsyncGenerator<[number: number, figures: DayFigures]> {
  const { now, day: written } = head;
  const numbers = [...head.rows.keys()];
  const start = Math.max(range.from, dayStart(written + 1));
  const end = Math.min(range.to, now);
  if (start >= end || numbers.length === 0) return;
  const tail = known ?? (await gatherTail(db, head.seq, new Set(numbers)));
  const firsts = numbers.flatMap((number) => existence(head, number, start, end)?.from ?? []);
  if (firsts.length === 0) return;
  let earlier = earlierOf(
    await readEarlier(
      db,
      written + 1,
      numbers.map((number) => ({ number })),
    ),
  );
  for (let day = dayOf(Math.min(...firsts)); dayStart(day) < end; day += 1) {
    const next = new Map(earlier);
    for await (const [number, runs] of runsOf(db, day, numbers, tail)) {
      const existed = existence(head, number, dayStart(day), Math.min(dayStart(day) + DAY_MS, now));
      if (existed === null) continue;
      const record = openDayRecord(head, number, { day, ...existed }, runs, earlier.get(number));
      next.set(number, lastMeasured(record.byLocation));
      yield [number, dayFigures(record, existed, locationIds(head))];
    }
    earlier = next;
  }
}

/** Of a day that is not written, or of the part of it in which the monitor existed. */
export const openDayRecord = (
  head: HistoryHead,
  number: number,
  { day, from, to }: { readonly day: number; readonly from: number; readonly to: number },
  runs: readonly SeriesRun[],
  earlier: ReadonlyMap<number, number> = new Map(),
): DayRecord =>
  dayRecordOf({
    ...{ day, from, to, runs, earlier },
    facts: factsOfDay(openDayFacts(head, number), day),
    staleMs: staleMsOf(head.folded.state, number),
    quarantines: (location) => quarantinesOf(head.folded.state, location, head.now),
  });

type Earlier = Map<number, ReadonlyMap<number, number>>;

const earlierOf = (rows: ReadonlyMap<number, ReadonlyMap<number, number>>): Earlier => new Map(rows);

/** When each location last measured, for the day that follows. */
export const lastMeasured = (
  byLocation: readonly { readonly location: number; readonly lastMeasuredAt: number | null }[],
): ReadonlyMap<number, number> =>
  new Map(
    byLocation.flatMap(({ location, lastMeasuredAt }) =>
      lastMeasuredAt === null ? [] : [[location, lastMeasuredAt] as const],
    ),
  );

async function* runsOf(
  db: D1Database,
  day: number,
  numbers: readonly number[],
  tail: Tail,
): AsyncGenerator<[number: number, runs: SeriesRun[]]> {
  for (let from = 0; from < numbers.length; ) {
    const ids = numbers.slice(from).map((number) => seriesId(day, number));
    const count = await countWithin(db, ids, BYTES_AT_ONCE);
    const stored = await readManySeries(db, ids.slice(0, count), tail.seq);
    const byDay = Map.groupBy(stored, ({ id }) => id - partOfId(id));
    for (let index = 0; index < count; index += 1) {
      const id = ids[index]!;
      const runs = (byDay.get(id) ?? []).flatMap((one) => one.runs);
      yield [numbers[from + index]!, [...runs, ...runsOfDay(tail, id)]];
    }
    from += count;
  }
}
