// Schedules agree with a brute-force calendar over ten years in five time zones, every quarter of an hour. Slow: part of
// test:full. calendar-clock-changes.test.ts is the quick one.
import { expect, test } from 'vitest';
import { onCallAt, shiftsBetween } from '../../src/routing/on-call.ts';
import { walk } from '../support/routing/brute-force-calendar.ts';
import { ROTATIONS, schedule, ZONES } from '../support/routing/schedules.ts';

const FROM = Date.parse('2023-12-31T00:00Z');
const TO = Date.parse('2034-01-01T00:00Z');
const QUARTER_MS = 900_000;

test.each(ZONES)(
  'in %s, ten years of shifts agree with a brute-force calendar',
  { timeout: 120_000 },
  (zone) => {
    const overrides = [
      {
        id: 'a',
        person: 'zoe',
        startsAt: Date.parse('2026-10-25T00:45Z'),
        endsAt: Date.parse('2026-10-25T01:15Z'),
      },
      {
        id: 'b',
        person: 'yan',
        startsAt: Date.parse('2030-01-01T00:00Z'),
        endsAt: Date.parse('2030-01-08T00:00Z'),
      },
    ];
    const calendar = schedule(zone, ROTATIONS, { overrides });
    const shifts = shiftsBetween(calendar, FROM, TO);
    let index = 0;
    let steps = 0;
    const wrong: unknown[] = [];
    walk(calendar, { from: FROM, to: TO, stepMs: QUARTER_MS }, (at, people) => {
      steps += 1;
      while (shifts[index]!.endsAt <= at) index += 1;
      const shown = shifts[index]!.onCall.map(({ person }) => person);
      // Each 97th: another hour of another weekday every time.
      const now = steps % 97 === 0 ? onCallAt(calendar, at) : shown;
      if (shown.join() !== people.join() || now.join() !== people.join())
        wrong.push({ at: new Date(at).toISOString(), shown, now, people });
    });
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(steps).toBeGreaterThan(350_000);
  },
);
