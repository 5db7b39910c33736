// Owns the bars of the last 90 days: a bar a day, with what happened on it in words. Without script, each is reachable by
// mouse, touch, keyboard (a row is one stop, arrow keys move within it) and screen reader: a bar is a radio button, and
// status-page/style.ts shows the text of the one that is chosen.
// Made as text, because a page has thousands: 50 services × 90 bars are 265 kB, and less than 5 kB compressed.
import type { Formats } from '../../status-pages/languages/formats.ts';
import type { Texts } from '../../status-pages/languages/texts.ts';
import type { DayBar, MomentTotals } from '../../uptime/model.ts';

export const BAR_DAYS = 90;
const DAY_MS = 86_400_000;

/** A shape of a bar, as in the stylesheet. Up has none. */
type Shape = '' | 'd1' | 'd2' | 'd3' | 'p' | 'h' | 'n' | 'm' | 'z';

const SHORT_MS = 10 * 60_000;
const LONG_MS = 2 * 3_600_000;
/** A day that lacks more than this part of its data is not shown as if it were complete. */
const LACK = 0.1;

/** Of the worst that happened. Without anything that counts, the day is grey, and never green. */
export function shapeOf(totals: MomentTotals | undefined): Shape {
  if (!totals) return 'n';
  const { down, partial, up, maintenance, no_data: noData, paused } = totals;
  if (down > 0) return down < SHORT_MS ? 'd1' : down < LONG_MS ? 'd2' : 'd3';
  if (partial > 0) return 'p';
  if (up > 0) return noData > (up + noData) * LACK ? 'h' : '';
  if (maintenance > noData && maintenance >= paused) return 'm';
  return paused > noData ? 'z' : 'n';
}

/** Less is not worth words. */
const NAMED_MS = 60_000;

export function dayText(totals: MomentTotals | undefined, { bars }: Texts, formats: Formats): string {
  if (!totals) return bars.notMonitored;
  const { down, partial, up, maintenance, no_data: noData, paused } = totals;
  const measured = down + partial + up > 0;
  const parts = [
    ...(down > 0 ? [bars.down(formats.duration(down))] : []),
    ...(partial > 0 ? [bars.partial(formats.duration(partial))] : []),
    ...(measured && down === 0 && partial === 0 ? [bars.noDowntime] : []),
    ...(maintenance >= NAMED_MS ? [bars.maintenance(formats.duration(maintenance))] : []),
    ...(noData >= NAMED_MS && measured ? [bars.noDataFor(formats.duration(noData))] : []),
    ...(noData > 0 && !measured ? [bars.noData] : []),
    ...(paused >= NAMED_MS ? [bars.paused] : []),
  ];
  return parts.length === 0 ? bars.noData : parts.join(', ');
}

export interface BarDays {
  /** Labels of the days, the oldest first. Made once a page. */
  readonly labels: readonly string[];
  /** The first day, in days since the epoch. */
  readonly first: number;
}

/** The days of the bars of a page, up to today (UTC). */
export function barDays(now: number, formats: Formats): BarDays {
  const first = Math.floor(now / DAY_MS) - BAR_DAYS + 1;
  return { first, labels: Array.from({ length: BAR_DAYS }, (_, index) => formats.day(first + index)) };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] as string);

/**
 * The radio buttons of a row. Their name is the same in every row, so that the rows compress well: each row is a form of its
 * own, which makes it a group of its own (HTML, "radio button group").
 */
export function barsHtml(bars: readonly DayBar[], days: BarDays, texts: Texts, formats: Formats): string {
  const byDay = new Map(bars.map(({ day, totals }) => [day, totals]));
  return days.labels
    .map((label, index) => {
      const totals = byDay.get(days.first + index);
      const shape = shapeOf(totals);
      const text = escaped(texts.bars.day(label, dayText(totals, texts, formats)));
      return `<input type=radio name=d aria-label="${text}"${shape === '' ? '' : ` class=${shape}`}>`;
    })
    .join('');
}
