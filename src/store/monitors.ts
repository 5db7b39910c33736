// What people ask of monitors and of the mesh as a whole. Reads only.
import { asc, desc, eq } from 'drizzle-orm';
import { journal, monitors, shards } from './schema.ts';
import { database } from './shard.ts';

export type MonitorRow = typeof monitors.$inferSelect;

/** Every monitor, by name. */
export const listMonitors = (db: D1Database): Promise<MonitorRow[]> =>
  database(db).select().from(monitors).orderBy(asc(monitors.name), asc(monitors.number));

export async function findMonitor(db: D1Database, id: string): Promise<MonitorRow | null> {
  const rows = await database(db).select().from(monitors).where(eq(monitors.id, id));
  return rows[0] ?? null;
}

/** When anything was last committed by a tick or the API, ms since the epoch; null on a database that never ran. */
export async function lastCommitAt(db: D1Database): Promise<number | null> {
  const orm = database(db);
  const [ticks, entries] = await orm.batch([
    orm.select({ at: shards.tickAt }).from(shards).orderBy(desc(shards.tickAt)).limit(1),
    orm.select({ at: journal.at }).from(journal).orderBy(desc(journal.id)).limit(1),
  ]);
  const newest = Math.max(ticks[0]?.at ?? 0, entries[0]?.at ?? 0);
  return newest === 0 ? null : newest;
}
