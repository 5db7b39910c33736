// Finds the person of a session cookie. Does not extend the session.

import type { PersonRow } from '../../store/people.ts';
import { findSession, IDLE_MS, type SessionRow } from '../../store/sessions.ts';
import { hashToken } from '../tokens.ts';

export interface ActiveSession {
  readonly session: SessionRow;
  readonly person: PersonRow & { readonly role: NonNullable<PersonRow['role']> };
}

/** Without a request for too long, or too old in any case. */
export const isSessionOver = (
  { expiresAt, lastUsedAt }: Pick<SessionRow, 'expiresAt' | 'lastUsedAt'>,
  now: number,
): boolean => expiresAt <= now || lastUsedAt + IDLE_MS <= now;

/** Null if the session is unknown or over, or its person may not sign in any more. */
export async function findActiveSession(
  db: D1Database,
  token: string,
  now: number,
): Promise<ActiveSession | null> {
  const found = await findSession(db, await hashToken(token));
  if (found === null) return null;
  const { session, person } = found;
  const { role } = person;
  if (isSessionOver(session, now) || person.disabled || role === null) return null;
  return { session, person: { ...person, role } };
}
