// Owns the calendar periods of reports in a time zone: weeks begin on Monday (ISO 8601), quarters in January, April, July and
// October. Pure. Does not know what a report contains.
import { Temporal } from 'temporal-polyfill';

export const REPORT_PERIODS = ['week', 'month', 'quarter', 'year'] as const;
export type ReportPeriod = (typeof REPORT_PERIODS)[number];

/** Half open: `from` ≤ t < `to`, ms since the epoch. */
export interface PeriodSpan {
  readonly from: number;
  readonly to: number;
}

const LENGTH = {
  week: { weeks: 1 },
  month: { months: 1 },
  quarter: { months: 3 },
  year: { years: 1 },
} as const;

/** The period that contains `at`. Days of a clock change have 23 or 25 hours. */
export function periodAt(period: ReportPeriod, timeZone: string, at: number): PeriodSpan {
  const first = firstDay(period, dateAt(timeZone, at));
  return { from: startOf(first, timeZone), to: startOf(first.add(LENGTH[period]), timeZone) };
}

/** The newest period that is over at `at`. */
export function lastPeriodBefore(period: ReportPeriod, timeZone: string, at: number): PeriodSpan {
  return periodAt(period, timeZone, periodAt(period, timeZone, at).from - 1);
}

/** `2026-W48`, `2026-11`, `2026-Q4` or `2026`. */
export function periodLabel(period: ReportPeriod, timeZone: string, from: number): string {
  const date = dateAt(timeZone, from);
  const year = String(date.year).padStart(4, '0');
  if (period === 'week')
    return `${String(date.yearOfWeek).padStart(4, '0')}-W${String(date.weekOfYear).padStart(2, '0')}`;
  if (period === 'month') return `${year}-${String(date.month).padStart(2, '0')}`;
  return period === 'quarter' ? `${year}-Q${Math.ceil(date.month / 3)}` : year;
}

/** The local date, such as `2026-11-24`. */
export const localDate = (timeZone: string, at: number): string => dateAt(timeZone, at).toString();

/** The start of a local date. */
export const startOfDate = (timeZone: string, date: string): number =>
  startOf(Temporal.PlainDate.from(date), timeZone);

const dateAt = (timeZone: string, at: number): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();

/** Midnight, or the first instant of the day if the clock skips midnight. */
const startOf = (date: Temporal.PlainDate, timeZone: string): number =>
  date.toZonedDateTime({ timeZone }).startOfDay().epochMilliseconds;

function firstDay(period: ReportPeriod, date: Temporal.PlainDate): Temporal.PlainDate {
  if (period === 'week') return date.subtract({ days: date.dayOfWeek - 1 });
  const month =
    period === 'year' ? 1 : period === 'quarter' ? date.month - ((date.month - 1) % 3) : date.month;
  return date.with({ month, day: 1 });
}
