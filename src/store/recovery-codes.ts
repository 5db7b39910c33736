// Owns the table of recovery codes. Codes pass as SHA-256 only. Does not make or format them.
import { and, count, eq, isNull } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { recoveryCodes } from './schema.ts';

/** Whether the person has this code, and has not used it. */
export async function isRecoveryCodeUnused(db: D1Database, personId: string, hash: string): Promise<boolean> {
  const rows = await database(db)
    .select({ hash: recoveryCodes.hash })
    .from(recoveryCodes)
    .where(
      and(eq(recoveryCodes.hash, hash), eq(recoveryCodes.personId, personId), isNull(recoveryCodes.usedAt)),
    );
  return rows.length > 0;
}

export async function countUnusedRecoveryCodes(db: D1Database, personId: string): Promise<number> {
  const rows = await database(db)
    .select({ left: count() })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.personId, personId), isNull(recoveryCodes.usedAt)));
  return rows[0]?.left ?? 0;
}

export const markRecoveryCodeUsed = (db: D1Database, hash: string, now: number): Statement =>
  database(db).update(recoveryCodes).set({ usedAt: now }).where(eq(recoveryCodes.hash, hash));

export const deleteRecoveryCodes = (db: D1Database, personId: string): Statement =>
  database(db).delete(recoveryCodes).where(eq(recoveryCodes.personId, personId));

/** The codes of before do not work any more. */
export const replaceRecoveryCodes = (
  db: D1Database,
  personId: string,
  hashes: readonly string[],
  now: number,
): Statement[] => [
  deleteRecoveryCodes(db, personId),
  database(db)
    .insert(recoveryCodes)
    .values(hashes.map((hash) => ({ hash, personId, createdAt: now }))),
];
