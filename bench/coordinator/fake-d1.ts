// D1 over node:sqlite, in this process: its API, its results and its transactions, and an account of its own time.
// What the platform's D1 client does inside the Worker (JSON both ways, rows into objects) is done here too, and is not
// on that account: it is the coordinator's. Not for storing anything.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { D1PreparedStatement, D1Result } from '@cloudflare/workers-types';
import { OwnTime } from './overhead-timer.ts';

/** As D1 takes it over the wire: blobs are arrays of bytes. */
type Param = string | number | null | readonly number[];

interface Query {
  readonly sql: string;
  readonly params: readonly Param[];
}

/** Rows and columns, as D1 answers over the wire. */
interface Reply {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly changes: number;
  readonly lastRowId: number;
}

export interface D1StandIn {
  readonly db: D1Database;
  /** For looking in, around the stand-in. */
  readonly sqlite: DatabaseSync;
}

/** `path` as node:sqlite takes it. */
export function openStandIn(path: string, ownTime = new OwnTime()): D1StandIn {
  const sqlite = new DatabaseSync(path);
  sqlite.exec('pragma journal_mode = memory; pragma synchronous = off');
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql);
    if (known) return known;
    const made = sqlite.prepare(sql);
    made.setReturnArrays(true);
    prepared.set(sql, made);
    return made;
  };
  const send = async (queries: readonly Query[]): Promise<Reply[]> => {
    const request = JSON.stringify(queries);
    const answer = ownTime.spend(() => answerAll(sqlite, prepare, request));
    await Promise.resolve();
    return JSON.parse(answer) as Reply[];
  };
  const queries = new WeakMap<object, Query>();
  const statement = (sql: string, params: readonly Param[]): D1PreparedStatement => {
    const query: Query = { sql, params };
    const reply = async (): Promise<Reply> => (await send([query]))[0]!;
    const made = {
      bind: (...values: unknown[]) => statement(sql, values.map(toParam)),
      run: async () => toResult(await reply()),
      all: async () => toResult(await reply()),
      first: async (column?: string) => {
        const row = toResult(await reply()).results[0];
        return row === undefined ? null : column === undefined ? row : row[column];
      },
      raw: async (options?: { columnNames?: boolean }) => {
        const { columns, rows } = await reply();
        return options?.columnNames ? [columns, ...rows] : rows;
      },
    } as unknown as D1PreparedStatement;
    queries.set(made, query);
    return made;
  };
  const db = {
    prepare: (sql: string) => statement(sql, []),
    batch: async (statements: D1PreparedStatement[]) =>
      (await send(statements.map((one) => queries.get(one)!))).map(toResult),
  } as unknown as D1Database;
  return { db, sqlite };
}

/** Several queries are one transaction; the first that fails takes all of them back. */
function answerAll(sqlite: DatabaseSync, prepare: (sql: string) => StatementSync, request: string): string {
  const queries = JSON.parse(request) as Query[];
  sqlite.exec('begin');
  try {
    const replies = queries.map(({ sql, params }) => answer(sqlite, prepare(sql), params));
    sqlite.exec('commit');
    return JSON.stringify(replies);
  } catch (error) {
    sqlite.exec('rollback');
    throw new Error(`D1_ERROR: ${(error as Error).message}`, { cause: error });
  }
}

function answer(sqlite: DatabaseSync, prepared: StatementSync, params: readonly Param[]): Reply {
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

function changesOf(sqlite: DatabaseSync, changes: number): Pick<Reply, 'changes' | 'lastRowId'> {
  const row = sqlite.prepare('select last_insert_rowid() id').get() as { id: number };
  return { changes, lastRowId: row.id };
}

/** Throws as D1 does for what it cannot bind. */
function toParam(value: unknown): Param {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) {
    return Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  throw new Error(`D1_TYPE_ERROR: Type '${typeof value}' not supported for value '${String(value)}'`);
}

function toResult({ columns, rows, changes, lastRowId }: Reply): D1Result<Record<string, unknown>> {
  const results = rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])));
  const meta = { changes, last_row_id: lastRowId, changed_db: changes > 0, duration: 0 };
  return { success: true, results, meta } as unknown as D1Result<Record<string, unknown>>;
}
