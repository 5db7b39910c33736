// Who is on call: by rotations that keep their local hour, times of the week, and overrides.
import { expect, test } from 'vitest';
import { onCallAt, shiftsBetween } from '../../src/routing/on-call.ts';
import { rotation, schedule } from '../support/routing/schedules.ts';

const BERLIN = 'Europe/Berlin';
const at = (text: string): number => Date.parse(text);

const daily = (start: string) =>
  schedule(BERLIN, [rotation({ people: ['ada', 'bob'], start, turn: { unit: 'days', count: 1 } })]);

test('a schedule without rotations, and a rotation without people, has no person on call', () => {
  expect(onCallAt(schedule(BERLIN, []), at('2026-03-01T00:00Z'))).toEqual([]);
  expect(onCallAt(schedule(BERLIN, [rotation({ people: [] })]), at('2026-03-01T00:00Z'))).toEqual([]);
});

test('a rotation begins at its start and is over at its end', () => {
  const limited = schedule(BERLIN, [rotation({ start: '2026-03-02T09:00', end: '2026-03-20T09:00' })]);
  expect(onCallAt(limited, at('2026-03-02T07:59:59.999Z'))).toEqual([]);
  expect(onCallAt(limited, at('2026-03-02T08:00Z'))).toEqual(['ada']);
  expect(onCallAt(limited, at('2026-03-20T07:59:59.999Z'))).toEqual(['cem']);
  expect(onCallAt(limited, at('2026-03-20T08:00Z'))).toEqual([]);
});

test('a turn keeps its local hour through daylight saving, in both directions', () => {
  const shifts = shiftsBetween(daily('2026-03-01T09:00'), at('2026-03-28T08:00Z'), at('2026-03-30T08:00Z'));
  expect(shifts.map(({ startsAt }) => new Date(startsAt).toISOString())).toEqual([
    '2026-03-28T08:00:00.000Z',
    '2026-03-29T07:00:00.000Z',
    '2026-03-30T07:00:00.000Z',
  ]);
  const autumn = shiftsBetween(daily('2026-03-01T09:00'), at('2026-10-24T07:00Z'), at('2026-10-26T07:00Z'));
  expect(autumn.map(({ endsAt, startsAt }) => (endsAt - startsAt) / 3_600_000)).toEqual([25, 23]);
});

test('a hand-off time that the clock skips is the moment of the jump', () => {
  const nightly = daily('2026-03-28T02:30');
  // 02:00 becomes 03:00 at 01:00 UTC.
  expect(onCallAt(nightly, at('2026-03-29T00:59:59.999Z'))).toEqual(['ada']);
  expect(onCallAt(nightly, at('2026-03-29T01:00Z'))).toEqual(['bob']);
});

test('a hand-off time that the clock shows twice is the first one, and the second changes nothing', () => {
  const nightly = daily('2026-10-24T02:30');
  // 03:00 becomes 02:00 at 01:00 UTC: 02:30 is at 00:30 and at 01:30.
  const people = ['00:29:59.999', '00:30', '00:59', '01:00', '01:29', '01:31'].map(
    (time) => onCallAt(nightly, at(`2026-10-25T${time}Z`))[0],
  );
  expect(people).toEqual(['ada', 'bob', 'bob', 'bob', 'bob', 'bob']);
});

test('times of the week may end on the next day, and outside of them the rotation has no person on call', () => {
  const nights = schedule('UTC', [
    rotation({ start: '2026-01-01T00:00', times: [{ days: ['friday'], from: '22:00', to: '06:00' }] }),
  ]);
  const isOnCall = (time: string) => onCallAt(nights, at(time)).length > 0;
  expect(isOnCall('2026-01-09T21:59Z')).toBe(false);
  expect(isOnCall('2026-01-09T22:00Z')).toBe(true);
  expect(isOnCall('2026-01-10T05:59Z')).toBe(true);
  expect(isOnCall('2026-01-10T06:00Z')).toBe(false);
  expect(isOnCall('2026-01-10T22:00Z')).toBe(false);
});

test('two rotations have two people on call, and a person who has both turns is named once', () => {
  const two = schedule('UTC', [
    rotation({ people: ['ada', 'bob'], start: '2026-01-01T00:00', turn: { unit: 'days', count: 1 } }),
    rotation({ name: 'Second', people: ['bob'], start: '2026-01-01T00:00' }),
  ]);
  expect(onCallAt(two, at('2026-01-01T12:00Z'))).toEqual(['ada', 'bob']);
  expect(onCallAt(two, at('2026-01-02T12:00Z'))).toEqual(['bob']);
});

test('the override that began last takes the place of all rotations until it ends', () => {
  const override = (id: string, person: string, from: string, to: string) => ({
    ...{ id, person, startsAt: at(from), endsAt: at(to) },
  });
  const swapped = schedule('UTC', [rotation(), rotation({ name: 'Second', people: ['bob'] })], {
    overrides: [
      override('b', 'eve', '2026-02-01T10:00Z', '2026-02-01T12:00Z'),
      override('a', 'dan', '2026-02-01T00:00Z', '2026-02-02T00:00Z'),
    ],
  });
  expect(onCallAt(swapped, at('2026-02-01T09:59Z'))).toEqual(['dan']);
  expect(onCallAt(swapped, at('2026-02-01T10:00Z'))).toEqual(['eve']);
  expect(onCallAt(swapped, at('2026-02-01T12:00Z'))).toEqual(['dan']);
  expect(onCallAt(swapped, at('2026-02-02T00:00Z'))).not.toContain('dan');
});

test('shifts have no gaps and no overlaps, and a gap of the schedule is a shift without people', () => {
  const office = schedule(BERLIN, [
    rotation({ times: [{ days: ['monday', 'tuesday'], from: '09:00', to: '17:00' }] }),
  ]);
  const [from, to] = [at('2026-03-23T00:00Z'), at('2026-04-06T00:00Z')];
  const shifts = shiftsBetween(office, from, to);
  expect(shifts[0]!.startsAt).toBe(from);
  expect(shifts.at(-1)!.endsAt).toBe(to);
  expect(shifts.slice(1).every(({ startsAt }, index) => startsAt === shifts[index]!.endsAt)).toBe(true);
  expect(shifts.map(({ onCall }) => onCall.length)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0]);
});
