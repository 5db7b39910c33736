// When a window is open: a schedule, as absolute spans. Owns recurrence and time zones; the engine knows neither.
import { Cron } from 'croner';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { Schedule } from '../../store/schema.ts';

export type Interval = readonly [from: number, to: number];

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Recurring windows are known so far ahead, and the next one however far away it is. */
const HORIZON_MS = 35 * DAY_MS;
const MAX_OCCURRENCES = 400;

/**
 * The spans that end after `now`, in order. A recurring window begins once for every time that its expression names in
 * local time: where the clock skips that time, at the first moment after the gap; where it comes twice, the first time.
 * It lasts its minutes of real time.
 */
export function occurrences(schedule: Schedule, now: number, most = MAX_OCCURRENCES): Interval[] {
  if ('startsAt' in schedule) return schedule.endsAt > now ? [[schedule.startsAt, schedule.endsAt]] : [];
  const durationMs = schedule.durationMinutes * MINUTE_MS;
  const cron = cronOf(schedule);
  const spans: Interval[] = [];
  let after = new Date(now - durationMs);
  while (spans.length < most) {
    const start = cron.nextRun(after);
    if (start === null || (spans.length > 0 && start.getTime() > now + HORIZON_MS)) break;
    spans.push([start.getTime(), start.getTime() + durationMs]);
    after = start;
  }
  return spans;
}

const cronOf = ({ cron, timeZone }: Extract<Schedule, { cron: string }>): Cron =>
  new Cron(cron, { timezone: timeZone, paused: true, mode: '5-part' });

/** The first thing that is wrong with a schedule, by the path of its field; its first spans when nothing is. */
export function parseSchedule(schedule: Schedule, now: number): Result<Interval[], ValidationError> {
  const invalid = (field: string, message: string) =>
    err({ kind: 'invalid' as const, path: [field], message });
  if ('startsAt' in schedule) {
    if (schedule.endsAt <= schedule.startsAt)
      return invalid('endsAt', 'Write an end that is after the start.');
    if (schedule.endsAt <= now) return invalid('endsAt', 'Write an end that is yet to come.');
    return ok(occurrences(schedule, now));
  }
  if (!isTimeZone(schedule.timeZone)) {
    return invalid(
      'timeZone',
      `There is no time zone "${schedule.timeZone}". Write an IANA name such as Europe/Berlin.`,
    );
  }
  try {
    cronOf(schedule);
  } catch {
    return invalid(
      'cron',
      'Write five fields: minute, hour, day of month, month, day of week; "0 2 * * SUN" is Sundays at two.',
    );
  }
  const spans = occurrences(schedule, now);
  if (spans.length === 0) {
    return invalid('cron', 'It never comes: there is no such date.');
  }
  if (spans.some(([from], index) => from < (spans[index - 1]?.[1] ?? 0))) {
    return invalid('durationMinutes', 'It lasts longer than until it begins again. Write fewer minutes.');
  }
  return ok(spans);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
