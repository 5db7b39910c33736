// Owns the table of identity providers. Secrets pass sealed. Does not know the protocols.
import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { identityProviders, sessions } from './schema.ts';

export type { GroupRule } from './schema.ts';
export type ProviderRow = typeof identityProviders.$inferSelect;
export type NewProviderRow = typeof identityProviders.$inferInsert;
export type ProviderType = ProviderRow['type'];

export const listProviders = (db: D1Database): Promise<ProviderRow[]> =>
  database(db)
    .select()
    .from(identityProviders)
    .orderBy(asc(identityProviders.name), asc(identityProviders.id));

export async function findProvider(db: D1Database, id: string): Promise<ProviderRow | null> {
  const rows = await database(db).select().from(identityProviders).where(eq(identityProviders.id, id));
  return rows[0] ?? null;
}

/** The enabled providers of a type. */
export const listEnabledProviders = (db: D1Database, type: ProviderType): Promise<ProviderRow[]> =>
  database(db)
    .select()
    .from(identityProviders)
    .where(and(eq(identityProviders.type, type), eq(identityProviders.enabled, true)))
    .orderBy(asc(identityProviders.name), asc(identityProviders.id));

/** Inserts nothing if another provider has the id or the issuer. */
export function insertProvider(db: D1Database, row: Omit<NewProviderRow, 'version'>): Statement {
  const json = (value: unknown) => JSON.stringify(value);
  const values = {
    ...row,
    sealedSecret: row.sealedSecret ?? null,
    scopes: json(row.scopes),
    rules: json(row.rules),
    enabled: row.enabled ? 1 : 0,
    version: 1,
  };
  const columns = Object.keys(getTableColumns(identityProviders)) as (keyof typeof values)[];
  return database(db)
    .insert(identityProviders)
    .select(
      sql`select ${sql.join(
        columns.map((column) => sql`${values[column]}`),
        sql`, `,
      )} where not exists (select 1 from ${identityProviders} where id = ${row.id} or issuer = ${row.issuer})`,
    );
}

/** Changes nothing if the row has another version now, or another provider has the issuer. Increases the version. */
export const updateProvider = (
  db: D1Database,
  { id, version }: Pick<ProviderRow, 'id' | 'version'>,
  values: Omit<NewProviderRow, 'id' | 'type' | 'version' | 'createdAt'>,
): Statement =>
  database(db)
    .update(identityProviders)
    .set({ ...values, version: version + 1 })
    .where(
      and(
        eq(identityProviders.id, id),
        eq(identityProviders.version, version),
        sql`not exists (select 1 from ${identityProviders} as other where other.issuer = ${values.issuer} and other.id <> ${id})`,
      ),
    );

/** Deletes nothing if the row has another version now. */
export const removeProvider = (
  db: D1Database,
  { id, version }: Pick<ProviderRow, 'id' | 'version'>,
): Statement =>
  database(db)
    .delete(identityProviders)
    .where(and(eq(identityProviders.id, id), eq(identityProviders.version, version)));

/** Ends the sessions that began with this provider. */
export const deleteSessionsOfProvider = (db: D1Database, id: string): Statement =>
  database(db).delete(sessions).where(eq(sessions.method, id));
