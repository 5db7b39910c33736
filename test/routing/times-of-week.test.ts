import { describe, expect, test } from 'vitest';
import { WEEKDAYS, type WeekTimes } from '../../src/routing/model.ts';
import { endOfTimes, isInTimes } from '../../src/routing/times-of-week.ts';

const at = (iso: string): number => Date.parse(iso);
const end = (times: WeekTimes, iso: string): string | null => {
  const found = endOfTimes(times, at(iso));
  return found === null ? null : new Date(found).toISOString();
};
const night: WeekTimes = { days: WEEKDAYS, from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };

describe('times that end on the next day', () => {
  test('contain the evening and the next morning, and not the end itself', () => {
    expect(isInTimes(night, at('2026-11-23T20:59:59Z'))).toBe(false);
    expect(isInTimes(night, at('2026-11-23T21:00:00Z'))).toBe(true);
    expect(isInTimes(night, at('2026-11-24T05:59:59Z'))).toBe(true);
    expect(isInTimes(night, at('2026-11-24T06:00:00Z'))).toBe(false);
    expect(end(night, '2026-11-24T12:00:00Z')).toBeNull();
  });

  test('belong to the day on which they begin', () => {
    const friday: WeekTimes = { ...night, days: ['friday'] };
    expect(end(friday, '2026-11-27T23:00:00Z')).toBe('2026-11-28T06:00:00.000Z');
    expect(end(friday, '2026-11-28T23:00:00Z')).toBeNull();
    expect(end(friday, '2026-11-27T03:00:00Z')).toBeNull();
  });

  test('keep their local hour in both nights in which the clocks change', () => {
    expect(end(night, '2026-03-28T23:00:00Z')).toBe('2026-03-29T05:00:00.000Z');
    expect(end(night, '2026-10-24T21:00:00Z')).toBe('2026-10-25T06:00:00.000Z');
  });
});

test('an end in the hour that a clock skips is the next valid minute', () => {
  const until = { ...night, to: '02:30' };
  expect(end(until, '2026-03-29T00:30:00Z')).toBe('2026-03-29T01:00:00.000Z');
  expect(isInTimes(until, at('2026-03-29T01:00:00Z'))).toBe(false);
});

test('an end in the hour that a clock shows twice is the first one, and the hour is inside again when it comes back', () => {
  const until = { ...night, to: '02:30' };
  expect(end(until, '2026-10-24T22:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
  expect(end(until, '2026-10-25T00:45:00Z')).toBeNull();
  expect(end(until, '2026-10-25T01:15:00Z')).toBe('2026-10-25T01:30:00.000Z');
});

const AROUND_CHANGES = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Africa/Casablanca', '2026-02-15'],
  ['Asia/Kathmandu', '2026-03-29'],
] as const;

test.each(AROUND_CHANGES)('in %s, the end is the first minute outside, around %s', (timeZone, day) => {
  const spans = [
    ['22:00', '07:00'],
    ['01:15', '02:30'],
    ['02:30', '02:30'],
    ['03:00', '01:45'],
  ] as const;
  for (const [from, to] of spans) {
    const times: WeekTimes = { days: ['saturday', 'sunday'], from, to, timeZone };
    let outside: number | null = null;
    // Backwards, so that each minute knows the first one outside that follows.
    for (let minute = 72 * 60; minute >= -24 * 60; minute -= 1) {
      const moment = at(`${day}T00:00Z`) + minute * 60_000;
      if (!isInTimes(times, moment)) outside = moment;
      else if (minute % 15 === 0 && outside !== null) expect(endOfTimes(times, moment)).toBe(outside);
    }
  }
});

test('days that follow each other end together, and times that never end are looked at again after a week', () => {
  const weekend: WeekTimes = { days: ['saturday', 'sunday'], from: '00:00', to: '00:00', timeZone: 'UTC' };
  expect(end(weekend, '2026-11-28T10:00:00Z')).toBe('2026-11-30T00:00:00.000Z');
  const always: WeekTimes = { ...weekend, days: WEEKDAYS };
  expect(end(always, '2026-11-28T10:00:00Z')).toBe('2026-12-06T00:00:00.000Z');
});
