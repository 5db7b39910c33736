// Owns what the deletion of a person does to schedules: rotations and overrides lose the person, and a rotation without
// people goes. Does not write.
import { listSchedules, type ScheduleRow } from '../../store/schedules.ts';
import type { Reference } from '../references/reference.ts';

/** The schedules that name the person, as they are without. */
export async function schedulesWithout(
  db: D1Database,
  person: string,
): Promise<{ readonly rows: readonly ScheduleRow[]; readonly references: readonly Reference[] }> {
  const rows = (await listSchedules(db)).flatMap((row) => {
    const rotations = row.rotations
      .map((rotation) => ({ ...rotation, people: rotation.people.filter((one) => one !== person) }))
      .filter(({ people }) => people.length > 0);
    const overrides = row.overrides.filter((one) => one.person !== person);
    const isNamed =
      overrides.length < row.overrides.length || row.rotations.some(({ people }) => people.includes(person));
    return isNamed ? [{ ...row, rotations, overrides }] : [];
  });
  const references = rows.map(
    ({ id, name, rotations }): Reference => ({
      ...{ kind: 'schedule', id, name, field: 'rotations' },
      effect: rotations.length === 0 ? 'emptied' : 'detached',
    }),
  );
  return { rows, references };
}
