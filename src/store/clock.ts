// Owns the comparison of the coordinator's clock with D1's, which is the one that every coordinator shares.
// Does not decide what happens while they differ: the callers do.
import { type SQL, sql } from 'drizzle-orm';
import { CLOCK_TOLERANCE_MS } from '../engine/model/policy.ts';
import { log } from '../log.ts';
import { database } from './database.ts';

/**
 * D1's time in ms since the epoch. Null if its SQLite does not know fractions of seconds. Written as no other query is:
 * tests with a virtual clock hide it from the comparison only.
 */
export const databaseTime: SQL<number | null> = sql`cast(1000 * unixepoch('subsec') as integer)`;

/** A row that holds nothing but D1's time, for a batch. */
export const databaseTimeQuery = (db: D1Database) =>
  database(db)
    .select({ time: databaseTime.as('time') })
    .from(sql`(select 1)`);

export const readDatabaseTime = async (db: D1Database): Promise<number | null> =>
  (await databaseTimeQuery(db))[0]?.time ?? null;

/** A query of D1 takes no longer. */
const MAX_QUERY_MS = 30_000;

export interface ClockComparison {
  readonly coordinatorTime: number;
  /** Null if D1 has not returned its time: then the clocks count as equal. */
  readonly databaseTime: number | null;
  /** By how much the coordinator's clock was ahead after the query; negative if it was behind. */
  readonly differenceMs: number;
  /** More than a minute: the coordinator's clock must not be used. */
  readonly apart: boolean;
}

/** Compares D1's time with the coordinator's before and after the query that returned it. */
export function compareClocks(before: number, time: number | null, after: number): ClockComparison {
  const differenceMs = time === null ? 0 : after - time;
  // The query explains a part of it. A clock that jumped ahead meanwhile does not make the query long.
  const queryMs = Math.min(Math.max(0, after - before), MAX_QUERY_MS);
  return {
    coordinatorTime: after,
    databaseTime: time,
    differenceMs,
    apart: differenceMs - queryMs > CLOCK_TOLERANCE_MS || differenceMs < -CLOCK_TOLERANCE_MS,
  };
}

/** One line for an operator. `consequence` is what the coordinator does about it. */
export function logClocksApart(
  { coordinatorTime, databaseTime: time, differenceMs }: ClockComparison,
  consequence: string,
): void {
  log.error('clock.apart', {
    coordinatorTime: new Date(coordinatorTime).toISOString(),
    databaseTime: time === null ? null : new Date(time).toISOString(),
    differenceSeconds: Math.round(differenceMs / 1_000),
    consequence,
  });
}

/** Reads the time to work with: the coordinator's, or D1's if the two are apart. Falls back if D1 does not answer. */
export async function trustedClock(
  db: D1Database,
  now: () => number,
  consequence: string,
): Promise<() => number> {
  const before = now();
  const time = await readDatabaseTime(db).catch(() => null);
  const clocks = compareClocks(before, time, now());
  if (!clocks.apart) return now;
  logClocksApart(clocks, consequence);
  return () => now() - clocks.differenceMs;
}
