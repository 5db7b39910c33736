// Owns the activity table: since when a monitor is active. Written with the change that starts or ends that.
import { eq, lt } from 'drizzle-orm';
import {
  type Activity,
  nextActivity,
  type ShortestIntervals,
  shortestIntervals,
} from '../engine/model/activity.ts';
import type { State } from '../engine/model/state.ts';
import { database, type Statement } from './database.ts';
import { activity } from './schema.ts';

/** All monitors run in one shard. */
const SHARD = 0;

const isSame = (a: ShortestIntervals, b: ShortestIntervals): boolean =>
  a.anyMs === b.anyMs && a.probedMs === b.probedMs;

/** Null before the first monitor is active. */
export async function findActivity(db: D1Database): Promise<Activity | null> {
  const rows = await database(db).select().from(activity).where(eq(activity.shard, SHARD));
  return rows[0] ?? null;
}

/** Statements for the batch of the change from `before` to `after`. Reads D1 only if the change may matter. */
export async function activityStatements(db: D1Database, before: State, after: State): Promise<Statement[]> {
  if (isSame(shortestIntervals(before), shortestIntervals(after))) return [];
  // A journal that begins has no past: a row that is left over is not of this mesh.
  const known = before.seq === 0 ? null : await findActivity(db);
  const next = nextActivity(known, before, after);
  if (next === null) return [];
  const { activeSince, measuringSince, idleSince, idleAgeMs } = next;
  const row = { activeSince, measuringSince, idleSince, idleAgeMs };
  return [
    database(db)
      .insert(activity)
      .values({ shard: SHARD, ...row })
      .onConflictDoUpdate({ target: activity.shard, set: row }),
  ];
}

/** After a rebuild that lost rows, it is not known when a location measured last: the age counts from the rebuild. */
export const restartMeasuring = (db: D1Database, at: number): Statement =>
  database(db).update(activity).set({ measuringSince: at }).where(lt(activity.measuringSince, at));
