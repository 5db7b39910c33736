// Owns a D1 that lists the rows which D1 itself reports as read and written, for each statement. Does not change results.
import type { D1PreparedStatement, D1Result } from '@cloudflare/workers-types';

export interface Counted {
  readonly sql: string;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** Time of the statement in D1. */
  readonly ms: number;
}

export interface CountedD1 {
  readonly db: D1Database;
  /** The statements since the last call. */
  take(): Counted[];
}

export function countD1(inner: D1Database): CountedD1 {
  let list: Counted[] = [];
  const count = <T extends D1Result>(sql: string, result: T): T => {
    const { rows_read: rowsRead, rows_written: rowsWritten, duration: ms } = result.meta;
    list.push({ sql, rowsRead, rowsWritten, ms });
    return result;
  };
  const originals = new WeakMap<object, { sql: string; make: () => D1PreparedStatement }>();
  const statement = (sql: string, values: readonly unknown[]): D1PreparedStatement => {
    const make = (): D1PreparedStatement => inner.prepare(sql).bind(...values);
    const made = {
      bind: (...bound: unknown[]) => statement(sql, bound),
      run: async () => count(sql, await make().run()),
      all: async () => count(sql, await make().all()),
      // raw() has no meta, so the query runs twice.
      raw: async () => {
        if (!/^\s*(select|with)\b/i.test(sql)) throw new Error(`this statement would write twice: ${sql}`);
        count(sql, await make().all());
        return make().raw();
      },
    } as unknown as D1PreparedStatement;
    originals.set(made, { sql, make });
    return made;
  };
  const db = {
    prepare: (sql: string) => statement(sql, []),
    batch: async (statements: D1PreparedStatement[]) => {
      const own = statements.map((one) => originals.get(one)!);
      const results = await inner.batch(own.map(({ make }) => make()));
      results.forEach((result, index) => {
        count(own[index]!.sql, result);
      });
      return results;
    },
  } as unknown as D1Database;
  return {
    db,
    take: () => {
      const taken = list;
      list = [];
      return taken;
    },
  };
}
