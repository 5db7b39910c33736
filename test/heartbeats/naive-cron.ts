// An independent reading of cron expressions: every minute of a time zone's clock is looked at, one after the other, as cron of
// Debian does. Slow, and knows nothing of src/heartbeats.

const MINUTE = 60_000;

/** What a clock shows at a minute. `month` counts from 1, `weekday` from Sunday, 0. */
interface Shown {
  readonly wall: number;
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
  readonly lastDay: number;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const shownCache = new Map<string, Map<number, Shown>>();

export function shownAt(timeZone: string, at: number): Shown {
  const ofZone = shownCache.get(timeZone) ?? new Map<number, Shown>();
  shownCache.set(timeZone, ofZone);
  const known = ofZone.get(at);
  if (known) return known;
  const shown = readClock(timeZone, at);
  ofZone.set(at, shown);
  return shown;
}

function readClock(timeZone: string, at: number): Shown {
  let clock = clocks.get(timeZone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
    clocks.set(timeZone, clock);
  }
  const [year, month, day, hour, minute] = clock.format(at).split(/\D+/).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const wall = Date.UTC(year, month - 1, day, hour, minute);
  return {
    ...{ wall, minute, hour, day, month, weekday: new Date(wall).getUTCDay() },
    lastDay: new Date(Date.UTC(year, month, 0)).getUTCDate(),
  };
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const DAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');

function numberOf(word: string, names: readonly string[], from: number): number {
  const index = names.indexOf(word.toUpperCase());
  return index < 0 ? Number(word) : index + from;
}

/** Whether a field has the value. `L` is `last`. */
function has(field: string, value: number, names: readonly string[], from: number, last?: number): boolean {
  return field.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/');
    if (range === 'L') return value === last;
    const [low, high] =
      range === '*'
        ? [from, Number.POSITIVE_INFINITY]
        : (range.split('-').map((word) => numberOf(word, names, from)) as [number, number?]);
    return value >= low! && value <= (high ?? low!) && (value - low!) % Number(step) === 0;
  });
}

/** `5L` is the last Friday. 7 is Sunday too. */
function hasWeekday(field: string, { weekday, day, lastDay }: Shown): boolean {
  return field.split(',').some((part) => {
    if (/^[0-7]L$/.test(part)) return Number(part[0]) % 7 === weekday && day > lastDay - 7;
    return has(part, weekday, DAYS, 0) || (weekday === 0 && has(part, 7, DAYS, 0));
  });
}

/** With a day of the month and a day of the week, either is enough. */
export function matches(cron: string, shown: Shown): boolean {
  const [minute, hour, day, month, weekday] = cron.split(' ') as [string, string, string, string, string];
  if (!has(minute, shown.minute, [], 0) || !has(hour, shown.hour, [], 0)) return false;
  if (!has(month, shown.month, MONTHS, 1)) return false;
  const onDay = has(day, shown.day, [], 1, shown.lastDay);
  const onWeekday = hasWeekday(weekday, shown);
  if (day === '*' || weekday === '*') return onDay && onWeekday;
  return onDay || onWeekday;
}

/** A clock that goes back or forward does so by less. */
const DAY = 1_440;

/** Every due time in (after, until], found minute by minute. */
export function dueTimes(cron: string, timeZone: string, after: number, until: number): number[] {
  const [minute, hour] = cron.split(' ') as [string, string];
  const followsClock = minute.startsWith('*') || hour.startsWith('*');
  const due: number[] = [];
  const first = (Math.floor(after / MINUTE) + 1) * MINUTE;
  // The highest time that the clock has shown: what is not higher has been shown before.
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = first - DAY * MINUTE; at < first; at += MINUTE)
    highest = Math.max(highest, shownAt(timeZone, at).wall);
  for (let at = first; at <= until; at += MINUTE) {
    const shown = shownAt(timeZone, at);
    const isNew = shown.wall > highest;
    let isDue = matches(cron, shown) && (followsClock || isNew);
    if (!followsClock && isNew)
      for (let skipped = highest + MINUTE; skipped < shown.wall; skipped += MINUTE)
        isDue ||= matches(cron, shownAt('UTC', skipped));
    if (isDue) due.push(at);
    highest = Math.max(highest, shown.wall);
  }
  return due;
}
