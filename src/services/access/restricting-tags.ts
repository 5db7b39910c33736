// Owns who may set the tags that decide what a restricted person or key sees. Only admins change one that is stored: a tag
// moves an entry from one team to another.
import type { Caller } from '../../access/caller.ts';
import { changedNames, isInside, restrictingNames } from '../../access/restriction.ts';
import type { ValidationError } from '../../result.ts';
import { listRestrictions } from '../../store/restrictions.ts';
import type { Tags } from '../../tags.ts';
import { describeRestriction } from './references.ts';

/** Names of the tags that restrictions use. Empty for admins, who may change them all: that saves the reads. */
export async function readRestrictingNames(
  db: D1Database,
  { role }: Pick<Caller, 'role'>,
): Promise<ReadonlySet<string>> {
  return role === 'admin' ? new Set() : restrictingNames(await listRestrictions(db));
}

/** Why the caller may not store these tags. `stored` is null for a new entry. `names` are the restricting ones. */
export function restrictingTagsError(
  { role, restriction }: Pick<Caller, 'role' | 'restriction'>,
  written: Tags,
  stored: Tags | null,
  names: ReadonlySet<string>,
): ValidationError | null {
  if (role === 'admin') return null;
  if (stored !== null) {
    const [changed] = changedNames(stored, written, names);
    return changed === undefined ? null : forbiddenChange(changed, stored);
  }
  if (restriction === null) return null;
  const outside = [...names]
    .filter(
      (name) => Object.hasOwn(written, name) && !isInside(restriction, { tags: { [name]: written[name]! } }),
    )
    .toSorted();
  if (outside.length > 0) {
    const tags = outside.map((name) => `${name}:${written[name]}`).join(', ');
    return tagsError(restriction, `You cannot set ${tags}. Remove it, or ask an admin.`);
  }
  return isInside(restriction, { tags: written })
    ? null
    : tagsError(
        restriction,
        restriction.length === 0 ? 'Ask an admin for access.' : 'Set one of these tags.',
      );
}

function forbiddenChange(name: string, stored: Tags): ValidationError {
  const kept = Object.hasOwn(stored, name) ? `Leave it at "${stored[name]}"` : 'Leave it out';
  const message = `The tag "${name}" restricts access, so only admins change it. ${kept}, or ask an admin.`;
  return { kind: 'forbidden', path: ['tags', name], message };
}

const tagsError = (restriction: readonly string[], fix: string): ValidationError => ({
  kind: 'invalid',
  path: ['tags'],
  message: `Your access is restricted to ${describeRestriction(restriction)}. ${fix}`,
});
