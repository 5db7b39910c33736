// Owns times of windows in a time zone that a person chose: as text, in inputs, and back. Pure.
import { localAt, localTime } from '../../../routing/local-clock.ts';

const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' },
  });
  formats.set(timeZone, made);
  return made;
}

/** `Sun 29 Mar 2026, 03:00 GMT+2` */
export function zonedText(timeZone: string, at: number): string {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const { weekday, day, month, year, hour, minute, timeZoneName } = parts;
  return `${weekday} ${day} ${month} ${year}, ${hour}:${minute} ${timeZoneName}`;
}

/** `03:00` */
export const clockText = (local: number): string => new Date(local).toISOString().slice(11, 16);

/** What an input of the type `datetime-local` shows. */
export const inputText = (timeZone: string, at: number): string =>
  new Date(localAt(timeZone, at)).toISOString().slice(0, 16);

/**
 * The instant of a local time. One that the clock skips is as much later as the clock jumps, and one that it shows twice is
 * the first. Null if the text is not a time.
 */
export function instantOf(timeZone: string, text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/.test(text)) return null;
  const local = localTime(text);
  if (Number.isNaN(local)) return null;
  const before = local - (localAt(timeZone, local - DAY_MS) - (local - DAY_MS));
  const after = local - (localAt(timeZone, local + DAY_MS) - (local + DAY_MS));
  const found = [before, after].sort((a, b) => a - b).find((at) => localAt(timeZone, at) === local);
  return found ?? before;
}

/** 9:00 of the next day on the clock of the zone. */
export function tomorrowAtNine(timeZone: string, now: number): number {
  const day = Math.floor(localAt(timeZone, now) / DAY_MS) + 1;
  return instantOf(timeZone, `${new Date(day * DAY_MS).toISOString().slice(0, 10)}T09:00`)!;
}
