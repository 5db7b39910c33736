// Owns writes of many rows in few statements: the rows travel as JSON in one parameter. D1 takes 1,000 statements an
// invocation, 100 parameters a statement and 2,000,000 bytes a parameter. Does not know any table.
import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { database } from './database.ts';

/** Far below 2,000,000 bytes: a character takes up to three. A single row may be longer. */
const MAX_PARAMETER_CHARACTERS = 400_000;

/** JSON arrays that are small enough for one parameter each. */
export function inParts(rows: readonly object[]): string[] {
  const parts: string[][] = [];
  let size = MAX_PARAMETER_CHARACTERS;
  for (const row of rows) {
    const json = JSON.stringify(row);
    if (size + json.length > MAX_PARAMETER_CHARACTERS) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)!.push(json);
    size += json.length + 1;
  }
  return parts.map((part) => `[${part.join(',')}]`);
}

/** The field of a row of `json_each(…) n`. */
export const field = <T>(name: string): SQL<T> => sql<T>`n.value ->> ${sql.raw(`'${name}'`)}`;

/** An insert of one row for each row of `from`. */
export function insertFrom<T extends SQLiteTable>(
  db: D1Database,
  table: T,
  values: Record<keyof T['$inferInsert'], SQL>,
  from: SQL,
) {
  const columns = Object.keys(getTableColumns(table)) as (keyof T['$inferInsert'])[];
  const row = sql.join(
    columns.map((column) => values[column]),
    sql`, `,
  );
  return database(db).insert(table).select(sql`select ${row} ${from}`);
}

/** The columns of a table, each from the field of its name. */
export const fieldsOf = <T extends SQLiteTable>(table: T): Record<keyof T['$inferInsert'], SQL> =>
  Object.fromEntries(Object.keys(getTableColumns(table)).map((name) => [name, field(name)])) as Record<
    keyof T['$inferInsert'],
    SQL
  >;
