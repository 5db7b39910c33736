// Owns the suggestions for inputs of a time zone, and times of a zone as text. Pages show such times as they are, and not in
// the zone of the viewer, because people take turns by the clock of the schedule.
import { localAt } from '../../../routing/local-clock.ts';

export const ZONES_ID = 'time-zones';

let zones: readonly string[] | undefined;

export const TimeZones = () => {
  zones ??= ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
  return (
    <datalist id={ZONES_ID}>
      {zones.map((zone) => (
        <option value={zone} />
      ))}
    </datalist>
  );
};

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `Mon 23 Nov`. `local` is a local time as if it were UTC. */
export function dayText(local: number): string {
  const date = new Date(local);
  return `${DAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `Mon 23 Nov, 09:00` by the clock of the zone. */
export function zonedText(timeZone: string, at: number): string {
  const local = localAt(timeZone, at);
  return `${dayText(local)}, ${new Date(local).toISOString().slice(11, 16)}`;
}

/** `2026-11-23T09:00`, for inputs. */
export const zonedInput = (timeZone: string, at: number): string =>
  new Date(localAt(timeZone, at)).toISOString().slice(0, 16);

/** The instant of a local time, ms since the epoch. Null: it is no time. Of one that the clock shows twice: the first. */
export function instantOf(timeZone: string, text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text)) return null;
  const local = Date.parse(`${text}Z`);
  if (Number.isNaN(local)) return null;
  const guesses = [local - 26 * 3_600_000, local, local + 26 * 3_600_000].map(
    (at) => local - (localAt(timeZone, at) - at),
  );
  const exact = guesses.filter((at) => localAt(timeZone, at) === local);
  return exact.length > 0 ? Math.min(...exact) : Math.max(...guesses);
}
