// Owns dates, times, durations and numbers of a language in a time zone, by Intl. Pure.
import type { Texts } from './texts.ts';

export interface Formats {
  /** `24 Nov 2026, 09:30 UTC`, or to the second. */
  time(ms: number, exact?: boolean): string;
  /** `24 Nov 2026`, of the time zone. */
  date(ms: number): string;
  /** `20–23 Nov 2026`, of the time zone. */
  dates(from: number, to: number): string;
  /** `24 Nov`, of the time zone. */
  shortDate(ms: number): string;
  /** `2026-11-24`, of the time zone: to compare dates. */
  dateKey(ms: number): string;
  /** `24 Nov`, of a UTC day, in days since the epoch. */
  day(day: number): string;
  /** `November 2026`, of a UTC month. */
  month(ms: number): string;
  /** `09:30` */
  clock(ms: number): string;
  /** The two largest units: `45 s`, `12 min`, `3 h 5 min`, `4 d 2 h`. */
  duration(ms: number): string;
  /** Two decimals, rounded down: `100.00%` means that there was no downtime. */
  uptime(share: number): string;
  number(value: number): string;
  list(items: readonly string[]): string;
  /** The zone as times show it: `UTC`, `CET`. */
  readonly zone: string;
}

/** Making a formatter of Intl takes longer than all its uses on a page. */
const made = new Map<string, Formats>();
const MAX_MADE = 100;

export function formatsOf(texts: Texts, timeZone: string): Formats {
  const key = `${texts.tag} ${timeZone}`;
  const found = made.get(key);
  if (found) return found;
  if (made.size >= MAX_MADE) made.clear();
  const formats = makeFormats(texts, timeZone);
  made.set(key, formats);
  return formats;
}

const DAY_MS = 86_400_000;

function makeFormats({ locale, units }: Texts, timeZone: string): Formats {
  const dated = (options: Intl.DateTimeFormatOptions, zone = timeZone): ((ms: number) => string) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
    return (ms) => format.format(ms);
  };
  const day = { day: 'numeric', month: 'short' } as const;
  const date = { ...day, year: 'numeric' } as const;
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const zone = { timeZoneName: 'short' } as const;
  const toMinute = dated({ ...date, ...clock, ...zone });
  const toSecond = dated({ ...date, ...clock, second: '2-digit', ...zone });
  const dates = new Intl.DateTimeFormat(locale, { timeZone, ...date });
  const key = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit' },
  });
  const utcDay = dated(day, 'UTC');
  const percent = new Intl.NumberFormat(locale, {
    ...{ style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 },
  });
  const numbers = new Intl.NumberFormat(locale);
  const lists = new Intl.ListFormat(locale, { type: 'unit', style: 'short' });
  return {
    time: (ms, exact = false) => (exact ? toSecond : toMinute)(ms),
    date: (ms) => dates.format(ms),
    dates: (from, to) => dates.formatRange(from, to),
    shortDate: dated(day),
    dateKey: (ms) => key.format(ms),
    day: (number) => utcDay(number * DAY_MS),
    month: dated({ month: 'long', year: 'numeric' }, 'UTC'),
    clock: dated(clock),
    duration: (ms) => duration(ms, units),
    uptime: (share) => percent.format(roundDown(share)),
    number: (value) => numbers.format(value),
    list: (items) => lists.format(items),
    zone: zoneName(locale, timeZone),
  };
}

const zoneName = (locale: string, timeZone: string): string =>
  timeZone === 'UTC'
    ? 'UTC'
    : (new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'longGeneric' })
        .formatToParts(0)
        .find(({ type }) => type === 'timeZoneName')?.value ?? timeZone);

/** A share that is 1 only in the last bit of its sum is 1. */
const roundDown = (share: number): number => Math.floor(share * 10_000 + 1e-7) / 10_000;

function duration(ms: number, { day, hour, minute, second }: Texts['units']): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} ${second}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} ${minute}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24)
    return minutes % 60 === 0 ? `${hours} ${hour}` : `${hours} ${hour} ${minutes % 60} ${minute}`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} ${day}` : `${days} ${day} ${hours % 24} ${hour}`;
}
