// Owns a calendar that knows nothing but a clock on the wall: it walks through time in steps and hands over whenever the
// wall shows a hand-off time. For tests, as the opposite of the calculation in src/routing.
import type { Schedule } from '../../../src/routing/model.ts';

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const LENGTH = { hours: 3_600_000, days: 86_400_000, weeks: 604_800_000 };

/** What a clock on the wall shows, by Intl alone: `2026-03-29T03:00`. */
export function wallClock(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  });
  return (at) => format.format(at).replace(' ', 'T');
}

/** Calls `visit` with the people on call at each step. `from` is before the start of every rotation. */
export function walk(
  schedule: Schedule,
  { from, to, stepMs }: { from: number; to: number; stepMs: number },
  visit: (at: number, people: readonly string[]) => void,
): void {
  const shows = wallClock(schedule.timeZone);
  const turns = schedule.rotations.map((rotation) => ({
    rotation,
    next: rotation.start,
    index: -1,
    isOver: false,
  }));
  for (let at = from; at < to; at += stepMs) {
    const wall = shows(at);
    const people: string[] = [];
    for (const turn of turns) {
      const {
        people: order,
        end,
        turn: { unit, count },
        times,
      } = turn.rotation;
      while (wall >= turn.next) {
        turn.index += 1;
        turn.next = new Date(Date.parse(`${turn.next}Z`) + LENGTH[unit] * count).toISOString().slice(0, 16);
      }
      turn.isOver ||= end !== null && wall >= end;
      if (turn.index < 0 || turn.isOver || (times !== null && !times.some((one) => isWithin(one, wall))))
        continue;
      const person = order[turn.index % order.length]!;
      if (!people.includes(person)) people.push(person);
    }
    let override: Schedule['overrides'][number] | null = null;
    for (const one of schedule.overrides)
      if (one.startsAt <= at && at < one.endsAt && (override === null || one.startsAt >= override.startsAt))
        override = one;
    visit(at, override === null ? people : [override.person]);
  }
}

function isWithin(
  { days, from, to }: { days: readonly string[]; from: string; to: string },
  wall: string,
): boolean {
  const [date = '', time = ''] = wall.split('T');
  const day = new Date(`${date}T00:00Z`);
  const today = DAYS[day.getUTCDay()]!;
  const yesterday = DAYS[(day.getUTCDay() + 6) % 7]!;
  if (from < to) return days.includes(today) && from <= time && time < to;
  return (days.includes(today) && time >= from) || (days.includes(yesterday) && time < to);
}
