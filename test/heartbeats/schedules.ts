// Random schedules of heartbeats: cron expressions with lists, ranges, steps, last days and names, in zones whose clocks change.
import fc from 'fast-check';

const HOUR = 3_600_000;

/** A zone and the hour, in UTC, in which its clock changes. Without a change, any. */
export const ZONES: readonly (readonly [timeZone: string, changes: readonly string[]])[] = [
  ['UTC', ['2024-02-28T23:00:00Z']],
  ['Europe/Berlin', ['2024-03-31T01:00:00Z', '2024-10-27T01:00:00Z']],
  ['America/New_York', ['2024-03-10T07:00:00Z', '2024-11-03T06:00:00Z']],
  ['America/Santiago', ['2024-04-07T03:00:00Z', '2024-09-08T04:00:00Z']],
  ['Australia/Sydney', ['2024-04-06T16:00:00Z', '2024-10-05T16:00:00Z']],
  ['Australia/Lord_Howe', ['2024-04-06T15:00:00Z', '2024-10-05T15:30:00Z']],
  ['Africa/Cairo', ['2024-04-25T22:00:00Z', '2024-10-31T21:00:00Z']],
  ['Antarctica/Troll', ['2024-03-31T01:00:00Z', '2024-10-27T01:00:00Z']],
  ['Pacific/Chatham', ['2024-04-06T14:00:00Z', '2024-09-28T14:00:00Z']],
  ['Asia/Kathmandu', ['2024-06-30T18:15:00Z']],
  ['Asia/Tokyo', ['2024-12-31T15:00:00Z']],
  ['America/Sao_Paulo', ['2024-02-29T03:00:00Z']],
  ['Africa/Casablanca', ['2024-03-10T02:00:00Z', '2024-04-14T02:00:00Z']],
];

/** A zone and a time at most `hours` before its clock changes. */
export const placeArbitrary = (hours: number) =>
  fc
    .constantFrom(...ZONES)
    .chain(([timeZone, changes]) =>
      fc.record({ timeZone: fc.constant(timeZone), change: fc.constantFrom(...changes) }),
    )
    .chain(({ timeZone, change }) =>
      fc.record({
        timeZone: fc.constant(timeZone),
        start: fc.integer({ min: 0, max: hours * HOUR }).map((before) => Date.parse(change) - before),
      }),
    );

const minutes = fc.oneof(
  fc.constant('*'),
  fc.integer({ min: 0, max: 59 }).map(String),
  fc.constantFrom('*/5', '*/15', '*/20', '0', '30', '15,45', '10-50/20', '0,1,59', '58-59', '5-7'),
);
const hours = fc.oneof(
  fc.constant('*'),
  fc.integer({ min: 0, max: 4 }).map(String),
  fc.integer({ min: 0, max: 23 }).map(String),
  fc.constantFrom('*/2', '*/6', '1-3', '0,2,23', '2', '3', '1,2', '0-23', '22-23', '8-18/2'),
);
const days = fc.oneof(
  { weight: 5, arbitrary: fc.constant('*') },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 31 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('L', '1,L', '*/2', '1-7', '25-31/3', '1,15') },
);
const months = fc.oneof(
  { weight: 6, arbitrary: fc.constant('*') },
  { weight: 1, arbitrary: fc.constantFrom('3,10', 'MAR-APR', 'OCT,NOV', '*/2', '2,4,9', 'jan-dec') },
);
const weekdays = fc.oneof(
  { weight: 5, arbitrary: fc.constant('*') },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 7 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('MON-FRI', 'SUN', 'sat,sun', '0L', '5L', '1-5/2', 'TUE,4') },
);

export const cronArbitrary = fc
  .tuple(minutes, hours, days, months, weekdays)
  .map((fields) => fields.join(' '));
