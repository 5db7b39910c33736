// Owns the record of tokens that work no more: used setup tokens, revoked bootstrap keys, completed sign-ins, interactions
// of vendors. Tokens pass as SHA-256 only.
import { and, eq, isNotNull, lt } from 'drizzle-orm';
import { database, isUniqueConflict, type Statement } from './database.ts';
import { usedTokens } from './schema.ts';

export type TokenKind = (typeof usedTokens.$inferSelect)['kind'];

export async function isUsed(db: D1Database, hash: string): Promise<boolean> {
  const rows = await database(db)
    .select({ kind: usedTokens.kind })
    .from(usedTokens)
    .where(eq(usedTokens.hash, hash));
  return rows.length > 0;
}

/** The batch fails if the token was used before: see {@link isUseConflict}. `expiresAt` null keeps the row for good. */
export const useToken = (
  db: D1Database,
  hash: string,
  kind: TokenKind,
  now: number,
  expiresAt: number | null,
): Statement => database(db).insert(usedTokens).values({ hash, kind, usedAt: now, expiresAt });

/** Whether the error means that the token was used before. */
export const isUseConflict = (error: unknown): boolean => isUniqueConflict(error, 'used_tokens.hash');

/** Rows of tokens that have expired anyway. */
export const deleteExpiredTokens = (db: D1Database, now: number): Statement =>
  database(db)
    .delete(usedTokens)
    .where(and(isNotNull(usedTokens.expiresAt), lt(usedTokens.expiresAt, now)));
