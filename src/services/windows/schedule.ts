// Owns recurrence and time zones: a window's schedule as absolute spans. Does not know which windows exist.

import { Cron } from 'croner';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { Schedule } from '../../store/windows.ts';
import { isTimeZone } from '../../time-zone.ts';
import { cronError } from './cron-fields.ts';

type Recurring = Extract<Schedule, { cron: string }>;

export type Interval = readonly [from: number, to: number];

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The occurrences of a recurring window are computed this far ahead, and at least the next one. */
const HORIZON_MS = 35 * DAY_MS;
const MAX_OCCURRENCES = 400;

/**
 * The spans that end after `now`, in order. At DST changes, a skipped start time moves to the next valid minute, and a
 * repeated one uses the first occurrence. The duration is elapsed time.
 */
export function occurrences(
  schedule: Schedule,
  now: number,
  limit = MAX_OCCURRENCES,
  horizonMs = HORIZON_MS,
): Interval[] {
  if ('startsAt' in schedule) return schedule.endsAt > now ? [[schedule.startsAt, schedule.endsAt]] : [];
  const durationMs = schedule.durationMinutes * MINUTE_MS;
  const cron = cronOf(schedule);
  const spans: Interval[] = [];
  let after = new Date(now - durationMs);
  while (spans.length < limit) {
    const start = cron.nextRun(after);
    if (start === null || (spans.length > 0 && start.getTime() > now + horizonMs)) break;
    const end = endOf(schedule, start.getTime());
    if (end > now) spans.push([start.getTime(), end]);
    after = start;
  }
  return spans;
}

/** The active and the next ones, however far ahead they are: what people plan with. */
export const nextOccurrences = (schedule: Schedule, now: number, limit: number): Interval[] =>
  occurrences(schedule, now, limit, Number.POSITIVE_INFINITY);

/** An occurrence that a person ended is shorter. */
function endOf({ durationMinutes, endedAt }: Recurring, start: number): number {
  const planned = start + durationMinutes * MINUTE_MS;
  return endedAt !== undefined && start <= endedAt && endedAt < planned ? endedAt : planned;
}

const cronOf = ({ cron, timeZone }: Recurring): Cron =>
  new Cron(cron, { timezone: timeZone, paused: true, mode: '5-part' });

/** The spans of a valid schedule, or the first invalid field. */
export function parseSchedule(schedule: Schedule, now: number): Result<Interval[], ValidationError> {
  const invalid = (field: string, message: string) =>
    err({ kind: 'invalid' as const, path: [field], message });
  if ('startsAt' in schedule) {
    if (schedule.endsAt <= schedule.startsAt) return invalid('endsAt', '`endsAt` must be after `startsAt`.');
    if (schedule.endsAt <= now) return invalid('endsAt', '`endsAt` must be in the future.');
    return ok(occurrences(schedule, now));
  }
  if (!isTimeZone(schedule.timeZone)) {
    return invalid(
      'timeZone',
      `Unknown time zone "${schedule.timeZone}". Use an IANA name such as Europe/Berlin.`,
    );
  }
  try {
    cronOf(schedule);
  } catch {
    return invalid('cron', cronError(schedule.cron));
  }
  const spans = occurrences(schedule, now);
  if (spans.length === 0) {
    return invalid('cron', 'The cron expression never matches a date. Correct its day or month.');
  }
  if (spans.some(([from], index) => from < (spans[index - 1]?.[1] ?? 0))) {
    return invalid(
      'durationMinutes',
      '`durationMinutes` exceeds the interval between occurrences. Use fewer minutes.',
    );
  }
  return ok(spans);
}
