// Owns the newest days of monitors as a status page shows them, read in one statement, today included.
import { Buffer } from 'node:buffer';
import type { DayBar } from '../../uptime/model.ts';
import { disjointSpans, totalsOf } from '../../uptime/moments.ts';
import { readDayRows, type StoredDay } from './days.ts';
import { momentsOf, replaceFacts } from './facts.ts';
import { changedDays, dayEnd, existence, type HistoryHead, openDayFacts, readHead } from './head.ts';
import type { Fact } from './history-state.ts';
import { dayOf, dayStart, seriesId } from './ids.ts';
import { decodeRecent } from './recent-codec.ts';

/** Days that a status page shows. */
const DAYS = 90;

/** By monitor number, oldest day first: at most 90 days. A monitor without a history is missing. */
export async function readBars(
  db: D1Database,
  numbers: readonly number[],
  now: number,
): Promise<ReadonlyMap<number, readonly DayBar[]>> {
  if (numbers.length === 0) return new Map();
  const head = await readHead(db, { numbers, now, withRecent: true });
  const bars = new Map<number, readonly DayBar[]>();
  for (const number of numbers) {
    const own = barsOf(head, number);
    if (own.length > 0) bars.set(number, own);
  }
  // Rare, and a second statement then.
  const changed = changedDayFacts(head, [...bars.keys()]);
  return correctedBars(head, bars, changed, await readDayRows(db, [...changed.keys()]));
}

/** A condition that was detected just now began, or ended, on a day that is written. By id of the day's row. */
export function changedDayFacts(
  head: HistoryHead,
  numbers: readonly number[],
): ReadonlyMap<number, readonly Fact[]> {
  const changed = new Map<number, readonly Fact[]>();
  for (const number of numbers)
    for (const [day, facts] of changedDays(head.folded, head.day, number))
      changed.set(seriesId(day, number), facts);
  return changed;
}

/** `stored`: the written days that changed, as they are stored. */
export function correctedBars(
  head: HistoryHead,
  bars: ReadonlyMap<number, readonly DayBar[]>,
  changed: ReadonlyMap<number, readonly Fact[]>,
  stored: readonly StoredDay[],
): ReadonlyMap<number, readonly DayBar[]> {
  const corrected = new Map(bars);
  for (const { number, day, facts } of stored) {
    const newer = changed.get(seriesId(day, number));
    const existed = existence(head, number, dayStart(day), dayEnd(day, head.now));
    if (existed === null || newer === undefined) continue;
    const moments = momentsOf(replaceFacts(facts, newer));
    const { from, to } = existed;
    const totals = totalsOf(disjointSpans(moments, from, to), from, to);
    const own = corrected.get(number) ?? [];
    corrected.set(
      number,
      own.map((bar) => (bar.day === day ? { day, totals } : bar)),
    );
  }
  return corrected;
}

export function barsOf(head: HistoryHead, number: number): DayBar[] {
  const { now } = head;
  const first = Math.max(dayOf(now) - DAYS + 1, 0);
  return [...writtenBars(head, number, first), ...openBars(head, number, first)];
}

function writtenBars({ rows, day: written }: HistoryHead, number: number, first: number): DayBar[] {
  const row = rows.get(number);
  if (!row || row.recent === '') return [];
  return decodeRecent(Buffer.from(row.recent, 'hex'))
    .map((totals, age): DayBar => ({ day: row.recentDay - age, totals }))
    .filter(({ day }) => day >= first && day <= written)
    .reverse();
}

function openBars(head: HistoryHead, number: number, first: number): DayBar[] {
  const { day: written, now } = head;
  const existed = existence(head, number, dayStart(Math.max(written + 1, first)), now);
  if (existed === null) return [];
  const moments = momentsOf(openDayFacts(head, number));
  const bars: DayBar[] = [];
  for (let day = dayOf(existed.from); dayStart(day) < existed.to; day += 1) {
    const from = Math.max(dayStart(day), existed.from);
    const to = Math.min(dayEnd(day, now), existed.to);
    bars.push({ day, totals: totalsOf(disjointSpans(moments, from, to), from, to) });
  }
  return bars;
}
