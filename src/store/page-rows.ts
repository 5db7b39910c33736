// Owns the reading of all status pages with what decides which monitors each shows.
import { asc } from 'drizzle-orm';
import { DEFAULT_PAGE, type StatusPage } from '../status-pages/model.ts';
import type { NamedMonitor } from '../status-pages/page-components.ts';
import { database } from './database.ts';
import { monitors } from './schema.ts';
import { listStatusPages, toStatusPage } from './status-pages.ts';

export interface PagesAndMonitors {
  /** By id. The page at `/` is one of them, with or without a row. */
  readonly pages: ReadonlyMap<string, StatusPage>;
  readonly monitors: readonly NamedMonitor[];
}

/** Two statements. */
export async function readPagesAndMonitors(db: D1Database): Promise<PagesAndMonitors> {
  const [rows, known] = await Promise.all([listStatusPages(db), listNamedMonitors(db)]);
  const pages = [DEFAULT_PAGE, ...rows.map(toStatusPage)];
  return { pages: new Map(pages.map((page) => [page.id, page])), monitors: known };
}

export async function listNamedMonitors(db: D1Database): Promise<NamedMonitor[]> {
  const { id, name, group, tags, public: isPublic } = monitors;
  return await database(db)
    .select({ id, name, group, tags, public: isPublic })
    .from(monitors)
    .orderBy(asc(name), asc(id));
}
