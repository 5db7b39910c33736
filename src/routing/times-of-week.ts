// Owns which local times are in times of the week. Pure. Does not know time zones: local-clock.ts does.
import { WEEKDAYS, type WeekTimes } from './model.ts';

type LocalTimes = Omit<WeekTimes, 'timeZone'>;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 3;

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

const dayOf = (local: number): number => Math.floor(local / DAY_MS);
const weekdayOf = (day: number) => WEEKDAYS[(((day + FIRST_WEEKDAY) % 7) + 7) % 7]!;

/** Whether a clock that shows this is within one of the times. */
export const isInTimesOfWeek = (times: readonly LocalTimes[], local: number): boolean =>
  times.some(({ days, from, to }) => {
    const day = dayOf(local);
    const minute = Math.floor((local - day * DAY_MS) / MINUTE_MS);
    const [start, end] = [minutesOf(from), minutesOf(to)];
    const isToday = days.includes(weekdayOf(day));
    if (start < end) return isToday && start <= minute && minute < end;
    const isYesterday = days.includes(weekdayOf(day - 1));
    return (isToday && start <= minute) || (isYesterday && minute < end);
  });

/** The local times, within this span, at which a time of the week begins or ends. In no order. */
export function edgesOfWeek(times: readonly LocalTimes[], from: number, to: number): number[] {
  const edges: number[] = [];
  const minutes = [...new Set(times.flatMap((one) => [minutesOf(one.from), minutesOf(one.to)]))];
  for (let day = dayOf(from) * DAY_MS; day <= to; day += DAY_MS)
    for (const minute of minutes) {
      const edge = day + minute * MINUTE_MS;
      if (from <= edge && edge <= to) edges.push(edge);
    }
  return edges;
}
