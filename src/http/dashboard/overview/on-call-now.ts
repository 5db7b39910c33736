// Owns who is on call now in each schedule, until when, and whether notifications reach them. Pure.
import { shiftsBetween } from '../../../routing/on-call.ts';
import type { OverviewPerson, OverviewSchedule } from '../../../store/overview-page.ts';

/** The next change is looked for within this time. */
const AHEAD_MS = 62 * 86_400_000;

export interface OnCallNow {
  readonly id: string;
  readonly name: string;
  readonly people: readonly { readonly name: string; readonly problem: string | null }[];
  /** Null: it does not change soon. */
  readonly until: number | null;
}

export function onCallNow(
  schedules: readonly OverviewSchedule[],
  people: readonly OverviewPerson[],
  now: number,
): OnCallNow[] {
  const byId = new Map(people.map((person) => [person.id, person]));
  return schedules.map((schedule) => {
    const [shift] = shiftsBetween(schedule, now, now + AHEAD_MS);
    return {
      ...{ id: schedule.id, name: schedule.name },
      people: (shift?.onCall ?? []).map(({ person: id }) => ({
        name: byId.get(id)?.name ?? id,
        problem: problemOf(byId.get(id)),
      })),
      until: shift === undefined || shift.endsAt >= now + AHEAD_MS ? null : shift.endsAt,
    };
  });
}

function problemOf(person: OverviewPerson | undefined): string | null {
  if (person === undefined) return 'was deleted';
  if (person.disabled) return 'is disabled';
  return person.isReachable ? null : 'has no channel';
}
