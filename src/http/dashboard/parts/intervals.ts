// Owns the intervals of a monitor as forms offer them: those of the API, in words.
import { INTERVALS_SECONDS } from '../../api/monitors/schema.ts';

/** Seconds, and in words. */
export const INTERVALS: readonly (readonly [seconds: string, label: string])[] = INTERVALS_SECONDS.map(
  (seconds) => [String(seconds), words(seconds)],
);

function words(seconds: number): string {
  if (seconds < 60) return counted(seconds, 'second');
  return seconds < 3_600 ? counted(seconds / 60, 'minute') : counted(seconds / 3_600, 'hour');
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
