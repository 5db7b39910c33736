// Owns when a time zone's clock shows a time of day, and which times it skips or shows twice. Pure. A wall time is what the
// clock shows, as ms since 1970 of a clock in UTC that shows the same.

const DAY_MS = 86_400_000;

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' },
  });
  clocks.set(timeZone, made);
  return made;
}

/** What the clock of the zone shows at this time. */
export function wallTimeAt(timeZone: string, at: number): number {
  if (timeZone === 'UTC') return at;
  const second = Math.floor(at / 1_000) * 1_000;
  const read: Record<string, number> = {};
  for (const { type, value } of clockOf(timeZone).formatToParts(second)) read[type] = Number(value);
  const { year, month, day, hour, minute } = read;
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, read.second!) + (at - second);
}

const offsetAt = (timeZone: string, at: number): number => wallTimeAt(timeZone, at) - at;

/** Whether the clock goes back within this time, so that it shows times again that have been. */
export const goesBackWithin = (timeZone: string, at: number, ms: number): boolean =>
  offsetAt(timeZone, at + ms) < offsetAt(timeZone, at);

/** When the clock shows a time: once, twice where it goes back, never where it goes forward. `skippedAt` is then its jump. */
export interface Instants {
  readonly at: readonly number[];
  readonly skippedAt: number | null;
}

export function instantsOf(timeZone: string, wall: number): Instants {
  if (timeZone === 'UTC') return { at: [wall], skippedAt: null };
  const before = offsetAt(timeZone, wall - DAY_MS);
  const after = offsetAt(timeZone, wall + DAY_MS);
  const possible = before === after ? [wall - after] : [wall - before, wall - after];
  const at = possible.filter((instant) => wallTimeAt(timeZone, instant) === wall).sort((a, b) => a - b);
  return { at, skippedAt: at.length > 0 ? null : jumpBetween(timeZone, wall - after, wall - before) };
}

/** The first second after the jump that lies between these times. */
function jumpBetween(timeZone: string, from: number, to: number): number {
  const offset = offsetAt(timeZone, from);
  let before = Math.floor(from / 1_000);
  let after = Math.ceil(to / 1_000);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(timeZone, middle * 1_000) === offset) before = middle;
    else after = middle;
  }
  return after * 1_000;
}
