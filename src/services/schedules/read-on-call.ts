// Reads who is on call in a schedule, now and next, and whether notifications reach them. Does not notify.
import type { Caller } from '../../access/caller.ts';
import { type OnCall, type Shift, shiftsBetween } from '../../routing/on-call.ts';
import { listOnCallPeople, type OnCallPerson, type ScheduleRow } from '../../store/schedules.ts';
import { listTagged, type TaggedChannel } from '../../store/tagged.ts';
import { insideIds, shownIds } from '../access/references.ts';

/** The next change is looked for within this time, and a list of shifts covers no more. */
export const MAX_RANGE_MS = 62 * 86_400_000;

export const ON_CALL_PROBLEMS = ['deleted', 'disabled', 'no_channel'] as const;

/** Why notifications do not reach a person. */
export type OnCallProblem = (typeof ON_CALL_PROBLEMS)[number];

export interface OnCallEntry {
  readonly id: string;
  /** The name, or the id of a person who was deleted. */
  readonly name: string;
  readonly rotation: string | null;
  /** Channels of the person that the caller sees. */
  readonly channels: readonly string[];
  readonly problem: OnCallProblem | null;
}

export interface NamedShift extends Omit<Shift, 'onCall'> {
  readonly people: readonly OnCallEntry[];
}

export interface OnCallNow {
  readonly people: readonly OnCallEntry[];
  /** Null: the people do not change within MAX_RANGE_MS. */
  readonly next: NamedShift | null;
}

export async function readShifts(
  db: D1Database,
  schedule: ScheduleRow,
  { restriction }: Pick<Caller, 'restriction'>,
  from: number,
  to: number,
): Promise<NamedShift[]> {
  const [people, tagged] = await Promise.all([listOnCallPeople(db), listTagged(db)]);
  return namedShifts(schedule, { people, channels: tagged.channels }, { restriction }, from, to);
}

interface Reachable {
  readonly people: readonly OnCallPerson[];
  readonly channels: readonly TaggedChannel[];
}

/** Pure. */
export function namedShifts(
  schedule: ScheduleRow,
  { people, channels: all }: Reachable,
  { restriction }: Pick<Caller, 'restriction'>,
  from: number,
  to: number,
): NamedShift[] {
  const known = new Set(all.map(({ id }) => id));
  const inside = insideIds(restriction, all);
  const byId = new Map(people.map((person) => [person.id, person]));
  const entry = ({ person: id, rotation }: OnCall): OnCallEntry => {
    const person = byId.get(id);
    const channels = (person?.channels ?? []).filter((channel) => known.has(channel));
    return {
      ...{ id, name: person?.name ?? id, rotation },
      channels: shownIds(restriction, channels, inside),
      problem: problemOf(person, channels),
    };
  };
  return shiftsBetween(schedule, from, to).map(({ startsAt, endsAt, onCall }) => ({
    ...{ startsAt, endsAt, people: onCall.map(entry) },
  }));
}

export async function readOnCall(
  db: D1Database,
  schedule: ScheduleRow,
  caller: Pick<Caller, 'restriction'>,
  at: number,
): Promise<OnCallNow> {
  const [now, next] = await readShifts(db, schedule, caller, at, at + MAX_RANGE_MS);
  return { people: now!.people, next: next ?? null };
}

function problemOf(person: OnCallPerson | undefined, channels: readonly string[]): OnCallProblem | null {
  if (person === undefined) return 'deleted';
  if (person.disabled) return 'disabled';
  return channels.length === 0 ? 'no_channel' : null;
}
