// Owns the one row that ticks keep about the health of the mesh, and whether ticks run at all. Does not judge:
// services/health does.
import { desc, lt } from 'drizzle-orm';
import type { Activity } from '../engine/model/activity.ts';
import { findActivity } from './activity.ts';
import { database, runBatch } from './database.ts';
import { type SystemNotification, systemNotificationStatements } from './notifications.ts';
import { fitReasons } from './row-budgets.ts';
import { health, shards } from './schema.ts';

/** When the newest tick started, and since when a monitor is active. */
export async function readLiveness(
  db: D1Database,
): Promise<{ readonly tickAt: number | null; readonly activity: Activity | null }> {
  const ticks = database(db).select({ at: shards.tickAt }).from(shards).orderBy(desc(shards.tickAt)).limit(1);
  const [rows, active] = await Promise.all([ticks, findActivity(db)]);
  return { tickAt: rows[0]?.at ?? null, activity: active };
}

export type HealthRow = typeof health.$inferSelect;

/** What the ticks have found so far. */
export async function findHealth(db: D1Database): Promise<HealthRow | null> {
  const rows = await database(db).select().from(health).orderBy(desc(health.seq)).limit(1);
  return rows[0] ?? null;
}

/**
 * Replaces the row before it, and stores the notification of the change, in one transaction. False if another tick has
 * written this `seq`: then nothing is written.
 */
export async function saveHealth(
  db: D1Database,
  row: HealthRow,
  notification: SystemNotification | null,
): Promise<boolean> {
  const orm = database(db);
  try {
    await runBatch(db, [
      orm.insert(health).values({ ...row, reasons: fitReasons(row.reasons) }),
      orm.delete(health).where(lt(health.seq, row.seq)),
      ...(notification ? await systemNotificationStatements(db, notification) : []),
    ]);
    return true;
  } catch (error) {
    const stored = await findHealth(db);
    if (stored !== null && stored.seq >= row.seq) return false;
    throw error;
  }
}
