// Owns the rows of the watchdog's regions among the settings: when each reported last. Does not decide when that is too long ago.
import { and, like, lte, sql } from 'drizzle-orm';
import { database, isListed, runBatch } from './database.ts';
import { settings } from './schema.ts';

const PREFIX = 'watchdog:';
const nameOf = (region: string): string => `${PREFIX}${region}`;

/** A repeated request writes nothing. */
const WRITTEN_AGAIN_AFTER_MS = 20_000;

export interface WatchdogFacts {
  readonly region: string;
  /** The newest report. Null: none yet. Ms since the epoch. */
  readonly reportedAt: number | null;
  /** When the coordinator began to expect reports of the region. */
  readonly expectedSince: number;
  /** The version of the watchdog. Null before the first report. */
  readonly version: string | null;
}

interface StoredWatchdog {
  readonly expectedSince: number;
  readonly version: string | null;
}

/** One row, at most every 20 seconds. */
export async function recordWatchdog(
  db: D1Database,
  region: string,
  version: string,
  now: number,
): Promise<void> {
  const value = { expectedSince: now, version, reported: true };
  await database(db)
    .insert(settings)
    .values({ name: nameOf(region), value, updatedAt: now })
    .onConflictDoUpdate({
      target: settings.name,
      set: {
        value: sql`json_set(${settings.value}, '$.version', ${version}, '$.reported', json('true'))`,
        updatedAt: now,
      },
      // A row of a clock that was ahead is written too.
      setWhere: sql`abs(${now} - ${settings.updatedAt}) >= ${WRITTEN_AGAIN_AFTER_MS}
        or json_extract(${settings.value}, '$.reported') is not 1`,
    });
}

/** Begins to expect reports of these regions, and forgets all others. */
export async function expectWatchdogs(
  db: D1Database,
  regions: readonly string[],
  now: number,
): Promise<void> {
  const orm = database(db);
  const names = regions.map(nameOf);
  const value = { expectedSince: now, version: null, reported: false };
  await runBatch(db, [
    orm
      .delete(settings)
      .where(
        and(
          like(settings.name, `${PREFIX}%`),
          lte(settings.updatedAt, now),
          sql`not (${isListed(settings.name, names)})`,
        ),
      ),
    ...names.map((name) =>
      orm.insert(settings).values({ name, value, updatedAt: now }).onConflictDoNothing(),
    ),
  ]);
}

/** Of every region that has a row, as JSON: part of the statement that reads the health. */
export const WATCHDOGS = sql`(select json_group_array(json_array(${settings.name}, json(${settings.value}), ${settings.updatedAt}))
  from ${settings} where ${settings.name} >= ${PREFIX} and ${settings.name} < 'watchdog;')`;

/** What {@link WATCHDOGS} has read. */
export function watchdogFacts(json: string): WatchdogFacts[] {
  const rows = JSON.parse(json) as [string, StoredWatchdog & { readonly reported: boolean }, number][];
  return rows.map(([name, { expectedSince, version, reported }, updatedAt]) => ({
    region: name.slice(PREFIX.length),
    reportedAt: reported ? updatedAt : null,
    ...{ expectedSince, version },
  }));
}
