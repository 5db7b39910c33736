// Owns the monitors table: what the API, the scheduler and the pages read of it, and the writes of a commit.
import { asc, eq, inArray, sql } from 'drizzle-orm';
import { database, isListed, type Statement } from './database.ts';
import { channels, monitors } from './schema.ts';

export type MonitorRow = typeof monitors.$inferSelect;

/** All monitors, by name. */
export const listMonitors = (db: D1Database): Promise<MonitorRow[]> =>
  database(db).select().from(monitors).orderBy(asc(monitors.name), asc(monitors.number));

export async function findMonitor(db: D1Database, id: string): Promise<MonitorRow | null> {
  const rows = await database(db).select().from(monitors).where(eq(monitors.id, id));
  return rows[0] ?? null;
}

/** All monitors and the ids of all channels, read in one transaction. */
export async function listMonitorsAndChannelIds(
  db: D1Database,
): Promise<{ monitors: MonitorRow[]; channelIds: string[] }> {
  const orm = database(db);
  const [rows, ids] = await orm.batch([
    orm.select().from(monitors),
    orm.select({ id: channels.id }).from(channels),
  ]);
  return { monitors: rows, channelIds: ids.map(({ id }) => id) };
}

/** The check of every monitor, with its sealed secrets. */
export function listChecks(db: D1Database): Promise<Pick<MonitorRow, 'number' | 'check' | 'secrets'>[]> {
  const { number, check, secrets } = monitors;
  return database(db).select({ number, check, secrets }).from(monitors);
}

/** Monitor numbers by id. */
export async function monitorNumbers(db: D1Database): Promise<Map<string, number>> {
  const rows = await database(db).select({ id: monitors.id, number: monitors.number }).from(monitors);
  return new Map(rows.map(({ id, number }) => [id, number]));
}

/** D1 takes at most 100 bound parameters a statement. */
const NUMBERS_PER_QUERY = 90;

/** The monitors with these numbers, by number. A deleted monitor is missing. */
export async function findMonitors(
  db: D1Database,
  numbers: ReadonlySet<number>,
): Promise<Map<number, MonitorRow>> {
  const wanted = [...numbers];
  const rows = new Map<number, MonitorRow>();
  for (let from = 0; from < wanted.length; from += NUMBERS_PER_QUERY) {
    const part = await database(db)
      .select()
      .from(monitors)
      .where(inArray(monitors.number, wanted.slice(from, from + NUMBERS_PER_QUERY)));
    for (const row of part) rows.set(row.number, row);
  }
  return rows;
}

export const insertMonitor = (db: D1Database, row: MonitorRow): Statement =>
  database(db).insert(monitors).values(row);

/**
 * Writes every column of an existing monitor, its version included. Secrets that did not change are left alone: they may
 * have been encrypted with another key since `existing` was read.
 */
export function replaceMonitor(
  db: D1Database,
  { number, secrets, ...values }: MonitorRow,
  existing: Pick<MonitorRow, 'secrets'>,
): Statement {
  const changed = secrets === existing.secrets ? values : { ...values, secrets };
  return database(db).update(monitors).set(changed).where(eq(monitors.number, number));
}

export const removeMonitors = (db: D1Database, numbers: readonly number[]): Statement =>
  database(db).delete(monitors).where(isListed(monitors.number, numbers));

export const setDependencies = (db: D1Database, number: number, dependsOn: string[]): Statement =>
  database(db)
    .update(monitors)
    .set({ dependsOn, version: sql`${monitors.version} + 1` })
    .where(eq(monitors.number, number));
