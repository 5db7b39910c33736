// Owns the calendar of the maintenance of a page, as RFC 5545. Pure. `ical-generator` escapes and folds.
import ical, { ICalCalendarMethod, ICalEventStatus, ICalEventTransparency } from 'ical-generator';
import type { WindowRow } from '../../../store/windows.ts';
import { componentNames, type FeedView } from './entries.ts';

const TTL_SECONDS = 3_600;

/**
 * A maintenance that occurs once keeps its UID when its time changes, and SEQUENCE increases with it (3.8.7.4). Occurrences of a
 * recurring one each have their own.
 */
export function calendarOf(view: FeedView, windows: readonly WindowRow[]): string {
  const host = new URL(view.url).hostname;
  const names = componentNames(view);
  const rows = new Map(windows.map((row) => [row.id, row]));
  const calendar = ical({
    // The package escapes every text but this one.
    name: plain(view.page.title).replace(/[\\;,]/g, '\\$&'),
    prodId: { company: 'probemesh', product: 'status page', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: TTL_SECONDS,
  });
  for (const { id, name, monitors, startsAt, endsAt } of view.maintenances) {
    const row = rows.get(id);
    if (row === undefined) continue;
    const occurrence = 'cron' in row.schedule ? `-${startsAt}` : '';
    calendar.createEvent({
      id: `maintenance-${id}-${row.createdAt}${occurrence}-${view.page.id}@${host}`,
      sequence: row.version - 1,
      ...{ start: new Date(startsAt), end: new Date(endsAt), stamp: new Date(row.updatedAt) },
      ...{ created: new Date(row.createdAt), lastModified: new Date(row.updatedAt) },
      summary: plain(name),
      description: plain(monitors.flatMap((one) => names.get(`monitor:${one}`) ?? []).join(', ')),
      ...{
        url: view.url,
        status: ICalEventStatus.CONFIRMED,
        transparency: ICalEventTransparency.TRANSPARENT,
      },
    });
  }
  return `${calendar.toString().replace(/(\r\n)*$/, '')}\r\n`;
}

/** A control character is not text (3.1), and a lone carriage return would end the line in some readers. */
const plain = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
