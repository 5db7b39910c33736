// Owns the table of failed sign-ins: counting one before it is verified, taking it back, and forgetting old ones.
// Does not decide what a key stands for, or how many are too many.
import { eq, lt, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { signInFailures } from './schema.ts';

export interface FailureCount {
  readonly failures: number;
  /** When the period began. */
  readonly since: number;
}

/**
 * Counts one, in one statement: requests that arrive together cannot pass it. An old period begins again. Above `max` nothing
 * is written, however many requests a stranger sends: then the answer is null.
 */
export async function countFailure(
  db: D1Database,
  key: string,
  { periodMs, max }: { readonly periodMs: number; readonly max: number },
  now: number,
): Promise<FailureCount | null> {
  const isOver = sql`${signInFailures.since} <= ${now - periodMs}`;
  const rows = await database(db)
    .insert(signInFailures)
    .values({ key, failures: 1, since: now })
    .onConflictDoUpdate({
      target: signInFailures.key,
      set: {
        failures: sql`case when ${isOver} then 1 else ${signInFailures.failures} + 1 end`,
        since: sql`case when ${isOver} then ${now} else ${signInFailures.since} end`,
      },
      setWhere: sql`${isOver} or ${signInFailures.failures} <= ${max}`,
    })
    .returning({ failures: signInFailures.failures, since: signInFailures.since });
  return rows[0] ?? null;
}

/** Takes one back: it was not a failure. */
export async function uncountFailure(db: D1Database, key: string): Promise<void> {
  await database(db)
    .update(signInFailures)
    .set({ failures: sql`max(0, ${signInFailures.failures} - 1)` })
    .where(eq(signInFailures.key, key));
}

export const deleteFailures = (db: D1Database, key: string): Statement =>
  database(db).delete(signInFailures).where(eq(signInFailures.key, key));

/** Periods that began before `before`. */
export const deleteOldFailures = (db: D1Database, before: number): Statement =>
  database(db).delete(signInFailures).where(lt(signInFailures.since, before));
