// Owns the routes table: what the API reads of it, and its writes.
import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { routes } from './schema.ts';

export type RouteRow = typeof routes.$inferSelect;

/** In the order in which they apply. */
export const listRoutes = (db: D1Database): Promise<RouteRow[]> =>
  database(db).select().from(routes).orderBy(asc(routes.position), asc(routes.id));

export async function findRoute(db: D1Database, id: string): Promise<RouteRow | null> {
  const rows = await database(db).select().from(routes).where(eq(routes.id, id));
  return rows[0] ?? null;
}

/** Behind all others. Nothing if the id is taken. Its result is the new row. */
export const insertRoute = (db: D1Database, row: Omit<RouteRow, 'position'>): Statement =>
  database(db)
    .insert(routes)
    .values({ ...row, position: sql`(select coalesce(max(r.position), 0) + 1 from ${routes} r)` })
    .onConflictDoNothing()
    .returning();

/** Nothing if the row has another version than `version` now. With a `condition`: nothing unless it holds. */
export const replaceRoute = (db: D1Database, row: RouteRow, version: number, condition?: SQL): Statement =>
  database(db)
    .update(routes)
    .set({ ...row, version: version + 1 })
    .where(and(eq(routes.id, row.id), eq(routes.version, version), condition))
    .returning();

export const removeRoute = (
  db: D1Database,
  { id, version }: Pick<RouteRow, 'id' | 'version'>,
  condition?: SQL,
): Statement =>
  database(db)
    .delete(routes)
    .where(and(eq(routes.id, id), eq(routes.version, version), condition))
    .returning({ id: routes.id });

/** For a configuration. */
export const upsertRoute = (db: D1Database, row: RouteRow): Statement => {
  const { createdAt: _, version: _v, ...values } = row;
  return database(db)
    .insert(routes)
    .values(row)
    .onConflictDoUpdate({
      target: routes.id,
      set: { ...values, version: sql`${routes.version} + 1` },
    });
};

/** Ids by position, from 1. */
export const orderRoutes = (
  db: D1Database,
  positions: ReadonlyMap<string, number>,
  now: number,
): Statement => {
  const json = JSON.stringify(Object.fromEntries(positions));
  return database(db)
    .update(routes)
    .set({
      position: sql`cast(o.value as integer)`,
      updatedAt: now,
      version: sql`${routes.version} + 1`,
    })
    .from(sql`json_each(${json}) o`)
    .where(sql`${routes.id} = o.key and ${routes.position} <> o.value`);
};
