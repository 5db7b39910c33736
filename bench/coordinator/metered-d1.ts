// Owns a D1 wrapper that adds up the rows_written that D1 reports. Does not change results.
import type { D1PreparedStatement, D1Result } from '@cloudflare/workers-types';

interface Metered {
  readonly db: D1Database;
  /** Sum of `meta.rows_written` so far: rows and their index entries. */
  rowsWritten(): number;
}

/** Statements reach `inner` only when they run, so that the meta of the result can be read. */
export function meter(inner: D1Database): Metered {
  let rowsWritten = 0;
  const counted = <T extends D1Result>(result: T): T => {
    const { rows_written: written } = result.meta as { rows_written?: number };
    if (typeof written !== 'number')
      throw new Error('D1 returned no rows_written, so nothing can be measured');
    rowsWritten += written;
    return result;
  };
  const originals = new WeakMap<object, () => D1PreparedStatement>();
  const statement = (sql: string, params: readonly unknown[]): D1PreparedStatement => {
    const original = (): D1PreparedStatement => {
      const prepared = inner.prepare(sql);
      return params.length > 0 ? prepared.bind(...params) : prepared;
    };
    const unmetered = (): D1PreparedStatement => {
      // first() and raw() return rows without meta, so only statements that cannot write may use them.
      if (!/^\s*select\b/i.test(sql)) throw new Error(`this statement would write unmetered: ${sql}`);
      return original();
    };
    const made = {
      bind: (...values: unknown[]) => statement(sql, values),
      run: async () => counted(await original().run()),
      all: async () => counted(await original().all()),
      first: (...args: []) => unmetered().first(...args),
      raw: (...args: []) => unmetered().raw(...args),
    } as unknown as D1PreparedStatement;
    originals.set(made, original);
    return made;
  };
  const db = {
    prepare: (sql: string) => statement(sql, []),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await inner.batch(statements.map((prepared) => originals.get(prepared)!()));
      for (const result of results) counted(result);
      return results;
    },
  } as unknown as D1Database;
  return { db, rowsWritten: () => rowsWritten };
}
