// Owns the reading of status pages as whole values: the rows, and the page at `/` if it has none.
import { asc } from 'drizzle-orm';
import { DEFAULT_PAGE, type StatusPage } from '../status-pages/model.ts';
import type { NamedMonitor } from '../status-pages/page-components.ts';
import { database } from './database.ts';
import { monitors, statusPages } from './schema.ts';

/** All pages, and what decides which monitors each shows, in one transaction. */
export async function readPagesAndMonitors(
  db: D1Database,
): Promise<{ readonly pages: ReadonlyMap<string, StatusPage>; readonly monitors: readonly NamedMonitor[] }> {
  const orm = database(db);
  const { id, name, group, tags, public: isPublic } = monitors;
  const [rows, known] = await orm.batch([
    orm.select().from(statusPages).orderBy(asc(statusPages.id)),
    orm.select({ id, name, group, tags, public: isPublic }).from(monitors).orderBy(asc(name), asc(id)),
  ]);
  const pages = [DEFAULT_PAGE, ...rows.map(toPage)];
  return { pages: new Map(pages.map((page) => [page.id, page])), monitors: known };
}

/** A row of an earlier version lacks newer fields. */
const toPage = ({
  id,
  title,
  host,
  config,
  access,
  accessVersion,
}: typeof statusPages.$inferSelect): StatusPage => ({
  ...{ id, title, host, access, accessVersion },
  config: { ...DEFAULT_PAGE.config, ...config },
});
