// Owns taking a backup over the API: the pages of the large tables first, then the cut, whose rows replace those of the pages.
// What comes out are the lines of the file. Does not write them.
import { FORMAT, FORMAT_VERSION, type Header, type Sealing, type Section, withEnd } from './file-format.ts';
import { BackupError, type Mesh, Refused } from './mesh.ts';
import type { Resealer } from './sealing.ts';

interface Start {
  readonly mesh: string;
  readonly version: string;
  readonly migration: string;
  readonly createdAt: string;
  readonly since: string;
  readonly compaction: number | null;
  readonly keys: { readonly current: string; readonly previous: string | null };
  readonly historyFrom: Readonly<Record<string, number>>;
  readonly paged: readonly string[];
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[] }[];
}

export interface TakeOptions {
  /** Null: secrets stay encrypted as the mesh stores them. */
  readonly passphrase: { readonly sealing: Sealing; readonly resealer: Resealer } | null;
  readonly progress?: (table: string, rows: number) => void;
}

/** The history is compacted once an hour, in seconds. */
const MAX_CUTS = 5;

export const takeBackup = (mesh: Mesh, options: TakeOptions): AsyncGenerator<string> =>
  withEnd(rowsOf(mesh, options));

async function* rowsOf(mesh: Mesh, { passphrase, progress }: TakeOptions): AsyncGenerator<string> {
  let start = await mesh.json<Start>('GET', '/backup');
  const { since } = start;
  yield JSON.stringify(headerOf(start, passphrase?.sealing ?? null));
  const sectionOf = (table: string): Section => ({
    table,
    columns: [...(start.tables.find(({ name }) => name === table)?.columns ?? [])],
  });
  const ends: Record<string, number> = {};
  let newestJournalRow: string | null = null;
  const pages = async function* (table: string, from: number): AsyncGenerator<string> {
    yield JSON.stringify(sectionOf(table));
    let rows = 0;
    for (let after: number | null = from; after !== null; ) {
      const page: { next: number | null; rows: string[] } = await readPage(mesh, table, after);
      for (const row of page.rows) yield row;
      rows += page.rows.length;
      progress?.(table, rows);
      if (table === 'journal') newestJournalRow = page.rows.at(-1) ?? newestJournalRow;
      if (page.next !== null) ends[table] = page.next;
      after = page.next;
    }
  };
  for (const table of start.paged) yield* pages(table, -1);
  for (let attempt = 1; ; attempt += 1) {
    try {
      yield* cut(mesh, { since, compaction: start.compaction, ends }, newestJournalRow, passphrase?.resealer);
      return;
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 409 || attempt === MAX_CUTS) throw error;
    }
    start = await mesh.json<Start>('GET', '/backup');
    for (const [table, from] of Object.entries(start.historyFrom)) yield* pages(table, from);
  }
}

const headerOf = ({ mesh, createdAt, version, migration, keys }: Start, sealing: Sealing | null): Header => ({
  ...{ format: FORMAT, formatVersion: FORMAT_VERSION, mesh, createdAt, version, migration },
  sealing: sealing ?? { type: 'mesh', key: keys.current, previousKey: keys.previous },
});

async function readPage(
  mesh: Mesh,
  table: string,
  after: number,
): Promise<{ rows: string[]; next: number | null }> {
  const rows: string[] = [];
  for await (const line of mesh.lines('GET', `/backup/tables/${table}?after=${after}`)) rows.push(line);
  const last = rows.pop() ?? '';
  if (!last.startsWith('{'))
    throw new BackupError(`A page of ${table} is cut off. Check the connection, and repeat the backup.`);
  return { rows, next: (JSON.parse(last) as { next: number | null }).next };
}

async function* cut(
  mesh: Mesh,
  position: object,
  newestJournalRow: string | null,
  resealer: Resealer | undefined,
): AsyncGenerator<string> {
  let section: Section = { table: '', columns: [] };
  let isComplete = false;
  let isSame = newestJournalRow === null;
  for await (const line of mesh.lines('POST', '/backup/cut', JSON.stringify(position))) {
    if (line.startsWith('[')) {
      if (section.table === 'journal' && line === newestJournalRow) isSame = true;
      else yield resealer ? await resealer.row(section, line) : line;
    } else if (line === '{"end":true}') isComplete = true;
    else {
      section = JSON.parse(line) as Section;
      yield line;
    }
  }
  if (!isComplete)
    throw new BackupError('The mesh cut off its response. Check its log, and repeat the backup.');
  if (!isSame) throw new BackupError('The state of the mesh was rebuilt meanwhile. Repeat the backup.');
}
