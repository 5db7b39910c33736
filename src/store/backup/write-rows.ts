// Owns writing the rows of a backup into a mesh, emptying a mesh for it, and whether a mesh is empty. Repeating any of it
// changes nothing more. Does not decide when.
import { Buffer } from 'node:buffer';
import { BACKUP_TABLES, type BackupTable, CUT_TABLES } from './tables.ts';

/** As JSON has it: bytes are hexadecimal. */
export type RowValues = readonly (string | number | null)[];

/** A parameter of D1 has at most 2,000,000 bytes, and a character at most three. */
const PARAMETER_CHARACTERS = 500_000;

/** Rows that have these keys already are replaced. `columns` may be fewer than the table has: the others take their default. */
export async function writeRows(
  db: D1Database,
  table: BackupTable,
  columns: readonly string[],
  rows: readonly RowValues[],
): Promise<void> {
  const keep = columns
    .map((name, index) => ({ name, index }))
    // Rows of the mesh that stay may have the same ones.
    .filter(({ name }) => !(!table.keepsRowids && name === 'rowid'));
  const isBlob = (name: string): boolean => table.columns.find((one) => one.name === name)!.isBlob;
  const names = keep.map(({ name }) => (name === 'rowid' ? 'rowid' : `"${name}"`)).join(', ');
  const into = `insert or replace into "${table.name}" (${names})`;
  const fields = keep
    .map(({ name, index }) => {
      const value = `json_extract(n.value, '$[${index}]')`;
      return isBlob(name) ? `unhex(${value})` : value;
    })
    .join(', ');
  const statements: D1PreparedStatement[] = [];
  let part: string[] = [];
  let size = 0;
  const flush = (): void => {
    if (part.length === 0) return;
    statements.push(db.prepare(`${into} select ${fields} from json_each(?1) n`).bind(`[${part.join(',')}]`));
    part = [];
    size = 0;
  };
  for (const row of rows) {
    const text = JSON.stringify(row);
    if (text.length > PARAMETER_CHARACTERS) {
      flush();
      const marks = keep.map((_, index) => `?${index + 1}`).join(', ');
      const values = keep.map(({ name, index }) => bound(row[index] ?? null, isBlob(name)));
      statements.push(db.prepare(`${into} values (${marks})`).bind(...values));
      continue;
    }
    if (size + text.length > PARAMETER_CHARACTERS) flush();
    part.push(text);
    size += text.length + 1;
  }
  flush();
  if (statements.length > 0) await db.batch(statements);
}

const bound = (value: string | number | null, isBlob: boolean): unknown =>
  isBlob && typeof value === 'string' ? Uint8Array.from(Buffer.from(value, 'hex')) : value;

/** Rows of a table that one statement deletes. */
const DELETED_AT_ONCE = 2_000;

/** What a restore replaces. People and keys stay, so that the restore can go on. */
const CLEARED = [...BACKUP_TABLES.filter(({ isAdded }) => !isAdded), { name: 'pruning', where: 'true' }];

/** Deletes some rows of every table. Returns whether nothing is left. */
export async function clearSome(db: D1Database): Promise<boolean> {
  const results = await db.batch(
    CLEARED.map(({ name, where }) =>
      db.prepare(
        `delete from "${name}" where rowid in (select rowid from "${name}" where ${where} limit ${DELETED_AT_ONCE})`,
      ),
    ),
  );
  return results.every(({ meta }) => meta.changes < DELETED_AT_ONCE);
}

/** Tables that a mesh without monitors fills too: its ticks, its people. */
const BY_ITSELF: ReadonlySet<string> = new Set([
  ...['journal', 'shards', 'snapshots', 'activity', 'health', 'compaction', 'settings', 'status_changes'],
  ...['audit_entries', 'audit_chain', 'maintenance_spans', 'notifications', 'monitor_histories'],
  ...['incidents', 'alerts', 'mailings', 'damaged_journal', 'damaged_snapshots', 'series', 'days'],
]);

/** Names of tables in which people have written something that a restore would delete. */
export async function filledTables(db: D1Database): Promise<string[]> {
  const asked = BACKUP_TABLES.filter(({ name, isAdded }) => !isAdded && !BY_ITSELF.has(name));
  const results = await db.batch<{ found: number }>(
    asked.map(({ name }) => db.prepare(`select exists (select 1 from "${name}") as found`)),
  );
  return asked.filter((_, index) => results[index]!.results[0]?.found === 1).map(({ name }) => name);
}

/** Number of rows of each table that only a restore writes meanwhile. The pages may have been written twice. */
export async function countRows(db: D1Database): Promise<Record<string, number>> {
  const counted = CUT_TABLES.filter(({ isAdded }) => !isAdded);
  const results = await db.batch<{ n: number }>(
    counted.map(({ name, where }) => db.prepare(`select count(*) as n from "${name}" where ${where}`)),
  );
  return Object.fromEntries(counted.map(({ name }, index) => [name, results[index]!.results[0]!.n]));
}
