// Owns the saved views of the list of monitors: filters with a name, of one person or of everybody who sees the same. Each
// owner has one row of the settings. Does not know what a filter may be: the API does.
import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { Caller } from '../access/caller.ts';
import { database, type Statement } from './database.ts';
import { settings } from './schema.ts';
import { findSetting } from './settings.ts';

export interface StoredView {
  readonly id: string;
  readonly name: string;
  /** The filters, as they are in the address: `state=down&tag=team:shop`. */
  readonly query: string;
  readonly createdAt: number;
}

/** Names of the rows of the settings. */
export interface ViewOwners {
  /** Of everybody with the same restriction: a filter of others may name what a restriction hides. */
  readonly shared: string;
  /** Null: the caller is not a person. */
  readonly own: string | null;
}

const PREFIX = 'monitor_views';

const ownerOf = (personId: string): string => `${PREFIX}.person.${personId}`;

export function viewOwners({ actor, restriction }: Pick<Caller, 'actor' | 'restriction'>): ViewOwners {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
  return {
    shared: restriction === null ? PREFIX : `${PREFIX}.shared.${hash(JSON.stringify(restriction))}`,
    own: actor.type === 'person' ? ownerOf(actor.id) : null,
  };
}

export const viewsOf = (value: unknown): readonly StoredView[] =>
  (value as { readonly views: readonly StoredView[] } | undefined)?.views ?? [];

export const readViews = async (db: D1Database, owner: string): Promise<readonly StoredView[]> =>
  viewsOf((await findSetting(db, owner))?.value);

/** An entry of the audit log is in the same transaction, so two changes never cross. */
export const writeViews = (
  db: D1Database,
  owner: string,
  views: readonly StoredView[],
  now: number,
): Statement =>
  database(db)
    .insert(settings)
    .values({ name: owner, value: { views }, sealed: null, updatedAt: now })
    .onConflictDoUpdate({
      target: settings.name,
      set: { value: { views }, updatedAt: now, version: sql`${settings.version} + 1` },
    });

/** Of a person who is deleted. */
export const deleteViewsOf = (db: D1Database, personId: string): Statement =>
  database(db)
    .delete(settings)
    .where(eq(settings.name, ownerOf(personId)));
