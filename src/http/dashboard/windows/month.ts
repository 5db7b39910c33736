// Owns the month of a calendar: its weeks, and which occurrences fall on which day, on the clock of a time zone. Pure.
import { LocalClock, localAt } from '../../../routing/local-clock.ts';
import { occurrences } from '../../../services/windows/schedule.ts';
import type { WindowRow } from '../../../store/windows.ts';
import { clockText, instantOf } from './local-times.ts';

const DAY_MS = 86_400_000;
/** More windows would cost too much for one page, and no person would read them. */
const MAX_WINDOWS = 100;
const MAX_OCCURRENCES = 300;

export interface CalendarEntry {
  readonly window: WindowRow;
  /** `03:00`, or null if it began on a day before. */
  readonly from: string | null;
}

export interface CalendarDay {
  /** `2026-11-24` */
  readonly date: string;
  readonly isToday: boolean;
  readonly entries: readonly CalendarEntry[];
}

export interface CalendarMonth {
  /** `2026-11` */
  readonly month: string;
  readonly title: string;
  readonly previous: string;
  readonly next: string;
  /** From Monday. Null: a day of another month. */
  readonly weeks: readonly (readonly (CalendarDay | null)[])[];
  readonly isCut: boolean;
}

const monthOf = (ms: number): string => new Date(ms).toISOString().slice(0, 7);

/** Of the address, else the month that the clock shows. */
export const readMonth = (text: string | undefined, timeZone: string, now: number): string =>
  text !== undefined && /^(20[0-9]{2})-(0[1-9]|1[0-2])$/.test(text) ? text : monthOf(localAt(timeZone, now));

export function monthWith(
  month: string,
  timeZone: string,
  windows: readonly WindowRow[],
  now: number,
): CalendarMonth {
  // Local times are ms as if they were UTC.
  const first = Date.parse(`${month}-01T00:00Z`);
  const date = new Date(first);
  const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  const from = instantOf(timeZone, `${month}-01T00:00`)!;
  const to = instantOf(timeZone, new Date(end).toISOString().slice(0, 16))!;
  const clock = new LocalClock(timeZone, from, to);
  const byDay: CalendarEntry[][] = Array.from({ length: (end - first) / DAY_MS }, () => []);
  let count = 0;
  for (const window of windows.slice(0, MAX_WINDOWS)) {
    for (const [start, stop] of occurrences(window.schedule, from, MAX_OCCURRENCES - count)) {
      if (start >= to) break;
      // A window has no occurrence before it was written.
      if (stop <= window.createdAt && 'cron' in window.schedule) continue;
      count += 1;
      const begin = start < from ? null : clock.localAt(start);
      const firstDay = begin === null ? 0 : Math.floor((begin - first) / DAY_MS);
      const lastDay = stop >= to ? byDay.length - 1 : Math.floor((clock.localAt(stop - 1) - first) / DAY_MS);
      for (let day = firstDay; day <= lastDay; day++)
        byDay[day]?.push({ window, from: begin !== null && day === firstDay ? clockText(begin) : null });
    }
    if (count >= MAX_OCCURRENCES) break;
  }
  const today = new Date(localAt(timeZone, now)).toISOString().slice(0, 10);
  const days = byDay.map((entries, index): CalendarDay => {
    const day = new Date(first + index * DAY_MS).toISOString().slice(0, 10);
    return {
      ...{ date: day, isToday: day === today },
      entries: entries.toSorted((a, b) => (a.from ?? '').localeCompare(b.from ?? '')),
    };
  });
  const blanks = Array.from({ length: (date.getUTCDay() + 6) % 7 }, () => null);
  const cells = [...blanks, ...days];
  const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, week) =>
    Array.from({ length: 7 }, (_day, index) => cells[week * 7 + index] ?? null),
  );
  return {
    ...{ month, weeks, isCut: count >= MAX_OCCURRENCES || windows.length > MAX_WINDOWS },
    title: date.toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }),
    previous: monthOf(first - DAY_MS),
    next: monthOf(end),
  };
}
