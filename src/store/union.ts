// Owns a read of several tables in one statement: it is consistent without a transaction, and counts as one query.
// Does not know any table.
import { type SQL, sql } from 'drizzle-orm';
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core';

const dialect = new SQLiteAsyncDialect();

/** D1 refuses a compound of more (SQLITE_LIMIT_COMPOUND_SELECT). A compound in a subquery counts by itself. */
const MAX_TERMS = 5;

/** Rows of one table. Columns that are not given are null. */
export interface Term<Column extends string> {
  readonly kind: string;
  readonly columns: Partial<Record<Column, SQL>>;
  /** From `from` on. */
  readonly rest: SQL;
}

export type UnionRow<Column extends string> = Readonly<Record<Column, unknown>> & { readonly kind: string };

/** The rows of all terms, in no order. `databaseBytes` is null if D1 does not return the size. */
export async function readUnion<Column extends string>(
  db: D1Database,
  columns: readonly Column[],
  terms: readonly Term<Column>[],
): Promise<{ readonly rows: readonly UnionRow<Column>[]; readonly databaseBytes: number | null }> {
  const selects = terms.map(({ kind, columns: given, rest }) => {
    const values = columns.map((name) => sql`${given[name] ?? sql`null`} as ${sql.identifier(name)}`);
    const kindColumn = sql`${sql.raw(`'${kind}'`)} as "kind"`;
    // In a subquery, because a part of a compound has no order and no limit of its own.
    return sql`select * from (select ${sql.join([kindColumn, ...values], sql`, `)} ${rest})`;
  });
  // Drizzle returns no metadata of a query.
  const { sql: text, params } = dialect.sqlToQuery(unionOf(selects));
  const [result] = await db.batch<UnionRow<Column>>([db.prepare(text).bind(...params)]);
  return { rows: result!.results, databaseBytes: result!.meta.size_after ?? null };
}

function unionOf(selects: readonly SQL[]): SQL {
  if (selects.length <= MAX_TERMS) return sql.join([...selects], sql` union all `);
  const parts: SQL[] = [];
  for (let from = 0; from < selects.length; from += MAX_TERMS)
    parts.push(sql`select * from (${sql.join(selects.slice(from, from + MAX_TERMS), sql` union all `)})`);
  return unionOf(parts);
}
