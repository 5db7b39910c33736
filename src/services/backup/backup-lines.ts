// Owns the lines of a backup and their order: pages of the large tables, then the cut, whose rows replace those of the pages,
// then the end with counts and SHA-256. docs/guide/backup.md describes them. Does not read a mesh, and does not compress.
import { createHash } from 'node:crypto';

export const FORMAT = 'probemesh-backup';
/** Raise it with a change that this reader of before cannot read. Tables and columns may come and go without. */
export const FORMAT_VERSION = 1;

/** What the secrets of a backup are encrypted with. */
export type Sealing =
  /** As the mesh stores them: by the ids of its keys. */
  | { readonly type: 'mesh'; readonly key: string; readonly previousKey: string | null }
  | {
      readonly type: 'passphrase';
      readonly key: string;
      readonly kdf: 'scrypt';
      readonly n: number;
      readonly r: number;
      readonly p: number;
      readonly salt: string;
    };

export interface Header {
  readonly format: typeof FORMAT;
  readonly formatVersion: number;
  readonly mesh: string;
  readonly createdAt: string;
  readonly version: string;
  readonly migration: string;
  readonly sealing: Sealing;
}

export interface Section {
  readonly table: string;
  readonly columns: readonly string[];
}

/** A backup cannot be made or read like this. The message says what to do. */
export class BackupError extends Error {}

/** Where the tables of a mesh are, as `GET /api/v1/backup` returns it. */
export interface BackupPlan {
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

/** What the pages have already. */
export interface CutPosition {
  readonly since: string;
  readonly compaction: number | null;
  readonly ends: Readonly<Record<string, number>>;
}

/** The mesh that is backed up: over its API, or from within. */
export interface BackupSource {
  plan(): Promise<BackupPlan>;
  page(
    table: string,
    after: number,
  ): Promise<{ readonly rows: readonly string[]; readonly next: number | null }>;
  /** Lines as `POST /api/v1/backup/cut` returns them. Null: the history was compacted meanwhile. */
  cut(position: CutPosition): Promise<AsyncIterable<string> | null>;
}

export interface LineOptions {
  /** Null: secrets stay encrypted as the mesh stores them. */
  readonly passphrase: {
    readonly sealing: Sealing;
    readonly resealer: { row(section: Section, row: string): Promise<string> };
  } | null;
  readonly progress?: (table: string, rows: number) => void;
}

/** The history is compacted once an hour, in seconds. */
const MAX_CUTS = 5;

/** All lines of a backup, without their line feeds. */
export const backupLines = (source: BackupSource, options: LineOptions): AsyncGenerator<string> =>
  withEnd(rowsOf(source, options));

/** Makes the lines of a backup complete: counts rows and adds the end. */
export async function* withEnd(lines: AsyncIterable<string>): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const counts: Record<string, number> = {};
  let rows = 0;
  let table = '';
  for await (const line of lines) {
    hash.update(`${line}\n`);
    if (line.startsWith('[')) {
      rows += 1;
      counts[table] = (counts[table] ?? 0) + 1;
    } else {
      table = (JSON.parse(line) as Partial<Section>).table ?? table;
    }
    yield line;
  }
  yield JSON.stringify({ end: true, rows, counts, sha256: hash.digest('hex') });
}

async function* rowsOf(source: BackupSource, { passphrase, progress }: LineOptions): AsyncGenerator<string> {
  let plan = await source.plan();
  const { since } = plan;
  yield JSON.stringify(headerOf(plan, passphrase?.sealing ?? null));
  const sectionOf = (table: string): Section => ({
    table,
    columns: [...(plan.tables.find(({ name }) => name === table)?.columns ?? [])],
  });
  const ends: Record<string, number> = {};
  let newestJournalRow: string | null = null;
  const pages = async function* (table: string, from: number): AsyncGenerator<string> {
    yield JSON.stringify(sectionOf(table));
    let rows = 0;
    for (let after: number | null = from; after !== null; ) {
      const page: Awaited<ReturnType<BackupSource['page']>> = await source.page(table, after);
      yield* page.rows;
      const newest = page.rows.at(-1);
      rows += page.rows.length;
      progress?.(table, rows);
      if (table === 'journal') newestJournalRow = newest ?? newestJournalRow;
      if (newest !== undefined) ends[table] = rowidOf(newest);
      after = page.next;
    }
  };
  for (const table of plan.paged) yield* pages(table, -1);
  for (let attempt = 1; ; attempt += 1) {
    const lines = await source.cut({ since, compaction: plan.compaction, ends });
    if (lines !== null) {
      yield* checkedCut(lines, newestJournalRow, passphrase?.resealer);
      return;
    }
    if (attempt === MAX_CUTS)
      throw new BackupError('The history was compacted again and again meanwhile. Repeat the backup.');
    plan = await source.plan();
    for (const [table, from] of Object.entries(plan.historyFrom)) yield* pages(table, from);
  }
}

/** A row of a table with pages begins with it. */
const rowidOf = (row: string): number => Number(/^\[(-?\d+)/.exec(row)?.[1]);

const headerOf = (
  { mesh, createdAt, version, migration, keys }: BackupPlan,
  sealing: Sealing | null,
): Header => ({
  ...{ format: FORMAT, formatVersion: FORMAT_VERSION, mesh, createdAt, version, migration },
  sealing: sealing ?? { type: 'mesh', key: keys.current, previousKey: keys.previous },
});

async function* checkedCut(
  lines: AsyncIterable<string>,
  newestJournalRow: string | null,
  resealer: NonNullable<LineOptions['passphrase']>['resealer'] | undefined,
): AsyncGenerator<string> {
  let section: Section = { table: '', columns: [] };
  let isComplete = false;
  let isSame = newestJournalRow === null;
  for await (const line of lines) {
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
