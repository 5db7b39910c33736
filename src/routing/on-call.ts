// Owns who is on call at a time. Pure.
import type { Schedule } from './model.ts';

/** Ids of the people who are on call. The override that began last replaces all rotations. */
export function onCallAt(schedule: Schedule, at: number): readonly string[] {
  return schedule.overrides
    .filter(({ startsAt, endsAt }) => startsAt <= at && at < endsAt)
    .map(({ person }) => person)
    .slice(-1);
}
