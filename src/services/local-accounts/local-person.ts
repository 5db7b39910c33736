// Owns which people sign in here with a passkey or a password, and what they are called in the audit log.
import type { Caller, Origin } from '../../access/caller.ts';
import type { Role } from '../../access/role.ts';
import { LOCAL_ISSUER, type PersonRow } from '../../store/people.ts';

export type LocalPerson = PersonRow & { readonly role: Role; readonly username: string };

/** Null if the person belongs to an identity provider, is disabled, or has no role. */
export function asLocalPerson(person: PersonRow | null): LocalPerson | null {
  if (person === null || person.issuer !== LOCAL_ISSUER || person.disabled) return null;
  const { role, username } = person;
  return role === null || username === null ? null : { ...person, role, username };
}

/** The person acts, before there is a session. */
export const personAsCaller = (
  { id, name, role, tags }: Pick<LocalPerson, 'id' | 'name' | 'role' | 'tags'>,
  origin: Origin,
  now: number,
): Caller => ({
  actor: { type: 'person', id, name },
  role,
  restriction: role === 'admin' ? null : tags,
  origin,
  now,
});
