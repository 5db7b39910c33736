// Schedules agree with a brute-force calendar around the changes of the clock. calendar-ten-years.test.ts compares everything
// between them.
import { expect, test } from 'vitest';
import { onCallAt, shiftsBetween } from '../../src/routing/on-call.ts';
import { walk } from '../support/routing/brute-force-calendar.ts';
import { ROTATIONS, schedule, ZONES } from '../support/routing/schedules.ts';

const HOUR_MS = 3_600_000;
/** A day in which each zone changes its clock, the one without changes aside. */
const CHANGES = {
  'Europe/Berlin': ['2026-03-29', '2026-10-25'],
  'America/New_York': ['2026-03-08', '2026-11-01'],
  'Australia/Lord_Howe': ['2026-04-05', '2026-10-04'],
  'Africa/Casablanca': ['2026-02-15', '2026-03-22'],
  'Asia/Kathmandu': ['2026-03-29'],
};

const CASES = ZONES.flatMap((zone) => CHANGES[zone].map((day) => [zone, day] as const));

test.each(CASES)('in %s, shifts agree with a brute-force calendar around %s', (zone, day) => {
  const middle = Date.parse(`${day}T00:00Z`);
  const [from, to] = [middle - 36 * HOUR_MS, middle + 36 * HOUR_MS];
  // The walk has to see the start of a rotation, so all begin in it.
  const start = new Date(from + 30 * HOUR_MS).toISOString().slice(0, 10);
  const begin = `${start.slice(0, 8)}${String(Number(start.slice(8)) - 1).padStart(2, '0')}`;
  const rotations = ROTATIONS.map((one) => ({ ...one, start: `${begin}T${one.start.slice(11)}`, end: null }));
  const calendar = schedule(zone, rotations, {
    overrides: [{ id: 'o', person: 'zoe', startsAt: middle + HOUR_MS, endsAt: middle + 1.5 * HOUR_MS }],
  });
  const shifts = shiftsBetween(calendar, from, to);
  let index = 0;
  walk(calendar, { from, to, stepMs: 5 * 60_000 }, (at, people) => {
    while (shifts[index]!.endsAt <= at) index += 1;
    const shown = shifts[index]!.onCall.map(({ person }) => person);
    const time = new Date(at).toISOString();
    expect([time, shown]).toEqual([time, people]);
    if (at % (15 * 60_000) === 0) expect([time, onCallAt(calendar, at)]).toEqual([time, people]);
  });
});
