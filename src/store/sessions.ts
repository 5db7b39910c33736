// Owns the table of sessions. The cookie passes as SHA-256 only. Does not decide when a session ends.
import { and, desc, eq, lt, ne, or } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { identityProviders, people, sessions } from './schema.ts';
import { isNewUse } from './use-step.ts';

export type SessionRow = typeof sessions.$inferSelect;
export type NewSessionRow = typeof sessions.$inferInsert;

/** A session ends after this time without a request, and after this time in any case. */
export const IDLE_MS = 2 * 3_600_000;
export const ABSOLUTE_MS = 12 * 3_600_000;

/** A session and its person in one read, whatever their state. */
export async function findSession(db: D1Database, hash: string) {
  const rows = await database(db)
    .select()
    .from(sessions)
    .innerJoin(people, eq(people.id, sessions.personId))
    .where(eq(sessions.hash, hash));
  const found = rows[0];
  return found ? { session: found.sessions, person: found.people } : null;
}

/** A session and the name of its person, by the id that names it on pages and in the API. */
export async function findSessionById(db: D1Database, id: string) {
  const rows = await database(db)
    .select({ session: sessions, personName: people.name })
    .from(sessions)
    .innerJoin(people, eq(people.id, sessions.personId))
    .where(eq(sessions.id, id));
  return rows[0] ?? null;
}

export const insertSession = (db: D1Database, row: NewSessionRow): Statement =>
  database(db).insert(sessions).values(row);

/** Newest first. */
export const listSessions = (db: D1Database, personId: string): Promise<SessionRow[]> =>
  database(db)
    .select()
    .from(sessions)
    .where(eq(sessions.personId, personId))
    .orderBy(desc(sessions.createdAt), sessions.id);

/** Newest first, each with the name of the identity provider that it came from. Null: none, or it does not exist any more. */
export const listSessionsWithProvider = (db: D1Database, personId: string) =>
  database(db)
    .select({ session: sessions, provider: identityProviders.name })
    .from(sessions)
    .leftJoin(identityProviders, eq(identityProviders.id, sessions.method))
    .where(eq(sessions.personId, personId))
    .orderBy(desc(sessions.createdAt), sessions.id);

export const deleteSession = (db: D1Database, id: string): Statement =>
  database(db).delete(sessions).where(eq(sessions.id, id));

/** All sessions of a person, but the one with the id `except`. */
export const deleteSessions = (db: D1Database, personId: string, except = ''): Statement =>
  database(db)
    .delete(sessions)
    .where(and(eq(sessions.personId, personId), ne(sessions.id, except)));

export const deleteExpiredSessions = (db: D1Database, now: number): Statement =>
  database(db)
    .delete(sessions)
    .where(or(lt(sessions.expiresAt, now), lt(sessions.lastUsedAt, now - IDLE_MS)));

/** Records a use, at most once a minute. */
export async function recordSessionUse(
  db: D1Database,
  { hash, lastUsedAt }: Pick<SessionRow, 'hash' | 'lastUsedAt'>,
  now: number,
): Promise<void> {
  if (!isNewUse(lastUsedAt, now)) return;
  await database(db).update(sessions).set({ lastUsedAt: now }).where(eq(sessions.hash, hash));
}
