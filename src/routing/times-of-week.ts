// Owns times of the week: which local times are inside, and when they end. What the clock on the wall shows decides, so local
// hours count through daylight saving. Pure. Does not know when a clock jumps: local-clock.ts does.
import { LocalClock, localAt } from './local-clock.ts';
import { WEEKDAYS, type WeekTimes } from './model.ts';

type LocalTimes = Omit<WeekTimes, 'timeZone'>;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Times that follow each other without a gap, such as whole days, are looked through for this long. */
const MAX_SPAN_MS = 8 * DAY_MS;
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

export const isInTimes = (times: WeekTimes, at: number): boolean =>
  isInTimesOfWeek([times], localAt(times.timeZone, at));

/** When the times that `at` is inside of end, ms since the epoch. Null: it is outside. */
export function endOfTimes(times: WeekTimes, at: number): number | null {
  if (!isInTimes(times, at)) return null;
  const until = at + MAX_SPAN_MS;
  const clock = new LocalClock(times.timeZone, at, until);
  // A clock that jumps shows times outside of those of its ends, by hours at most.
  const local = edgesOfWeek([times], clock.localAt(at) - DAY_MS, clock.localAt(until) + DAY_MS);
  const edges = clock.changesAt(local).filter((edge) => at < edge && edge <= until);
  edges.sort((a, b) => a - b);
  // Times that never end are looked at again at their last edge.
  const end = edges.find((edge) => !isInTimesOfWeek([times], clock.localAt(edge)));
  return end ?? edges.at(-1) ?? until;
}
