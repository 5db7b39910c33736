// Owns how a schedule names people, and which people a caller may name. Pure. Does not read people.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { Rotation } from '../../routing/model.ts';
import type { OnCallPerson } from '../../store/schedules.ts';
import type { Tags } from '../../tags.ts';

interface Naming {
  readonly people: readonly OnCallPerson[];
  /** Ids that the schedule has already: they stay, whoever writes it. */
  readonly stored: ReadonlySet<string>;
  readonly caller: Pick<Caller, 'restriction'>;
  readonly tags: Tags;
}

/**
 * The id of a person who is named by id, username or e-mail address. A restricted caller may name the people who see the
 * schedule: others are answered like people who do not exist.
 */
export function resolvePerson(
  { people, stored, caller, tags }: Naming,
  named: string,
  path: readonly (string | number)[],
): Result<string, ValidationError> {
  if (stored.has(named)) return ok(named);
  const text = named.toLowerCase();
  const found = people.filter(
    ({ id, username, email }) => id === named || username === text || email?.toLowerCase() === text,
  );
  const allowed = found.filter((person) => caller.restriction === null || isInside(person.tags, { tags }));
  if (allowed.length > 1) {
    const message = `More than one person is "${named}". Use the id of the person.`;
    return err({ kind: 'invalid', path, message });
  }
  if (allowed[0]) return ok(allowed[0].id);
  const message = `Person "${named}" does not exist. Use the id, the username or the e-mail address of a person.`;
  return err({ kind: 'not_found', path, message });
}

/** The rotations with the ids of the people. The same person may have several turns. */
export function resolveRotations(
  naming: Naming,
  rotations: readonly Rotation[],
): Result<Rotation[], ValidationError> {
  const resolved: Rotation[] = [];
  for (const [index, rotation] of rotations.entries()) {
    const ids: string[] = [];
    for (const [place, named] of rotation.people.entries()) {
      const person = resolvePerson(naming, named, ['rotations', index, 'people', place]);
      if (!person.ok) return person;
      ids.push(person.value);
    }
    resolved.push({ ...rotation, people: ids });
  }
  return ok(resolved);
}
