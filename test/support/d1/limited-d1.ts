// Owns a D1 that enforces the documented limits which the local one does not. Every Worker test runs on it.
// Limits: developers.cloudflare.com/d1/platform/limits.
import { ROW_BUDGETS } from '../../../src/store/row-budgets.ts';

/** Of a paid plan, for one invocation of the Worker. Cloudflare does not document whether a batch counts as one. */
export const MAX_QUERIES = 1_000;
/** Of a row, and of a string or blob in it. */
export const MAX_ROW_BYTES = 2_000_000;
const MAX_SQL_BYTES = 100_000;
const MAX_PARAMETERS = 100;
/** Of a pattern of LIKE or GLOB. */
const MAX_PATTERN_BYTES = 50;

export class LimitExceeded extends Error {}

export interface LimitedD1 {
  readonly db: D1Database;
  /** Statements of this invocation so far; those of a batch count one by one. */
  queries(): number;
}

const bytesOf = (value: unknown): number => {
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (value instanceof ArrayBuffer) return value.byteLength;
  return ArrayBuffer.isView(value) ? value.byteLength : 8;
};

function checkSql(sql: string): void {
  const bytes = bytesOf(sql);
  if (bytes > MAX_SQL_BYTES)
    throw new LimitExceeded(`a statement has ${bytes} bytes: ${sql.slice(0, 200)} …`);
}

function checkParameters(sql: string, values: readonly unknown[]): void {
  if (values.length > MAX_PARAMETERS)
    throw new LimitExceeded(`a statement has ${values.length} bound parameters: ${sql.slice(0, 200)}`);
  for (const value of values) {
    const bytes = bytesOf(value);
    if (bytes > MAX_ROW_BYTES)
      throw new LimitExceeded(`a value has ${bytes} bytes, more than a row holds: ${sql.slice(0, 200)}`);
    if (
      /\b(like|glob)\b/i.test(sql) &&
      typeof value === 'string' &&
      /[%*]/.test(value) &&
      bytes > MAX_PATTERN_BYTES
    )
      throw new LimitExceeded(`a pattern has ${bytes} bytes: ${sql.slice(0, 200)}`);
  }
}

/** One invocation's D1. Throws {@link LimitExceeded} where Cloudflare would fail. */
export function limitedD1(inner: D1Database, maxQueries = MAX_QUERIES): LimitedD1 {
  let queries = 0;
  const count = (added: number): void => {
    queries += added;
    if (queries > maxQueries) throw new LimitExceeded(`an invocation runs more than ${maxQueries} queries`);
  };
  const originals = new WeakMap<object, D1PreparedStatement>();
  const statement = (sql: string, original: D1PreparedStatement): D1PreparedStatement => {
    const run =
      (method: 'run' | 'all' | 'first' | 'raw') =>
      async (...args: never[]): Promise<unknown> => {
        count(1);
        return (original[method] as (...args: never[]) => Promise<unknown>)(...args);
      };
    const made = {
      bind(...values: unknown[]) {
        checkParameters(sql, values);
        return statement(sql, original.bind(...values));
      },
      run: run('run'),
      all: run('all'),
      first: run('first'),
      raw: run('raw'),
    } as unknown as D1PreparedStatement;
    originals.set(made, original);
    return made;
  };
  const db = {
    prepare(sql: string) {
      checkSql(sql);
      return statement(sql, inner.prepare(sql));
    },
    async batch(statements: D1PreparedStatement[]) {
      count(statements.length);
      return inner.batch(statements.map((one) => originals.get(one) ?? one));
    },
    exec: (sql: string) => inner.exec(sql),
    dump: () => inner.dump(),
    withSession: () => {
      throw new Error('sessions are not limited yet: add them here before using them');
    },
  } as unknown as D1Database;
  return { db, queries: () => queries };
}

/** The largest row of each table, in bytes of its values. Empty tables are left out. */
export async function largestRows(db: D1Database): Promise<Map<string, number>> {
  const { results: columns } = await db
    .prepare(
      `select m.name as "table", group_concat('coalesce(length(cast("' || c.name || '" as blob)), 0)', ' + ') as size
       from sqlite_master m join pragma_table_info(m.name) c
       where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like '_cf_%' and m.name not like 'd1_%'
       group by m.name`,
    )
    .all<{ table: string; size: string }>();
  const sizes = new Map<string, number>();
  for (const { table, size } of columns) {
    const bytes = await db.prepare(`select max(${size}) as bytes from "${table}"`).first<number>('bytes');
    if (bytes !== null) sizes.set(table, bytes);
  }
  return sizes;
}

/** Throws if a row would not fit Cloudflare's D1, or has more bytes than its table's budget. */
export async function checkRows(
  db: D1Database,
  budgets: Readonly<Record<string, number>> = ROW_BUDGETS,
): Promise<void> {
  for (const [table, bytes] of await largestRows(db))
    if (bytes > (budgets[table] ?? MAX_ROW_BYTES))
      throw new LimitExceeded(`a row of ${table} has ${bytes} bytes`);
}
