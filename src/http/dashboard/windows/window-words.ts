// Owns what a window is in words: its state, what it covers, and when. Pure.
import { duration } from '../../../channels/time-text.ts';
import { type Interval, nextOccurrences } from '../../../services/windows/schedule.ts';
import type { WindowRow } from '../../../store/windows.ts';

export const SHOWN_OCCURRENCES = 5;

export interface ShownWindow {
  readonly row: WindowRow;
  readonly state: 'active' | 'upcoming' | 'past';
  /** The active and the next ones, at most five. */
  readonly spans: readonly Interval[];
}

export function shownWindow(row: WindowRow, now: number): ShownWindow {
  const spans = nextOccurrences(row.schedule, now, SHOWN_OCCURRENCES);
  const [next] = spans;
  return { row, spans, state: next === undefined ? 'past' : next[0] <= now ? 'active' : 'upcoming' };
}

export const STATE_TEXTS = {
  active: { label: 'Active', tone: 'warn' },
  upcoming: { label: 'Upcoming', tone: 'calm' },
  past: { label: 'Past', tone: 'no_data' },
} as const;

/** `Web shop, Payments and 3 more; tag team:shop` */
export function scopeWords(
  { monitors, tags }: Pick<WindowRow, 'monitors' | 'tags'>,
  names: ReadonlyMap<string, string>,
): string {
  if (monitors === 'all') return 'All monitors';
  const shown = monitors.slice(0, 3).map((id) => names.get(id) ?? id);
  const more = monitors.length - shown.length;
  return [
    ...(shown.length === 0 ? [] : [`${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`]),
    ...tags.map((tag) => `tag ${tag}`),
  ].join('; ');
}

export const lengthText = ([from, to]: Interval): string => duration(to - from);

/** `0 2 * * SUN in Europe/Berlin, for 1 h`, or null if it occurs once. */
export const recurrenceText = ({ schedule }: Pick<WindowRow, 'schedule'>): string | null =>
  'cron' in schedule
    ? `${schedule.cron} in ${schedule.timeZone}, for ${duration(schedule.durationMinutes * 60_000)}`
    : null;
