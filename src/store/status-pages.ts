// Owns the table of status pages. Does not decide who may read a page, or what it shows.
import { and, asc, eq, exists } from 'drizzle-orm';
import { DEFAULT_PAGE, type PageConfig, type StatusPage } from '../status-pages/model.ts';
import { database, isListed, isUniqueConflict, type Statement } from './database.ts';
import { statusPages, subscribers } from './schema.ts';

export type StatusPageRow = typeof statusPages.$inferSelect;

/** A row that an earlier version wrote lacks the fields that came later: they have their defaults. */
export const withDefaults = (row: StatusPageRow): StatusPageRow => ({
  ...row,
  config: { ...DEFAULT_PAGE.config, ...row.config } satisfies PageConfig,
});

export const toStatusPage = ({
  id,
  title,
  host,
  config,
  access,
  accessVersion,
}: StatusPageRow): StatusPage => ({
  ...{ id, title, host, config, access, accessVersion },
});

export async function listStatusPages(db: D1Database): Promise<StatusPageRow[]> {
  const rows = await database(db).select().from(statusPages).orderBy(asc(statusPages.id));
  return rows.map(withDefaults);
}

export async function findStatusPage(
  db: D1Database,
  by: { readonly id: string } | { readonly host: string },
): Promise<StatusPageRow | null> {
  const condition = 'id' in by ? eq(statusPages.id, by.id) : eq(statusPages.host, by.host);
  const rows = await database(db).select().from(statusPages).where(condition);
  return rows[0] ? withDefaults(rows[0]) : null;
}

/** Nothing if the id is taken. Fails if the host is. */
export const insertStatusPage = (db: D1Database, row: StatusPageRow): Statement =>
  database(db).insert(statusPages).values(row).onConflictDoNothing({ target: statusPages.id });

/** Nothing if the stored row has another version than the one before. Writes the version of `row`. */
export const replaceStatusPage = (db: D1Database, row: StatusPageRow): Statement =>
  database(db)
    .update(statusPages)
    .set(row)
    .where(and(eq(statusPages.id, row.id), eq(statusPages.version, row.version - 1)));

/** Before pages get each other's hosts: a host belongs to one page at every moment. */
export const clearHosts = (db: D1Database, ids: readonly string[]): Statement =>
  database(db).update(statusPages).set({ host: null }).where(isListed(statusPages.id, ids));

/**
 * The page, and before it its subscribers: a later page with the same id must not write to them. The default page stays after
 * its row, and keeps them. The last statement changes a row if the page had this version.
 */
export function removeStatusPage(
  db: D1Database,
  { id, version }: Pick<StatusPageRow, 'id' | 'version'>,
): Statement[] {
  const orm = database(db);
  const isStored = and(eq(statusPages.id, id), eq(statusPages.version, version));
  const page = orm.delete(statusPages).where(isStored);
  if (id === DEFAULT_PAGE.id) return [page];
  const isDeleted = exists(orm.select({ id: statusPages.id }).from(statusPages).where(isStored));
  return [orm.delete(subscribers).where(and(eq(subscribers.pageId, id), isDeleted)), page];
}

export const isHostConflict = (error: unknown): boolean => isUniqueConflict(error, 'status_pages.host');
