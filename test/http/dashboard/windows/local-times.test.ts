// Times on the clock of a zone, and the month of a calendar, also where the clock changes.
import { expect, test } from 'vitest';
import {
  inputText,
  instantOf,
  tomorrowAtNine,
  zonedText,
} from '../../../../src/http/dashboard/windows/local-times.ts';
import { monthWith, readMonth } from '../../../../src/http/dashboard/windows/month.ts';
import type { WindowRow } from '../../../../src/store/windows.ts';

const BERLIN = 'Europe/Berlin';
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

test.each([
  ['2027-01-10T09:00', BERLIN, '2027-01-10T08:00:00.000Z'],
  ['2027-07-10T09:00', BERLIN, '2027-07-10T07:00:00.000Z'],
  // The clock skips it: it is moved ahead by the jump.
  ['2027-03-28T02:30', BERLIN, '2027-03-28T01:30:00.000Z'],
  // The clock shows it twice: the first one.
  ['2027-10-31T02:30', BERLIN, '2027-10-31T00:30:00.000Z'],
  ['2027-01-10T09:00', 'Asia/Kathmandu', '2027-01-10T03:15:00.000Z'],
  ['2027-02-30T25:00', BERLIN, null],
  ['tomorrow', 'UTC', null],
])('%s in %s is %s', (text, zone, instant) => {
  expect(iso(instantOf(zone, text))).toBe(instant);
});

test('an input shows what the clock shows, and reads it back', () => {
  const at = Date.parse('2027-06-01T10:15:00Z');
  expect(inputText(BERLIN, at)).toBe('2027-06-01T12:15');
  expect(instantOf(BERLIN, inputText(BERLIN, at))).toBe(at);
  expect(zonedText('UTC', at)).toBe('Tue 1 Jun 2027, 10:15 UTC');
});

test('tomorrow 9:00 is that of the clock of the zone', () => {
  expect(iso(tomorrowAtNine(BERLIN, Date.parse('2027-03-27T23:30:00Z')))).toBe('2027-03-29T07:00:00.000Z');
  expect(iso(tomorrowAtNine('UTC', Date.parse('2027-03-27T23:30:00Z')))).toBe('2027-03-28T09:00:00.000Z');
});

const row = (schedule: WindowRow['schedule'], createdAt = 0): WindowRow => ({
  ...{ kind: 'maintenance', id: 'w', name: 'Work', monitors: 'all', tags: [], version: 1 },
  ...{ schedule, createdAt, updatedAt: createdAt },
});
const datesOf = (month: ReturnType<typeof monthWith>) =>
  month.weeks.flatMap((week) =>
    week.flatMap((day) => (day?.entries ?? []).map(({ from }) => [day!.date, from])),
  );

test('a month begins on its weekday, and has what goes on over midnight on each of its days', () => {
  const now = Date.parse('2027-03-10T12:00:00Z');
  const span = { startsAt: Date.parse('2027-03-30T22:30:00Z'), endsAt: Date.parse('2027-04-02T00:00:00Z') };
  const march = monthWith('2027-03', BERLIN, [row(span)], now);
  expect(march).toMatchObject({ title: 'March 2027', previous: '2027-02', next: '2027-04', isCut: false });
  expect(march.weeks[0]!.map((day) => day?.date ?? null)[0]).toBe('2027-03-01');
  // 22:30 UTC is the 31st already.
  expect(datesOf(march)).toEqual([['2027-03-31', '00:30']]);
  const april = monthWith('2027-04', BERLIN, [row(span)], now);
  expect(april.weeks[0]!.slice(0, 4).map((day) => day?.date ?? null)).toEqual([
    null,
    null,
    null,
    '2027-04-01',
  ]);
  expect(datesOf(april)).toEqual([
    ['2027-04-01', null],
    ['2027-04-02', null],
  ]);
  expect(
    march.weeks
      .flat()
      .filter((day) => day?.isToday)
      .map((day) => day!.date),
  ).toEqual(['2027-03-10']);
});

test('a recurring window is at the same hour before and after a change, and not before it was written', () => {
  const written = Date.parse('2027-03-15T00:00:00Z');
  const weekly = row({ cron: '30 4 * * SUN', durationMinutes: 30, timeZone: BERLIN }, written);
  expect(datesOf(monthWith('2027-03', BERLIN, [weekly], written))).toEqual([
    ['2027-03-21', '04:30'],
    ['2027-03-28', '04:30'],
  ]);
  expect(datesOf(monthWith('2027-03', 'UTC', [weekly], written))).toEqual([
    ['2027-03-21', '03:30'],
    ['2027-03-28', '02:30'],
  ]);
});

test('a month of the address that does not exist is the one of today', () => {
  const now = Date.parse('2027-03-31T23:00:00Z');
  expect(readMonth('2027-13', 'UTC', now)).toBe('2027-03');
  expect(readMonth(undefined, BERLIN, now)).toBe('2027-04');
  expect(readMonth('2028-02', 'UTC', now)).toBe('2028-02');
});
