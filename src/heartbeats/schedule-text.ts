// Owns what a heartbeat expects of its job, in words. Pure.
import type { HeartbeatRules } from './schedule.ts';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `1 hour`, `90 minutes`, `2 days`: the largest unit that is whole. */
export function spanText(seconds: number): string {
  const [unit, length] = UNITS.find(([, one]) => seconds >= one && seconds % one === 0) ?? UNITS[3];
  const count = seconds / length;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** `every 1 hour`, `at 0 3 * * * (Europe/Berlin)`. */
export const scheduleText = (schedule: HeartbeatRules['schedule']): string =>
  'everySeconds' in schedule
    ? `every ${spanText(schedule.everySeconds)}`
    : `at ${schedule.cron} (${schedule.timeZone})`;
