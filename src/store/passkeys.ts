// Owns the table of passkeys. Does not verify signatures.
import { and, asc, eq } from 'drizzle-orm';
import { database, isUniqueConflict, type Statement } from './database.ts';
import { passkeys, people } from './schema.ts';

export type PasskeyRow = typeof passkeys.$inferSelect;

/** A passkey and its person in one read. */
export async function findPasskey(db: D1Database, id: string) {
  const rows = await database(db)
    .select()
    .from(passkeys)
    .innerJoin(people, eq(people.id, passkeys.personId))
    .where(eq(passkeys.id, id));
  const found = rows[0];
  return found ? { passkey: found.passkeys, person: found.people } : null;
}

/** Oldest first. */
export const listPasskeys = (db: D1Database, personId: string): Promise<PasskeyRow[]> =>
  database(db)
    .select()
    .from(passkeys)
    .where(eq(passkeys.personId, personId))
    .orderBy(asc(passkeys.createdAt), asc(passkeys.id));

/** The batch fails if the authenticator is registered already: see {@link isPasskeyConflict}. */
export const insertPasskey = (db: D1Database, row: PasskeyRow): Statement =>
  database(db).insert(passkeys).values(row);

/** Whether the error means that the authenticator is registered already. */
export const isPasskeyConflict = (error: unknown): boolean => isUniqueConflict(error, 'passkeys.id');

export const recordPasskeyUse = (db: D1Database, id: string, counter: number, now: number): Statement =>
  database(db).update(passkeys).set({ counter, lastUsedAt: now }).where(eq(passkeys.id, id));

/** Deletes nothing of another person. */
export const deletePasskey = (db: D1Database, personId: string, id: string): Statement =>
  database(db)
    .delete(passkeys)
    .where(and(eq(passkeys.personId, personId), eq(passkeys.id, id)));

export const deletePasskeys = (db: D1Database, personId: string): Statement =>
  database(db).delete(passkeys).where(eq(passkeys.personId, personId));
