// Owns a D1 over node:sqlite in this process: API, results and transactions. It measures its own CPU time as overhead.
// The work of the platform's D1 client (JSON both ways, rows to objects) is done here too, but counts as the
// coordinator's. Does not keep data.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { D1PreparedStatement, D1Result } from '@cloudflare/workers-types';
import { OverheadTimer } from './overhead-timer.ts';

/** As D1 takes it over the network: blobs are arrays of bytes. */
type Param = string | number | null | readonly number[];

interface Query {
  readonly sql: string;
  readonly params: readonly Param[];
}

/** Rows and columns, as D1 returns them over the network. */
interface QueryResponse {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly changes: number;
  readonly lastRowId: number;
}

export interface FakeD1 {
  readonly db: D1Database;
  /** For direct access without the fake. */
  readonly sqlite: DatabaseSync;
}

/** `path` as node:sqlite takes it. `onQueries` gets the number of statements that are sent together. */
export function openFakeD1(
  path: string,
  overhead = new OverheadTimer(),
  onQueries: (count: number) => void = () => {},
): FakeD1 {
  const sqlite = new DatabaseSync(path);
  sqlite.exec('pragma journal_mode = memory; pragma synchronous = off');
  // The time of a process may be virtual, and D1's is the same.
  sqlite.function('unixepoch', { varargs: true }, () => Date.now() / 1_000);
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql);
    if (known) return known;
    const made = sqlite.prepare(sql);
    made.setReturnArrays(true);
    prepared.set(sql, made);
    return made;
  };
  const send = async (queries: readonly Query[]): Promise<QueryResponse[]> => {
    onQueries(queries.length);
    const request = JSON.stringify(queries);
    const response = overhead.measure(() => executeAll(sqlite, prepare, request));
    await Promise.resolve();
    return JSON.parse(response) as QueryResponse[];
  };
  const queries = new WeakMap<object, Query>();
  const statement = (sql: string, params: readonly Param[]): D1PreparedStatement => {
    const query: Query = { sql, params };
    const execute = async (): Promise<QueryResponse> => (await send([query]))[0]!;
    const made = {
      bind: (...values: unknown[]) => statement(sql, values.map(toParam)),
      run: async () => toResult(await execute()),
      all: async () => toResult(await execute()),
      first: async (column?: string) => {
        const row = toResult(await execute()).results[0];
        return row === undefined ? null : column === undefined ? row : row[column];
      },
      raw: async (options?: { columnNames?: boolean }) => {
        const { columns, rows } = await execute();
        return options?.columnNames ? [columns, ...rows] : rows;
      },
    } as unknown as D1PreparedStatement;
    queries.set(made, query);
    return made;
  };
  const db = {
    prepare: (sql: string) => statement(sql, []),
    batch: async (statements: D1PreparedStatement[]) =>
      (await send(statements.map((prepared) => queries.get(prepared)!))).map(toResult),
  } as unknown as D1Database;
  return { db, sqlite };
}

/** All queries are one transaction. The first failure rolls it back. */
function executeAll(sqlite: DatabaseSync, prepare: (sql: string) => StatementSync, request: string): string {
  const queries = JSON.parse(request) as Query[];
  sqlite.exec('begin');
  try {
    const responses = queries.map(({ sql, params }) => executeOne(sqlite, prepare(sql), params));
    sqlite.exec('commit');
    return JSON.stringify(responses);
  } catch (error) {
    sqlite.exec('rollback');
    throw new Error(`D1_ERROR: ${(error as Error).message}`, { cause: error });
  }
}

function executeOne(sqlite: DatabaseSync, prepared: StatementSync, params: readonly Param[]): QueryResponse {
  const values = params.map((param) => (Array.isArray(param) ? Uint8Array.from(param) : param)) as string[];
  const columns = prepared.columns().map(({ name }) => name);
  if (columns.length > 0) {
    const rows = prepared.all(...values) as unknown as unknown[][];
    return { columns, rows: rows.map((row) => row.map(fromValue)), ...changesOf(sqlite, 0) };
  }
  const { changes } = prepared.run(...values);
  return { columns, rows: [], ...changesOf(sqlite, Number(changes)) };
}

const fromValue = (value: unknown): unknown => (value instanceof Uint8Array ? Array.from(value) : value);

function changesOf(sqlite: DatabaseSync, changes: number): Pick<QueryResponse, 'changes' | 'lastRowId'> {
  const row = sqlite.prepare('select last_insert_rowid() id').get() as { id: number };
  return { changes, lastRowId: row.id };
}

/** Throws as D1 does for a value that it cannot bind. */
function toParam(value: unknown): Param {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) {
    return Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  throw new Error(`D1_TYPE_ERROR: Type '${typeof value}' not supported for value '${String(value)}'`);
}

function toResult({ columns, rows, changes, lastRowId }: QueryResponse): D1Result<Record<string, unknown>> {
  const results = rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])));
  const meta = { changes, last_row_id: lastRowId, changed_db: changes > 0, duration: 0 };
  return { success: true, results, meta } as unknown as D1Result<Record<string, unknown>>;
}
