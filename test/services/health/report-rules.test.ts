import { expect, test } from 'vitest';
import { REPORT_RULES } from '../../../src/services/health/report-rules.ts';
import type { ReadInputs } from '../../../src/services/health/rule.ts';

const HOUR = 3_600_000;
const END = Date.parse('2027-02-01T00:00:00Z');
const JANUARY = Date.parse('2027-01-01T00:00:00Z');
const schedule = { id: 'shop', period: 'month' as const, timeZone: 'UTC', channels: ['mail'] };

function find(sentPeriod: number, now: number, more: object = {}, enabled = true) {
  const facts = {
    channels: [{ id: 'mail', enabled }],
    reportSchedules: [{ ...schedule, sentPeriod, ...more }],
  };
  return REPORT_RULES.reports_not_sent.find({ facts } as unknown as ReadInputs, now);
}

test('a report that is an hour late is a reason, since it was due', () => {
  const before = Date.parse('2026-12-01T00:00:00Z');
  expect(find(before, END + 2 * HOUR - 1)).toBeNull();
  const found = find(before, END + 2 * HOUR);
  expect(found?.since).toBe(END + HOUR);
  expect(found?.detail).toContain('shop (1 h');
});

test('a report that was sent is no reason', () => {
  expect(find(JANUARY, END + 40 * HOUR)).toBeNull();
});

test('a schedule whose channels are all gone or disabled is a reason before its report is due', () => {
  expect(find(JANUARY, END, { channels: [] })?.detail).toContain('none of its channels');
  expect(find(JANUARY, END, {}, false)?.detail).toContain('none of its channels');
  expect(find(JANUARY, END, { channels: ['gone', 'mail'] })).toBeNull();
});

test('a mesh without report schedules has no such reason', () => {
  expect(
    REPORT_RULES.reports_not_sent.find({ facts: { channels: [] } } as unknown as ReadInputs, END),
  ).toBeNull();
});
