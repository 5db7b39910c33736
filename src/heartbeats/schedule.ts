// Owns when the next ping of a heartbeat is due: after an interval, or at the times of a cron expression in a time zone. Pure.
import { Cron } from 'croner';
import { goesBackWithin, instantsOf, wallTimeAt } from './local-time.ts';

/** Every so many seconds after the last one, or at the local times of a cron expression with five fields. */
export type HeartbeatSchedule = { readonly everySeconds: number } | CronSchedule;

export interface CronSchedule {
  readonly cron: string;
  readonly timeZone: string;
}

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
const MAX_PARSED = 2_000;

/** Of times that a clock shows. Throws if the expression is not valid. */
export function cronOf({ cron }: CronSchedule): Cron {
  const known = parsed.get(cron);
  if (known) return known;
  if (parsed.size >= MAX_PARSED) parsed.clear();
  const made = new Cron(cron, { timezone: 'UTC', paused: true, mode: '5-part' });
  parsed.set(cron, made);
  return made;
}

/** The next time after `after` at which a ping is due. Infinity: never. */
export function nextDue(schedule: HeartbeatSchedule, after: number): number {
  if ('everySeconds' in schedule) return after + schedule.everySeconds * 1_000;
  return isByTheClock(schedule) ? nextByTheClock(schedule, after) : nextOfTheDay(schedule, after);
}

/** As cron of Debian: with minutes or hours that begin with `*`, the job runs whenever the clock shows a time of it. */
const isByTheClock = ({ cron }: CronSchedule): boolean =>
  cron.toLowerCase() === '@hourly' ||
  cron
    .split(/\s+/)
    .slice(0, 2)
    .some((field) => /^[*?]/.test(field));

/** No zone goes back further. */
const MAX_BACK_MS = 3 * 3_600_000;

/** A skipped time is never due, and one that the clock shows twice is due twice. */
function nextByTheClock(schedule: CronSchedule, after: number): number {
  const { timeZone } = schedule;
  const wall = wallTimeAt(timeZone, after);
  let next = Number.POSITIVE_INFINITY;
  let shown = goesBackWithin(timeZone, after, MAX_BACK_MS) ? wall - MAX_BACK_MS : wall;
  for (;;) {
    shown = nextShown(schedule, shown);
    const at = Number.isFinite(shown) ? instantsOf(timeZone, shown).at.find((time) => time > after) : next;
    next = Math.min(next, at ?? next);
    if (!Number.isFinite(shown) || (shown > wall && Number.isFinite(next))) return next;
  }
}

/** A fixed time of day is due once a day: a skipped one when the clock has jumped, a repeated one when it comes first. */
function nextOfTheDay(schedule: CronSchedule, after: number): number {
  const { timeZone } = schedule;
  let shown = wallTimeAt(timeZone, after);
  for (;;) {
    shown = nextShown(schedule, shown);
    if (!Number.isFinite(shown)) return shown;
    const { at, skippedAt } = instantsOf(timeZone, shown);
    const due = skippedAt ?? at[0]!;
    if (due > after) return due;
  }
}

const nextShown = (schedule: CronSchedule, wall: number): number =>
  cronOf(schedule).nextRun(new Date(wall))?.getTime() ?? Number.POSITIVE_INFINITY;

/** When the ping after one at `at` is due. One that is a little early counts for the time that it was meant for. */
export const dueAfterPing = (schedule: HeartbeatSchedule, at: number): number =>
  nextDue(schedule, 'cron' in schedule ? at + EARLY_MS : at);
