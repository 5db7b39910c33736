// Owns when the next ping of a heartbeat is due: after an interval, or at the times of a cron expression in a time zone. Pure.
import { Cron } from 'croner';

/** Every so many seconds after the last one, or at the local times of a cron expression with five fields. */
export type HeartbeatSchedule =
  | { readonly everySeconds: number }
  | { readonly cron: string; readonly timeZone: string };

/** What a heartbeat expects of its job. */
export interface HeartbeatRules {
  readonly schedule: HeartbeatSchedule;
  readonly graceMs: number;
  /** A run that began may take this long. Null: until the next ping is late. */
  readonly maxDurationMs: number | null;
}

/** A job whose clock is a little ahead pings before its time. Cron has no shorter step than a minute. */
export const EARLY_MS = 30_000;

/** Cron expressions are few and parsing one is slow. */
const parsed = new Map<string, Cron>();
const MAX_PARSED = 500;

/** Throws if the expression or the time zone is not valid. */
export function cronOf({ cron, timeZone }: Extract<HeartbeatSchedule, { cron: string }>): Cron {
  const key = `${timeZone} ${cron}`;
  const known = parsed.get(key);
  if (known) return known;
  if (parsed.size >= MAX_PARSED) parsed.clear();
  const made = new Cron(cron, { timezone: timeZone, paused: true, mode: '5-part' });
  parsed.set(key, made);
  return made;
}

/**
 * The next time after `after` at which a ping is due. At DST changes, a skipped time moves to the next valid minute, and a
 * repeated one uses the first occurrence. Infinity: never.
 */
export function nextDue(schedule: HeartbeatSchedule, after: number): number {
  if ('everySeconds' in schedule) return after + schedule.everySeconds * 1_000;
  return cronOf(schedule).nextRun(new Date(after))?.getTime() ?? Number.POSITIVE_INFINITY;
}

/** When the ping after one at `at` is due. One that is a little early counts for the time that it was meant for. */
export const dueAfterPing = (schedule: HeartbeatSchedule, at: number): number =>
  nextDue(schedule, 'cron' in schedule ? at + EARLY_MS : at);
