// Owns the saved views of the list of monitors: filters with a name, of one person or of everybody. They are one row of the
// settings. Does not know what a filter may be: services/saved-views does.
import { sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { settings } from './schema.ts';
import { findSetting } from './settings.ts';

export const MONITOR_VIEWS = 'monitor_views';

export interface StoredView {
  readonly id: string;
  readonly name: string;
  /** The filters, as they are in the address: `state=down&tag=team:shop`. */
  readonly query: string;
  /** Whose it is. Null: everybody's. */
  readonly personId: string | null;
  /** Tags of the person who saved it: others with a restriction do not see it. Null: none. */
  readonly restriction: readonly string[] | null;
  readonly createdAt: number;
}

export const viewsOf = (value: unknown): readonly StoredView[] =>
  (value as { readonly views: readonly StoredView[] } | undefined)?.views ?? [];

export const readViews = async (db: D1Database): Promise<readonly StoredView[]> =>
  viewsOf((await findSetting(db, MONITOR_VIEWS))?.value);

/** An entry of the audit log is in the same transaction, so two changes never cross. */
export const writeViews = (db: D1Database, views: readonly StoredView[], now: number): Statement =>
  database(db)
    .insert(settings)
    .values({ name: MONITOR_VIEWS, value: { views }, sealed: null, updatedAt: now })
    .onConflictDoUpdate({
      target: settings.name,
      set: { value: { views }, updatedAt: now, version: sql`${settings.version} + 1` },
    });
