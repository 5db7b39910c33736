// Owns the table of API keys. Keys pass as SHA-256 only. Does not decide whether a key is valid.
import { and, asc, eq, or, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { apiKeys } from './schema.ts';
import { isNewUse } from './use-step.ts';

export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type NewApiKeyRow = typeof apiKeys.$inferInsert;

/** The key that has this hash, or had it before its last rotation. */
export async function findApiKeyByHash(db: D1Database, hash: string): Promise<ApiKeyRow | null> {
  const rows = await database(db)
    .select()
    .from(apiKeys)
    .where(or(eq(apiKeys.hash, hash), eq(apiKeys.previousHash, hash)));
  return rows[0] ?? null;
}

export async function findApiKey(db: D1Database, id: string): Promise<ApiKeyRow | null> {
  const rows = await database(db).select().from(apiKeys).where(eq(apiKeys.id, id));
  return rows[0] ?? null;
}

export const listApiKeys = (db: D1Database): Promise<ApiKeyRow[]> =>
  database(db).select().from(apiKeys).orderBy(asc(apiKeys.createdAt), asc(apiKeys.id));

export const insertApiKey = (db: D1Database, row: NewApiKeyRow): Statement =>
  database(db).insert(apiKeys).values(row);

/** Replaces the row of the same id. */
export const upsertApiKey = (db: D1Database, row: NewApiKeyRow): Statement => {
  const { id: _, createdAt: _c, ...values } = row;
  return database(db)
    .insert(apiKeys)
    .values(row)
    .onConflictDoUpdate({ target: apiKeys.id, set: { ...values, version: sql`${apiKeys.version} + 1` } });
};

/** Changes nothing if the row has another version now. Increases the version. */
export const updateApiKey = (
  db: D1Database,
  { id, version }: Pick<ApiKeyRow, 'id' | 'version'>,
  values: Partial<NewApiKeyRow>,
): Statement =>
  database(db)
    .update(apiKeys)
    .set({ ...values, version: version + 1 })
    .where(and(eq(apiKeys.id, id), eq(apiKeys.version, version)));

/** Records a use, at most once a minute. */
export async function recordUse(
  db: D1Database,
  { id, lastUsedAt }: Pick<ApiKeyRow, 'id' | 'lastUsedAt'>,
  now: number,
): Promise<void> {
  if (!isNewUse(lastUsedAt, now)) return;
  await database(db).update(apiKeys).set({ lastUsedAt: now }).where(eq(apiKeys.id, id));
}
