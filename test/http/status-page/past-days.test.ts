// The last 14 days of a page: which day an incident is on, and quiet days by name.
import { expect, test } from 'vitest';
import type { PageIncident } from '../../../src/http/status-page/page-view.ts';
import { PastDays } from '../../../src/http/status-page/past-days.tsx';
import { renderingOf } from '../../../src/http/status-page/rendering.tsx';
import { MINUTE_MS, measuredIncident, NOW, pageView, statusPage } from '../../support/page-view.ts';

const DAY = 24 * 60 * MINUTE_MS;

function entries(incidents: readonly PageIncident[], timeZone = 'UTC', now = NOW): string[] {
  const of = renderingOf(pageView({ page: statusPage({ timeZone }), now }), {
    ...{ acceptLanguage: 'en', noRefresh: false },
  });
  const html = String(PastDays({ view: { incidents }, unknownSince: () => null, of }));
  return html
    .split('<section>')
    .slice(1)
    .map((part) =>
      part
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
}

const past = (startedAt: number, lasted = MINUTE_MS) =>
  measuredIncident({ id: String(startedAt), state: 'resolved', startedAt, resolvedAt: startedAt + lasted });

test('14 quiet days are one entry with both of its ends', () => {
  expect(entries([])).toEqual([expect.stringMatching(/^13 ?– ?26 Nov 2026 No incidents reported\.$/)]);
});

test('an incident is on the day of its start, and the days beside it are named', () => {
  const list = entries([past(NOW - 3 * DAY)]);
  expect(list).toHaveLength(3);
  expect(list[0]).toMatch(/^24 ?– ?26 Nov 2026 No incidents/);
  expect(list[1]).toMatch(/^23 Nov 2026 Web shop was down/);
  expect(list[2]).toMatch(/^13 ?– ?22 Nov 2026 No incidents/);
});

test('the day of an incident is that of the time zone', () => {
  const incident = past(Date.UTC(2026, 10, 24, 23, 30));
  expect(entries([incident])[1]).toMatch(/^24 Nov 2026 Web shop/);
  expect(entries([incident], 'Europe/Berlin')[1]).toMatch(/^25 Nov 2026 Web shop/);
});

test('an incident that began before the 14 days is on the day of its end', () => {
  const list = entries([past(NOW - 20 * DAY, 18 * DAY)]);
  expect(list[1]).toMatch(/^24 Nov 2026 Web shop was down/);
});

test('a day on which an open incident lasts is not called quiet', () => {
  const list = entries([measuredIncident({ startedAt: NOW - 2 * DAY })]);
  expect(list[0]).toMatch(/^24 ?– ?26 Nov 2026 No other incidents\.$/);
  expect(list[1]).toMatch(/No incidents reported\.$/);
});

// 25 Oct 2026 has 25 hours in Berlin, and 29 Mar 2026 has 23.
test.each([Date.UTC(2026, 9, 30, 23, 15), Date.UTC(2026, 2, 31, 22, 15), Date.UTC(2026, 9, 31, 12)])(
  'across a change of the clock there are 14 days, each once (%i)',
  (now) => {
    const days = Array.from({ length: 14 }, (_, index) => past(now - index * DAY - MINUTE_MS));
    const list = entries(days, 'Europe/Berlin', now);
    const named = list.map((entry) => entry.slice(0, entry.indexOf('202')));
    expect(new Set(named).size).toBe(list.length);
    expect(list.filter((entry) => entry.includes('Web shop')).length).toBeGreaterThanOrEqual(13);
  },
);
