import { expect, test } from 'vitest';
import { lastPeriodBefore, periodAt, periodLabel, REPORT_PERIODS } from '../../src/routing/report-periods.ts';

const iso = ({ from, to }: { from: number; to: number }) =>
  [from, to].map((ms) => new Date(ms).toISOString());
const at = (text: string) => Date.parse(text);

test('a week that contains the end of summer time has 169 hours', () => {
  const week = periodAt('week', 'Europe/Berlin', at('2026-10-25T12:00:00Z'));
  expect(iso(week)).toEqual(['2026-10-18T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
  expect(week.to - week.from).toBe(169 * 3_600_000);
});

test('a month with the beginning of summer time is an hour shorter', () => {
  const march = periodAt('month', 'Europe/Berlin', at('2026-03-31T21:59:59Z'));
  expect(iso(march)).toEqual(['2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z']);
});

test('the local date decides: a new year begins earlier in the east', () => {
  const noon = at('2026-12-31T12:00:00Z');
  expect(iso(periodAt('year', 'Pacific/Auckland', noon))[0]).toBe('2026-12-31T11:00:00.000Z');
  expect(iso(periodAt('year', 'UTC', noon))[0]).toBe('2026-01-01T00:00:00.000Z');
});

test('a day on which the clock skips midnight begins at its first instant', () => {
  // In Beirut, the clock jumps from 00:00 to 01:00 on the last Sunday of March.
  const week = periodAt('month', 'Asia/Beirut', at('2026-03-29T12:00:00Z'));
  expect(iso(week)).toEqual(['2026-02-28T22:00:00.000Z', '2026-03-31T21:00:00.000Z']);
});

test('the first instant of a period belongs to it, and the last one before to the period before', () => {
  for (const period of REPORT_PERIODS)
    for (const zone of ['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu']) {
      const span = periodAt(period, zone, at('2026-11-26T11:00:00Z'));
      expect(periodAt(period, zone, span.from)).toEqual(span);
      expect(periodAt(period, zone, span.to - 1)).toEqual(span);
      const before = lastPeriodBefore(period, zone, span.from);
      expect(before.to).toBe(span.from);
      expect(periodAt(period, zone, span.to).from).toBe(span.to);
    }
});

test('periods have the labels of ISO 8601: the first days of a year can belong to the last week of the year before', () => {
  const label = (period: (typeof REPORT_PERIODS)[number], text: string) =>
    periodLabel(period, 'UTC', periodAt(period, 'UTC', at(text)).from);
  expect(label('week', '2027-01-02T00:00:00Z')).toBe('2026-W53');
  expect(label('month', '2026-11-24T00:00:00Z')).toBe('2026-11');
  expect(label('quarter', '2026-11-24T00:00:00Z')).toBe('2026-Q4');
  expect(label('year', '2026-11-24T00:00:00Z')).toBe('2026');
});
