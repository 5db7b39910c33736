// The bars of the last 90 days: their shape, and what each says. A day without data is never green.
import { describe, expect, test } from 'vitest';
import { BAR_DAYS, barDays, barsHtml, dayText, shapeOf } from '../../../src/http/status-page/bars.ts';
import { en } from '../../../src/status-pages/languages/en.ts';
import { formatsOf } from '../../../src/status-pages/languages/formats.ts';
import type { MomentTotals } from '../../../src/uptime/model.ts';
import { barsOf, MINUTE_MS, NOW, totals } from '../../support/page-view.ts';

const HOUR = 60 * MINUTE_MS;
const DAY = 24 * HOUR;
const formats = formatsOf(en, 'UTC');

test.each([
  ['', {}, 'no downtime'],
  ['d1', { down: 5_000 }, 'down for 5 s'],
  ['d1', { down: 9 * MINUTE_MS }, 'down for 9 min'],
  ['d2', { down: 20 * MINUTE_MS, partial: HOUR }, 'down for 20 min, partial outage for 1 h'],
  ['d3', { down: 2 * HOUR }, 'down for 2 h'],
  ['p', { partial: 40 * MINUTE_MS }, 'partial outage for 40 min'],
  ['', { maintenance: 2 * HOUR }, 'no downtime, maintenance for 2 h'],
  ['m', { maintenance: DAY }, 'maintenance for 1 d'],
  ['z', { paused: DAY }, 'paused'],
  ['n', { no_data: DAY }, 'no data'],
  ['n', { no_data: 13 * HOUR, maintenance: 11 * HOUR }, 'maintenance for 11 h, no data'],
  ['h', { no_data: 20 * HOUR }, 'no downtime, no data for 20 h'],
  ['', { no_data: 30_000 }, 'no downtime'],
  ['n', { up: 0 }, 'no data'],
] satisfies [string, Partial<MomentTotals>, string][])(
  'a day is shown as %j for %j: %s',
  (shape, moments, text) => {
    const day = totals(moments);
    expect(shapeOf(day)).toBe(shape);
    expect(dayText(day, en, formats)).toBe(text);
  },
);

test('a day before the history is grey, and says so', () => {
  expect([shapeOf(undefined), dayText(undefined, en, formats)]).toEqual(['n', 'not monitored yet']);
});

test('no day on which nothing was measured is green', () => {
  const parts = [0, 1, HOUR, DAY];
  for (const paused of parts)
    for (const maintenance of parts)
      for (const noData of parts)
        expect(shapeOf({ paused, maintenance, no_data: noData, down: 0, partial: 0, up: 0 })).not.toBe('');
});

describe('the bars of a service', () => {
  const days = barDays(NOW, formats);
  const textsOf = (html: string) => [...html.matchAll(/aria-label="([^"]*)"/g)].map(([, text]) => text);

  test('there are 90, the oldest first, each with its date and what happened', () => {
    const texts = textsOf(barsHtml(barsOf({ 0: { down: 3 * MINUTE_MS } }), days, en, formats));
    expect(texts).toHaveLength(BAR_DAYS);
    expect([texts[0], texts[1], texts.at(-1)]).toEqual([
      ...['29 Aug: no downtime', '30 Aug: no downtime', '26 Nov: down for 3 min'],
    ]);
  });

  test('a short history fills the newest days, and a gap in it stays grey', () => {
    const bars = barsOf({}, 10).filter((_, index) => index !== 4);
    const html = barsHtml(bars, days, en, formats);
    expect(html.split(' class=n').length - 1).toBe(BAR_DAYS - 9);
    expect(textsOf(html)[BAR_DAYS - 6]).toBe('21 Nov: not monitored yet');
  });

  test('a text of a language with markup in it stays text', () => {
    const evil = { ...en, bars: { ...en.bars, noDowntime: '"><script>alert(1)</script>&' } };
    const html = barsHtml(barsOf(), days, evil, formats);
    expect(html).not.toContain('<script');
    expect(html).toContain('aria-label="29 Aug: &quot;&gt;&lt;script&gt;');
  });
});
