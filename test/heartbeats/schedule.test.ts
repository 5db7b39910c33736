// When pings are due, against a walk over every minute of the clock.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueAfterPing, nextDue } from '../../src/heartbeats/schedule.ts';
import { dueTimes } from './naive-cron.ts';
import { propertyRuns } from './property-runs.ts';
import { cronArbitrary, placeArbitrary } from './schedules.ts';

const HOUR = 3_600_000;
const SPAN = 96 * HOUR;

test('due times are those at which cron of Debian runs the job, in every zone and over changes of its clock', () => {
  fc.assert(
    fc.property(cronArbitrary, placeArbitrary(72), (cron, { timeZone, start }) => {
      const found: number[] = [];
      for (let at = start; found.length < 40; found.push(at)) {
        at = nextDue({ cron, timeZone }, at);
        if (at > start + SPAN) break;
      }
      expect(found).toEqual(dueTimes(cron, timeZone, start, start + SPAN).slice(0, 40));
    }),
    { numRuns: propertyRuns(60) },
  );
}, 900_000);

test('the next due time is the same from any moment, so none is passed over', () => {
  fc.assert(
    fc.property(
      cronArbitrary,
      placeArbitrary(3),
      fc.integer({ min: 0, max: 6 * HOUR }),
      (cron, place, offset) => {
        const { timeZone, start } = place;
        const [first = Number.POSITIVE_INFINITY] = dueTimes(
          cron,
          timeZone,
          start + offset,
          start + offset + SPAN,
        );
        const next = nextDue({ cron, timeZone }, start + offset);
        expect(next > start + offset + SPAN ? Number.POSITIVE_INFINITY : next).toBe(first);
      },
    ),
    { numRuns: propertyRuns(60) },
  );
}, 900_000);

const BERLIN = 'Europe/Berlin';
/** From this time on, as the clock of the zone shows it before the change. */
const due = (cron: string, timeZone: string, from: string, count: number): string[] => {
  const times: string[] = [];
  for (let at = Date.parse(from); times.length < count; times.push(new Date(at).toISOString().slice(5, 16)))
    at = nextDue({ cron, timeZone }, at);
  return times;
};

describe('when the clock goes forward from 02:00 to 03:00', () => {
  const before = '2024-03-30T12:00:00Z';
  test('a fixed time that is skipped is due at 03:00', () => {
    expect(due('30 2 * * *', BERLIN, before, 2)).toEqual(['03-31T01:00', '04-01T00:30']);
    expect(due('15,45 2 * * *', BERLIN, before, 2)).toEqual(['03-31T01:00', '04-01T00:15']);
  });
  test('every 20 minutes goes on every 20 minutes', () => {
    expect(due('*/20 * * * *', BERLIN, '2024-03-31T00:30:00Z', 3)).toEqual([
      '03-31T00:40',
      '03-31T01:00',
      '03-31T01:20',
    ]);
  });
  test('every 20 minutes of the skipped hour is not due on that day', () => {
    expect(due('*/20 2 * * *', BERLIN, before, 1)).toEqual(['04-01T00:00']);
  });
});

describe('when the clock goes back from 03:00 to 02:00', () => {
  test('a fixed time that is repeated is due once, the first time', () => {
    expect(due('30 2 * * *', BERLIN, '2024-10-26T12:00:00Z', 2)).toEqual(['10-27T00:30', '10-28T01:30']);
  });
  test('every 20 minutes goes on every 20 minutes', () => {
    expect(due('*/20 * * * *', BERLIN, '2024-10-27T00:30:00Z', 4)).toEqual([
      '10-27T00:40',
      '10-27T01:00',
      '10-27T01:20',
      '10-27T01:40',
    ]);
  });
  test('on Lord Howe it goes back by half an hour', () => {
    expect(due('*/20 * * * *', 'Australia/Lord_Howe', '2024-04-06T14:30:00Z', 3)).toEqual([
      '04-06T14:40',
      '04-06T15:10',
      '04-06T15:30',
    ]);
  });
});

test('a ping of a cron schedule that is half a minute early counts for the time that it was meant for', () => {
  const schedule = { cron: '0 3 * * *', timeZone: 'UTC' };
  const at = Date.UTC(2024, 4, 1, 3);
  const day = 24 * HOUR;
  expect(dueAfterPing(schedule, at - 30_000)).toBe(at + day);
  expect(dueAfterPing(schedule, at - 30_001)).toBe(at);
  expect(dueAfterPing(schedule, at)).toBe(at + day);
  expect(dueAfterPing({ everySeconds: 60 }, at)).toBe(at + 60_000);
});

test('a schedule that never matches a date is never due', () => {
  expect(nextDue({ cron: '0 0 31 2 *', timeZone: BERLIN }, 0)).toBe(Number.POSITIVE_INFINITY);
});
