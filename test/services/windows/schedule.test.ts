// Recurring windows in local time, over changes of the clock.
import { describe, expect, test } from 'vitest';
import { nextOccurrences, occurrences, parseSchedule } from '../../../src/services/windows/schedule.ts';

const at = (iso: string): number => Date.parse(iso);
const daily = (cron: string, timeZone: string, from: string, count = 3) =>
  occurrences({ cron, durationMinutes: 60, timeZone }, at(from), count).map(([start]) =>
    new Date(start).toISOString(),
  );

describe('a window that starts every night at 02:30', () => {
  test('a start time that the clock skips moves to the end of the gap', () => {
    expect(daily('30 2 * * *', 'Europe/Berlin', '2027-03-27T02:00:00Z')).toEqual([
      '2027-03-27T01:30:00.000Z',
      '2027-03-28T01:00:00.000Z',
      '2027-03-29T00:30:00.000Z',
    ]);
    expect(daily('30 2 * * *', 'America/New_York', '2027-03-13T09:00:00Z')).toEqual([
      '2027-03-14T07:00:00.000Z',
      '2027-03-15T06:30:00.000Z',
      '2027-03-16T06:30:00.000Z',
    ]);
  });

  test('a start time that occurs twice uses the first occurrence', () => {
    expect(daily('30 2 * * *', 'Europe/Berlin', '2027-10-30T02:00:00Z')).toEqual([
      '2027-10-31T00:30:00.000Z',
      '2027-11-01T01:30:00.000Z',
      '2027-11-02T01:30:00.000Z',
    ]);
  });

  test('a start time follows a clock that moves by half an hour', () => {
    expect(daily('15 2 * * *', 'Australia/Lord_Howe', '2027-10-02T00:00:00Z')).toEqual([
      '2027-10-02T15:30:00.000Z',
      '2027-10-03T15:15:00.000Z',
      '2027-10-04T15:15:00.000Z',
    ]);
  });
});

describe('the occurrences of a schedule', () => {
  test('the first occurrence is the one that is active', () => {
    const [first] = occurrences(
      { cron: '0 2 * * *', durationMinutes: 90, timeZone: 'UTC' },
      at('2027-01-05T03:00:00Z'),
    );
    expect(first).toEqual([at('2027-01-05T02:00:00Z'), at('2027-01-05T03:30:00Z')]);
  });

  test('occurrences reach 35 days ahead, and include at least the next one', () => {
    const now = at('2027-01-05T03:00:00Z');
    expect(occurrences({ cron: '0 2 * * *', durationMinutes: 30, timeZone: 'UTC' }, now)).toHaveLength(35);
    const yearly = occurrences({ cron: '0 2 24 12 *', durationMinutes: 30, timeZone: 'UTC' }, now);
    expect(yearly).toEqual([[at('2027-12-24T02:00:00Z'), at('2027-12-24T02:30:00Z')]]);
  });

  test('a schedule that is over has an empty list of occurrences', () => {
    expect(occurrences({ startsAt: 1, endsAt: 5 }, 5)).toEqual([]);
    expect(occurrences({ startsAt: 1, endsAt: 5 }, 4)).toEqual([[1, 5]]);
  });
});

test.each([
  ['endsAt', { startsAt: 2_000, endsAt: 2_000 }],
  ['endsAt', { startsAt: 100, endsAt: 900 }],
  ['timeZone', { cron: '0 2 * * *', durationMinutes: 60, timeZone: 'Mars/Olympus' }],
  ['cron', { cron: 'often', durationMinutes: 60, timeZone: 'UTC' }],
  ['cron', { cron: '0 0 2 * * *', durationMinutes: 60, timeZone: 'UTC' }],
  ['cron', { cron: '0 2 31 2 *', durationMinutes: 60, timeZone: 'UTC' }],
  ['durationMinutes', { cron: '0 * * * *', durationMinutes: 61, timeZone: 'UTC' }],
])('an invalid schedule is rejected with the path %s', (field, schedule) => {
  expect(parseSchedule(schedule, 1_000)).toMatchObject({
    ok: false,
    error: { kind: 'invalid', path: [field] },
  });
});

test('the next dates of a rare window are known however far ahead they are', () => {
  const yearly = { cron: '0 2 1 7 *', durationMinutes: 60, timeZone: 'UTC' };
  const now = at('2027-01-01T00:00:00Z');
  expect(nextOccurrences(yearly, now, 5).map(([start]) => new Date(start).getUTCFullYear())).toEqual([
    2027, 2028, 2029, 2030, 2031,
  ]);
  // The engine needs no more than the next one.
  expect(occurrences(yearly, now)).toHaveLength(1);
});
