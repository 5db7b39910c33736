// Owns the row of the scheduled backup among the settings: who makes one now, the newest one, and the newest failure. Does not
// make backups, and does not decide when one is due.
import { eq, type SQL, sql } from 'drizzle-orm';
import { database } from '../database.ts';
import { settings } from '../schema.ts';

/** A restore keeps it: it is about the bucket of this mesh. */
export const SCHEDULED_BACKUP = 'scheduled_backup';

/** A backup that is complete. Times are ms since the epoch. */
export interface StoredBackup {
  /** The moment that it has. */
  readonly at: number;
  readonly key: string;
  readonly bytes: number;
  readonly rows: number;
}

/** Parts of an object that is not complete. */
export interface Upload {
  readonly key: string;
  readonly uploadId: string;
}

export interface ScheduledBackupFacts {
  /** When the mesh began to expect backups. */
  readonly expectedSince: number;
  readonly newest: StoredBackup | null;
  /** The newest run that failed. Null after a success. */
  readonly failure: { readonly at: number; readonly error: string } | null;
}

interface Stored extends ScheduledBackupFacts {
  /** When the newest run began. Its claim ends with `leasedUntil`; 0: it has ended. */
  readonly startedAt: number;
  readonly leasedUntil: number;
  readonly upload: Upload | null;
}

export interface BackupClaim {
  readonly startedAt: number;
  /** What an earlier run has left, because it was killed. */
  readonly abandoned: Upload | null;
}

const row = (path: string): SQL => sql`json_extract(${settings.value}, ${`$.${path}`})`;
const isOfBackups = eq(settings.name, SCHEDULED_BACKUP);

interface ClaimOptions {
  readonly now: number;
  readonly leaseMs: number;
  /** The newest backup is this old when the next one is due. */
  readonly everyMs: number;
}

/** Of two runs at once, one gets it. Null: none is due, or another run makes it. */
export async function claimBackup(
  db: D1Database,
  { now, leaseMs, everyMs }: ClaimOptions,
): Promise<BackupClaim | null> {
  const value: Stored = {
    ...{ expectedSince: now, newest: null, failure: null },
    ...{ startedAt: now, leasedUntil: now + leaseMs, upload: null },
  };
  // A run that was killed has not recorded why.
  const failure = sql`iif(${row('leasedUntil')} > 0, json_object('at', ${row('startedAt')}, 'error',
    'The run did not end: it was cut off, or it took too long.'), json(${row('failure')}))`;
  const [claimed] = await database(db)
    .insert(settings)
    .values({ name: SCHEDULED_BACKUP, value, updatedAt: now })
    .onConflictDoUpdate({
      target: settings.name,
      set: {
        value: sql`json_set(${settings.value}, '$.failure', ${failure}, '$.startedAt', ${now}, '$.leasedUntil', ${now + leaseMs})`,
        updatedAt: now,
      },
      // A time in the future is wrong: the clock was.
      setWhere: sql`(${row('leasedUntil')} <= ${now} or ${row('leasedUntil')} > ${now + leaseMs})
        and (${row('newest.at')} is null or abs(${now} - ${row('newest.at')}) >= ${everyMs})`,
    })
    .returning({ value: settings.value });
  return claimed === undefined ? null : { startedAt: now, abandoned: (claimed.value as Stored).upload };
}

/** So that a later run can discard it, if this one is killed. */
export const recordUpload = (db: D1Database, { startedAt }: BackupClaim, upload: Upload): Promise<void> =>
  change(db, sql`'$.upload', json(${JSON.stringify(upload)})`, sql`${row('startedAt')} = ${startedAt}`);

/** An older backup that was completed later does not replace a newer one. */
export const recordBackup = (db: D1Database, stored: StoredBackup): Promise<void> =>
  change(
    db,
    sql`'$.newest', json(${JSON.stringify(stored)}), '$.failure', null, '$.leasedUntil', 0, '$.upload', null`,
    sql`coalesce(${row('newest.at')}, 0) < ${stored.at}`,
  );

export const recordFailure = (
  db: D1Database,
  { startedAt }: BackupClaim,
  at: number,
  error: string,
): Promise<void> =>
  change(
    db,
    sql`'$.failure', json(${JSON.stringify({ at, error })}), '$.leasedUntil', 0, '$.upload', null`,
    sql`${row('startedAt')} = ${startedAt}`,
  );

async function change(db: D1Database, fields: SQL, where: SQL): Promise<void> {
  await database(db)
    .update(settings)
    .set({ value: sql`json_set(${settings.value}, ${fields})` })
    .where(sql`${isOfBackups} and ${where}`);
}

/** Begins to expect backups, or forgets what it knows of them. */
export async function expectBackups(db: D1Database, isExpected: boolean, now: number): Promise<void> {
  const orm = database(db);
  if (!isExpected) await orm.delete(settings).where(isOfBackups);
  else {
    const value: Stored = {
      ...{ expectedSince: now, newest: null, failure: null },
      ...{ startedAt: 0, leasedUntil: 0, upload: null },
    };
    await orm
      .insert(settings)
      .values({ name: SCHEDULED_BACKUP, value, updatedAt: now })
      .onConflictDoNothing();
  }
}

/** Null: no backup was expected yet. */
export async function findScheduledBackup(db: D1Database): Promise<ScheduledBackupFacts | null> {
  const [found] = await database(db).select({ value: settings.value }).from(settings).where(isOfBackups);
  return (found?.value as Stored | undefined) ?? null;
}

/** The row as JSON, or null: part of the statement that reads the health. */
export const SCHEDULED_BACKUP_JSON = sql`(select ${settings.value} from ${settings} where ${isOfBackups})`;

/** What {@link SCHEDULED_BACKUP_JSON} has read. */
export function scheduledBackupFacts(json: string | null): ScheduledBackupFacts | null {
  if (json === null) return null;
  const { expectedSince, newest, failure } = JSON.parse(json) as Stored;
  return { expectedSince, newest, failure };
}
