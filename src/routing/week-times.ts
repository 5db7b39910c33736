// Owns times of the week in local time: whether a moment is inside, and when they end. Daylight saving is right: local
// hours count. Pure.
import { Temporal } from 'temporal-polyfill';
import { WEEKDAYS, type WeekTimes } from './model.ts';

const DAY_MINUTES = 24 * 60;
/** Times that follow each other without a gap, such as whole days, are looked through for this long. */
const MAX_DAYS = 8;

const localTime = (at: number, timeZone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);

/** `HH:MM` in minutes. */
const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

interface Span {
  /** Days from the local day of the moment to the day on which the span ends. */
  readonly endsInDays: number;
  readonly endMinutes: number;
}

/** The span that a moment is inside of. Null: outside. */
function spanAt({ days, from, to }: Omit<WeekTimes, 'timeZone'>, local: Temporal.ZonedDateTime): Span | null {
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  const now = local.hour * 60 + local.minute;
  const today = WEEKDAYS[local.dayOfWeek - 1]!;
  const yesterday = WEEKDAYS[(local.dayOfWeek + 5) % 7]!;
  const overnight = end <= begin;
  if (days.includes(today) && now >= begin && (overnight || now < end))
    return { endsInDays: overnight ? 1 : 0, endMinutes: end };
  return overnight && days.includes(yesterday) && now < end ? { endsInDays: 0, endMinutes: end } : null;
}

export const isInTimes = (times: WeekTimes, at: number): boolean =>
  spanAt(times, localTime(at, times.timeZone)) !== null;

/** When the times that `at` is inside of end, ms since the epoch. Null: it is outside. */
export function endOfTimes(times: WeekTimes, at: number): number | null {
  let local = localTime(at, times.timeZone);
  let end: number | null = null;
  for (let looked = 0; looked < MAX_DAYS; looked += 1) {
    const span = spanAt(times, local);
    if (span === null) break;
    const { endsInDays, endMinutes } = span;
    const next = local
      .toPlainDate()
      .add({ days: endsInDays })
      .toZonedDateTime({
        timeZone: times.timeZone,
        plainTime: new Temporal.PlainTime(Math.floor(endMinutes / 60), endMinutes % 60),
      });
    // In an hour that occurs twice, the first end may be over already.
    local =
      next.epochMilliseconds > local.epochMilliseconds ? next : local.add({ minutes: DAY_MINUTES / 24 });
    end = local.epochMilliseconds;
  }
  return end;
}
