// Owns what a sign-in changes of a person whom an identity provider knows: name, e-mail address, role and restriction.
// Does not write it.
import type { Caller, Origin } from '../../access/caller.ts';
import { changedFields } from '../../store/audit.ts';
import type { Statement } from '../../store/database.ts';
import { insertPerson, type PersonRow, updatePerson } from '../../store/people.ts';
import { newId } from '../tokens.ts';
import { type Claims, claimAt, type GrantedAccess } from './group-rules.ts';

export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly email: string | null;
}

const MAX_NAME = 120;
const MAX_EMAIL = 254;

/** Claims as OpenID Connect Core 1.0, section 5.1 names them. The provider vouches for issuer and subject alone. */
export function identityOf(issuer: string, subject: string, claims: Claims): Identity {
  const text = (path: string, max: number): string => {
    const value = claimAt(claims, path);
    return typeof value === 'string'
      ? value
          .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
          .trim()
          .slice(0, max)
          // Half a character would be stored as another text, and each sign-in would change the name.
          .toWellFormed()
      : '';
  };
  const email = text('email', MAX_EMAIL);
  const name = text('name', MAX_NAME) || text('preferred_username', MAX_NAME) || email.slice(0, MAX_NAME);
  return { issuer, subject, name: name || subject.slice(0, MAX_NAME).toWellFormed(), email: email || null };
}

/** What of a person follows from the provider. It is what the audit log shows. */
const followed = ({ name, email, role, tags }: Pick<PersonRow, 'name' | 'email' | 'role' | 'tags'>) => ({
  name,
  email,
  role,
  tags,
});

export interface PersonChange {
  readonly id: string;
  readonly statement: Statement;
  /** Fields before, and after. Null before: the person is new. Both null: nothing but the time has changed. */
  readonly before: unknown;
  readonly after: unknown;
  /** The person may do something else than before, so other sessions must end. */
  readonly isAccessChanged: boolean;
}

/** `access` null: the person may not sign in any more. `at` is the time of the sign-in. */
export function changePerson(
  db: D1Database,
  stored: PersonRow | null,
  identity: Identity,
  access: GrantedAccess | null,
  at: number,
  now: number,
): PersonChange {
  const { issuer, subject, name, email } = identity;
  const role = access?.role ?? null;
  const next = { name, email, role, tags: access?.tags ? [...access.tags] : null };
  if (stored === null) {
    const id = newId('per');
    const row = { id, issuer, subject, ...next, lastSignInAt: at, createdAt: now, updatedAt: now };
    const statement = insertPerson(db, row);
    return { id, statement, before: null, after: { issuer, subject, ...next }, isAccessChanged: false };
  }
  const { before, after } = changedFields(followed(stored), followed(next));
  const isSame = Object.keys(after as object).length === 0;
  return {
    id: stored.id,
    statement: updatePerson(db, stored, {
      ...next,
      ...(access === null ? {} : { lastSignInAt: at }),
      ...(isSame ? {} : { updatedAt: now }),
    }),
    before: isSame ? null : before,
    after: isSame ? null : after,
    isAccessChanged: JSON.stringify([stored.role, stored.tags]) !== JSON.stringify([next.role, next.tags]),
  };
}

/** The person acts with what the provider grants. */
export const personCaller = (
  { id, name }: { readonly id: string; readonly name: string },
  access: GrantedAccess | null,
  origin: Origin,
  now: number,
): Caller => ({
  actor: { type: 'person', id, name },
  role: access?.role ?? 'viewer',
  restriction: access === null ? [] : access.tags,
  origin,
  now,
});
