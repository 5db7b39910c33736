// Owns the drizzle connection to D1 and the type of a write that a commit carries. Does not know any table.
import { type Column, type SQL, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { drizzle } from 'drizzle-orm/d1';

export const database = (db: D1Database) => drizzle(db);

/** D1 takes at most 100 bound parameters a statement, so a list is bound as one. */
export const isListed = (column: Column, values: readonly (string | number)[]): SQL =>
  sql`${column} in (select value from json_each(${JSON.stringify(values)}))`;

/** One write of a commit's batch. Only the store makes and runs it. */
export type Statement = BatchItem<'sqlite'>;

/** Runs the statements in one transaction: all of them, or none. */
export const runBatch = async (db: D1Database, statements: readonly Statement[]): Promise<void> => {
  await database(db).batch(statements as [Statement, ...Statement[]]);
};

/** Whether the error, or a cause of it, is SQLite's for a value of `column` (`table.column`) that a row has already. */
export function isUniqueConflict(error: unknown, column: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.message.includes(`UNIQUE constraint failed: ${column}`)) return true;
  return false;
}
