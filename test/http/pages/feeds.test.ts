// Feeds and calendar of a page, read by parsers that were not written here: rss-parser and ical.js.
import ICAL from 'ical.js';
import Parser from 'rss-parser';
import { describe, expect, test } from 'vitest';
import { calendarOf } from '../../../src/http/pages/feeds/calendar.ts';
import { type FeedView, feedOf } from '../../../src/http/pages/feeds/entries.ts';
import { atom, jsonFeed, rss } from '../../../src/http/pages/feeds/formats.ts';
import type { WindowRow } from '../../../src/store/windows.ts';
import {
  component,
  group,
  MINUTE_MS,
  measuredIncident,
  NOW,
  pageView,
  saidIncident,
  statusPage,
  update,
} from '../../support/page-view.ts';

const parser = new Parser();
const HOUR_MS = 60 * MINUTE_MS;

const windowRow = (more: Partial<WindowRow> = {}): WindowRow => ({
  ...{ kind: 'maintenance', id: 'upgrade', name: 'Upgrade', monitors: 'all', tags: [] },
  schedule: { startsAt: NOW + HOUR_MS, endsAt: NOW + 2 * HOUR_MS },
  ...{ version: 1, createdAt: NOW - HOUR_MS, updatedAt: NOW - HOUR_MS, ...more },
});
const planned = (more: Partial<FeedView['maintenances'][number]> = {}) => ({
  ...{ id: 'upgrade', name: 'Upgrade', monitors: ['web'] },
  ...{ startsAt: NOW + HOUR_MS, endsAt: NOW + 2 * HOUR_MS, ...more },
});
const view = (more: Parameters<typeof pageView>[0] = {}): FeedView =>
  pageView({ incidents: [], maintenances: [], announcements: [], ...more });
const titles = (of: FeedView, windows: WindowRow[] = []) =>
  feedOf(of, windows).entries.map(({ title }) => title);

/** Texts that break a document which does not escape them. */
const HOSTILE = [
  ']]> and ]]> again',
  '<script>alert(1)</script>',
  '&amp; & &#0;',
  '"quoted" \'too\'',
  'a\u0000b\u0008c\uFFFE',
  'half \uD83D',
  'right to left \u202E and \u05D0',
  'x'.repeat(3_000),
];

describe('entries', () => {
  test('each update is one entry, and its id stays when the text is edited', () => {
    const written = saidIncident({
      title: 'Slow checkout',
      updates: [
        update({ id: 'u2', at: NOW - MINUTE_MS, status: 'resolved', body: 'Done.' }),
        update({ id: 'u1', at: NOW - HOUR_MS, status: 'investigating', body: 'We look.' }),
      ],
    });
    const page = view({ incidents: [written] });
    expect(titles(page)).toEqual(['Slow checkout – Resolved', 'Slow checkout – Investigating']);
    const edited = view({
      incidents: [{ ...written, updates: written.updates.map((one) => ({ ...one, body: 'New text' })) }],
    });
    const ids = (of: FeedView) => feedOf(of, []).entries.map(({ id }) => id);
    expect(ids(edited)).toEqual(ids(page));
  });

  test('what probes measure is an entry only where probes lead', () => {
    const incidents = [measuredIncident({ startedAt: NOW - HOUR_MS, resolvedAt: NOW - MINUTE_MS })];
    const page = (lead: 'probes' | 'people' | 'draft' | 'delayed') => statusPage({ lead });
    expect(titles(view({ incidents, page: page('probes') }))).toHaveLength(2);
    for (const lead of ['people', 'draft', 'delayed'] as const)
      expect(titles(view({ incidents, page: page(lead) }))).toEqual([]);
  });

  test('a maintenance is one entry, a recurring one too, and another one if its time changes', () => {
    const maintenances = [planned(), planned({ startsAt: NOW + 25 * HOUR_MS, endsAt: NOW + 26 * HOUR_MS })];
    const one = feedOf(view({ maintenances }), [windowRow()]).entries;
    expect(one.map(({ title }) => title)).toEqual(['Planned maintenance: Upgrade']);
    const moved = feedOf(view({ maintenances: [planned({ startsAt: NOW + 3 * HOUR_MS })] }), [windowRow()]);
    expect(moved.entries[0]?.id).not.toBe(one[0]?.id);
  });
});

