// Owns the calendar of the maintenance of a page, as RFC 5545. Pure. `ical-generator` escapes and folds.
import ical, { ICalCalendarMethod, ICalEventStatus, ICalEventTransparency } from 'ical-generator';
import type { WindowRow } from '../../../store/windows.ts';
import { componentNames, type FeedView } from './entries.ts';

const TTL_SECONDS = 3_600;

/**
 * RFC 5545, section 3.6, wants at least one component, and a time zone is one that no reader shows. Without an event, the method
 * PUBLISH is not allowed either (RFC 5546, section 3.2.1).
 */
const UTC_ZONE = [
  ...['BEGIN:VTIMEZONE', 'TZID:UTC', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'],
  ...['TZOFFSETFROM:+0000', 'TZOFFSETTO:+0000', 'TZNAME:UTC', 'END:STANDARD', 'END:VTIMEZONE', ''],
].join('\r\n');

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
  const isEmpty = calendar.length() === 0;
  if (!isEmpty) calendar.method(ICalCalendarMethod.PUBLISH);
  const text = `${calendar.toString().replace(/(\r\n)*$/, '')}\r\n`;
  return isEmpty ? text.replace(/(?=END:VCALENDAR\r\n$)/, UTC_ZONE) : text;
}

/** A control character is not text (3.1), and a lone carriage return would end the line in some readers. */
const plain = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
