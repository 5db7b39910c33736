// Owns the table of people. Does not decide who may sign in, or with what.
import { and, asc, eq, sql } from 'drizzle-orm';
import { database, isUniqueConflict, type Statement } from './database.ts';
import {
  channels as channelTable,
  invitations,
  passkeys,
  people,
  recoveryCodes,
  sessions,
} from './schema.ts';

export type PersonRow = typeof people.$inferSelect;
export type NewPersonRow = typeof people.$inferInsert;

/** The issuer of local accounts. No identity provider can have it: an issuer is a URL. */
export const LOCAL_ISSUER = 'local';

export async function findPerson(db: D1Database, id: string): Promise<PersonRow | null> {
  const rows = await database(db).select().from(people).where(eq(people.id, id));
  return rows[0] ?? null;
}

export async function findPersonByIdentity(
  db: D1Database,
  issuer: string,
  subject: string,
): Promise<PersonRow | null> {
  const rows = await database(db)
    .select()
    .from(people)
    .where(and(eq(people.issuer, issuer), eq(people.subject, subject)));
  return rows[0] ?? null;
}

/** `username` in lower case. */
export async function findPersonByUsername(db: D1Database, username: string): Promise<PersonRow | null> {
  const rows = await database(db).select().from(people).where(eq(people.username, username));
  return rows[0] ?? null;
}

export const listPeople = (db: D1Database): Promise<PersonRow[]> =>
  database(db).select().from(people).orderBy(asc(people.name), asc(people.id));

export const insertPerson = (db: D1Database, row: NewPersonRow): Statement =>
  database(db).insert(people).values(row);

/** Changes nothing if the row has another version now. Increases the version. */
export const updatePerson = (
  db: D1Database,
  { id, version }: Pick<PersonRow, 'id' | 'version'>,
  values: Partial<NewPersonRow>,
): Statement =>
  database(db)
    .update(people)
    .set({ ...values, version: version + 1 })
    .where(and(eq(people.id, id), eq(people.version, version)));

/** What a sign-in records. It is not a change of the person, so the version stays. */
export const recordSignIn = (
  db: D1Database,
  id: string,
  values: Pick<NewPersonRow, 'lastSignInAt'> & Partial<Pick<NewPersonRow, 'totpStep'>>,
): Statement => database(db).update(people).set(values).where(eq(people.id, id));

/** Replaces the hash of the same password, unless the password has changed meanwhile. */
export async function replacePasswordHash(
  db: D1Database,
  id: string,
  stored: string,
  next: string,
): Promise<void> {
  await database(db)
    .update(people)
    .set({ passwordHash: next })
    .where(and(eq(people.id, id), eq(people.passwordHash, stored)));
}

/** The people who have a channel that reaches them while on call. */
export const listContacts = (db: D1Database): Promise<Pick<PersonRow, 'id' | 'name' | 'channels'>[]> =>
  database(db)
    .select({ id: people.id, name: people.name, channels: people.channels })
    .from(people)
    .where(sql`${people.channels} <> '[]'`)
    .orderBy(asc(people.id));

/** Removes a channel that goes, if it still has this version. Null: in any case. */
export const setContacts = (
  db: D1Database,
  changed: readonly Pick<PersonRow, 'id' | 'channels'>[],
  gone: { readonly id: string; readonly version: number } | null,
  now: number,
): Statement[] =>
  changed.map(({ id, channels }) =>
    database(db)
      .update(people)
      .set({ channels, updatedAt: now, version: sql`${people.version} + 1` })
      .where(
        and(
          eq(people.id, id),
          gone === null
            ? undefined
            : sql`exists (select 1 from ${channelTable} where id = ${gone.id} and version = ${gone.version})`,
        ),
      ),
  );

/** With everything that the person can sign in with, and all sessions. */
export const deletePerson = (db: D1Database, id: string): Statement[] => [
  database(db).delete(passkeys).where(eq(passkeys.personId, id)),
  database(db).delete(recoveryCodes).where(eq(recoveryCodes.personId, id)),
  database(db).delete(invitations).where(eq(invitations.personId, id)),
  database(db).delete(sessions).where(eq(sessions.personId, id)),
  database(db).delete(people).where(eq(people.id, id)),
];

/** Whether the error means that a person with this issuer and subject exists. */
export const isIdentityConflict = (error: unknown): boolean => isUniqueConflict(error, 'people.issuer');