describe.each(HOSTILE.map((text) => [text.slice(0, 30), text] as const))('with the text %j', (_, text) => {
  const hostile = view({
    page: { ...statusPage(), title: text },
    incidents: [saidIncident({ title: text, updates: [update({ at: NOW - 1, body: text })] })],
  });
  /** As a document of XML can hold it. */
  const expected = text.toWellFormed().replace(/[\p{Cc}\uFFFE]/gu, '');

  test('RSS and Atom are read as they were written', async () => {
    for (const write of [rss, atom]) {
      const read = await parser.parseString(write(feedOf(hostile, [])));
      expect(read.title).toBe(expected);
      expect(read.items).toHaveLength(1);
      expect(read.items[0]?.title).toBe(`${expected} – Investigating`);
      expect(read.items[0]?.link).toBe(`${hostile.url}/incidents/${hostile.incidents[0]?.id}`);
      expect(read.items[0]?.content).not.toContain('<script');
    }
  });

  test('JSON Feed and iCalendar are read as they were written', () => {
    const json = JSON.parse(jsonFeed(feedOf(hostile, [])));
    expect(json).toMatchObject({ version: 'https://jsonfeed.org/version/1.1' });
    expect(json.items[0].title).toBe(`${text} – Investigating`);
    const windows = [windowRow({ name: text })];
    const calendar = calendarOf(
      { ...hostile, maintenances: [planned({ name: `${text}\r\nEND:VEVENT`, monitors: [] })] },
      windows,
    );
    const parsed = new ICAL.Component(ICAL.parse(calendar));
    const events = parsed.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
    expect(events).toHaveLength(1);
    expect(events[0]?.summary).toContain('END:VEVENT');
    // RFC 5545, 3.1: 75 octets a line.
    for (const line of calendar.split('\r\n'))
      expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
    expect(calendar).not.toMatch(/(?<!\r)\n|\r(?!\n)/);
  });
});

describe('the calendar', () => {
  test('without a maintenance has a component, as RFC 5545 wants, that shows no event', () => {
    const text = calendarOf(view({ maintenances: [] }), []);
    const parsed = new ICAL.Component(ICAL.parse(text));
    expect(parsed.getAllSubcomponents().map(({ name }) => name)).toEqual(['vtimezone']);
    const [zone] = parsed.getAllSubcomponents('vtimezone');
    const utc = new ICAL.Timezone(zone!);
    expect(utc.tzid).toBe('UTC');
    expect(utc.utcOffset(ICAL.Time.fromDateTimeString('2027-07-01T00:00:00'))).toBe(0);
    expect(parsed.getFirstPropertyValue('method')).toBeNull();
    expect(text).toMatch(/END:VTIMEZONE\r\nEND:VCALENDAR\r\n$/);
  });

  const eventsOf = (maintenances: FeedView['maintenances'], windows: WindowRow[]) => {
    const groups = [group(null, [{ ...component(), ref: 'monitor:web', name: 'Web shop' }])];
    const text = calendarOf(view({ groups, maintenances }), windows);
    return new ICAL.Component(ICAL.parse(text))
      .getAllSubcomponents('vevent')
      .map((one) => new ICAL.Event(one));
  };

  test('keeps the UID of a maintenance that moves, and its sequence increases', () => {
    const [before] = eventsOf([planned()], [windowRow()]);
    const [after] = eventsOf(
      [planned({ startsAt: NOW + 3 * HOUR_MS, endsAt: NOW + 4 * HOUR_MS })],
      [windowRow({ version: 2, updatedAt: NOW })],
    );
    expect(after?.uid).toBe(before?.uid);
    expect([before?.sequence, after?.sequence]).toEqual([0, 1]);
    expect(after?.startDate.toJSDate()).toEqual(new Date(NOW + 3 * HOUR_MS));
    expect(after?.endDate.toJSDate()).toEqual(new Date(NOW + 4 * HOUR_MS));
  });

  test('has a UID for each occurrence of a recurring one, across a change of the clocks', () => {
    const schedule = { cron: '0 2 * * *', durationMinutes: 60, timeZone: 'Europe/Berlin' };
    // 2027-03-28: Berlin goes from UTC+1 to UTC+2.
    const days = [Date.UTC(2027, 2, 27, 1), Date.UTC(2027, 2, 28, 1), Date.UTC(2027, 2, 29, 0)];
    const events = eventsOf(
      days.map((startsAt) => planned({ startsAt, endsAt: startsAt + HOUR_MS })),
      [windowRow({ schedule })],
    );
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(3);
    expect(events.map(({ startDate }) => startDate.toJSDate().getTime())).toEqual(days);
  });

  test('a maintenance that is created again under the same id has another UID', () => {
    const [first] = eventsOf([planned()], [windowRow()]);
    const [second] = eventsOf([planned()], [windowRow({ createdAt: NOW })]);
    expect(second?.uid).not.toBe(first?.uid);
  });
});
