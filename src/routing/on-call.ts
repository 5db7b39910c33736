// Owns who is on call: at a time, and in shifts over a span of time. Pure: time is an argument.
// Does not know channels or routes.
import { LocalClock, localTime } from './local-clock.ts';
import type { Rotation, Schedule } from './model.ts';
import { edgesOfWeek, isInTimesOfWeek } from './times-of-week.ts';

const HOUR_MS = 3_600_000;
const UNIT_MS = { hours: HOUR_MS, days: 24 * HOUR_MS, weeks: 168 * HOUR_MS } as const;

/** A person who is on call, and why. */
export interface OnCall {
  readonly person: string;
  /** Name of the rotation. Null: an override. */
  readonly rotation: string | null;
}

/** The same people are on call from `startsAt` to before `endsAt`. */
export interface Shift {
  readonly startsAt: number;
  readonly endsAt: number;
  /** Empty: a gap of the schedule. */
  readonly onCall: readonly OnCall[];
}

/** Ids of the people who are on call. The override that began last replaces all rotations. */
export const onCallAt = (schedule: Schedule, at: number): readonly string[] =>
  onCallBy(schedule, new LocalClock(schedule.timeZone, at, at), at).map(({ person }) => person);

/**
 * The shifts between two times, in order and without gaps: where the schedule names no person, a shift without people. The
 * first begins at `from`, and the last ends at `to`.
 */
export function shiftsBetween(schedule: Schedule, from: number, to: number): Shift[] {
  const clock = new LocalClock(schedule.timeZone, from, to);
  const inside = edgesOf(schedule, clock, from, to).filter((at) => from < at && at < to);
  const edges = [from, ...[...new Set(inside)].toSorted((a, b) => a - b)];
  const shifts: Shift[] = [];
  for (const [index, startsAt] of edges.entries()) {
    const endsAt = edges[index + 1] ?? to;
    const onCall = onCallBy(schedule, clock, startsAt);
    const before = shifts.at(-1);
    if (before && JSON.stringify(before.onCall) === JSON.stringify(onCall))
      shifts[shifts.length - 1] = { ...before, endsAt };
    else shifts.push({ startsAt, endsAt, onCall });
  }
  return shifts;
}

/** Each person once, in the order of the rotations. */
function onCallBy({ overrides, rotations }: Schedule, clock: LocalClock, at: number): OnCall[] {
  const override = overrides
    .filter(({ startsAt, endsAt }) => startsAt <= at && at < endsAt)
    .toSorted((a, b) => a.startsAt - b.startsAt)
    .at(-1);
  if (override) return [{ person: override.person, rotation: null }];
  const found = new Map<string, OnCall>();
  for (const rotation of rotations) {
    const person = personIn(rotation, clock, at);
    if (person !== null && !found.has(person)) found.set(person, { person, rotation: rotation.name });
  }
  return [...found.values()];
}

function personIn(
  { people, start, end, turn, times }: Rotation,
  clock: LocalClock,
  at: number,
): string | null {
  const reached = clock.reachedAt(at);
  const begin = localTime(start);
  if (people.length === 0 || reached < begin || (end !== null && reached >= localTime(end))) return null;
  if (times !== null && !isInTimesOfWeek(times, clock.localAt(at))) return null;
  return people[Math.floor((reached - begin) / turnMs(turn)) % people.length]!;
}

const turnMs = ({ unit, count }: Rotation['turn']): number => UNIT_MS[unit] * count;

/** Every instant at which the people may change. */
function edgesOf({ rotations, overrides }: Schedule, clock: LocalClock, from: number, to: number): number[] {
  // A clock that jumps shows times outside of those of its ends, by hours at most.
  const first = clock.localAt(from) - 24 * HOUR_MS;
  const last = clock.localAt(to) + 24 * HOUR_MS;
  const local = rotations.flatMap(({ start, end, turn, times }) => [
    ...handOffs(localTime(start), turnMs(turn), first, last),
    ...(end === null ? [] : [localTime(end)]),
    ...(times === null ? [] : edgesOfWeek(times, first, last)),
  ]);
  return [...clock.changesAt(local), ...overrides.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt])];
}

function handOffs(start: number, length: number, from: number, to: number): number[] {
  const times: number[] = [];
  for (let turn = Math.max(0, Math.floor((from - start) / length)); start + turn * length <= to; turn += 1)
    times.push(start + turn * length);
  return times;
}
