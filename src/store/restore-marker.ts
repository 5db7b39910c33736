// Owns the marker of a restore in progress: a row of the settings. While it exists, no tick runs, no commit is written, and
// nothing is delivered. Does not restore anything.
import { eq, type SQL, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { settings } from './schema.ts';

export const RESTORE = 'restore';

/** What is known of a restore until it is complete. */
export interface RestoreMarker {
  /** Times of the mesh, ms since the epoch. */
  readonly startedAt: number;
  /** Address of the mesh that the backup is of, and when it was made. */
  readonly mesh: string;
  readonly createdAt: number;
  /** Newest entry of the audit log that is replaced. Null if it had none. */
  readonly replacedAudit: { readonly seq: number; readonly hash: string } | null;
  /** Whether what the mesh had is deleted. */
  readonly cleared: boolean;
}

/** The rows of the mesh are not complete yet, so nothing can be read from them, and nothing of them is damaged. */
export class RestoreInProgress extends Error {
  constructor() {
    super('the mesh is being restored from a backup: repeat npm run restore if that was interrupted');
  }
}

/** For a statement that must not write while a restore is in progress. */
export const isRestoringSql: SQL<boolean> = sql`exists (select 1 from settings where name = ${RESTORE})`;

export async function readRestore(db: D1Database): Promise<RestoreMarker | null> {
  const [row] = await database(db)
    .select({ value: settings.value })
    .from(settings)
    .where(eq(settings.name, RESTORE));
  return (row?.value as RestoreMarker | undefined) ?? null;
}

export const isRestoring = async (db: D1Database): Promise<boolean> => (await readRestore(db)) !== null;

export const writeRestore = (db: D1Database, marker: RestoreMarker): Statement =>
  database(db)
    .insert(settings)
    .values({ name: RESTORE, value: marker, sealed: null, updatedAt: marker.startedAt })
    .onConflictDoUpdate({
      target: settings.name,
      set: { value: marker, updatedAt: marker.startedAt, version: sql`${settings.version} + 1` },
    });

export const endRestore = (db: D1Database): Statement =>
  database(db).delete(settings).where(eq(settings.name, RESTORE));
