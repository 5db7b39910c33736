// Owns reading the rows of a backup: pages of the large tables, and the cut, one transaction over everything that a page
// cannot hold still. SQLite writes the JSON of a row, so that a page costs the Worker little. Does not know files.
// Statements are D1's own: the names in them are those of the schema.
import { VERSION } from '../../version.ts';
import { DAY_SPAN, dayOf } from '../history/ids.ts';
import { type BackupTable, CUT_TABLES, PAGED_TABLES } from './tables.ts';

/** The JSON array of a row. Bytes are hexadecimal. */
type RowText = string;

/** Where the tables were when a backup began. */
export interface BackupPosition {
  /** Rows that changed since then are read again by the cut. ms since the epoch. */
  readonly since: number;
  /** `compaction.seq`: rows of the history are as a page read them only while this stays. Null: none ran yet. */
  readonly compaction: number | null;
  /** If it did not stay, rows of the history from these on are read again. */
  readonly history: { readonly series: number; readonly days: number };
  /** Name of the newest migration. Empty if it is not known. */
  readonly migration: string;
  readonly version: string;
}

/** Clocks differ by less. */
const MARGIN_MS = 120_000;
/** A condition that is detected late changes days of before. */
const DAYS_BACK = 8;

export async function readPosition(db: D1Database, now: number): Promise<BackupPosition> {
  const row = await db
    .prepare('select seq, at from compaction order by shard limit 1')
    .first<{ seq: number; at: number }>();
  const day = dayOf(Math.min(row?.at ?? now, now));
  return {
    since: now - MARGIN_MS,
    compaction: row?.seq ?? null,
    history: { series: (day - 1) * DAY_SPAN - 1, days: (day - DAYS_BACK) * DAY_SPAN - 1 },
    migration: await newestMigration(db),
    version: VERSION,
  };
}

/** wrangler records what it has applied. */
export async function newestMigration(db: D1Database): Promise<string> {
  try {
    const name = await db.prepare('select name from d1_migrations order by id desc limit 1').first('name');
    return typeof name === 'string' ? name.replace(/\.sql$/, '') : '';
  } catch {
    return '';
  }
}

/** A page ends with the first row beyond it. Hexadecimal bytes count twice. */
const PAGE_BYTES = 1_500_000;
const PAGE_ROWS = 2_000;
/** The JSON of a larger row may exceed what a value of SQLite in D1 holds, 2,000,000 bytes. */
const LARGE_BYTES = 900_000;

/** No other name of a query is that of a column. */
const quote = (name: string): string => (name === 'rowid' ? 'rowid' : `"${name}"`);

const jsonOf = ({ columns }: BackupTable): string =>
  `json_array(${columns
    .map(({ name, isBlob }) =>
      isBlob ? `iif(${quote(name)} is null, null, hex(${quote(name)}))` : quote(name),
    )
    .join(', ')})`;

const bytesOf = ({ columns }: BackupTable): string =>
  columns
    .filter(({ name }) => name !== 'rowid')
    .map(({ name, isBlob }) => `${isBlob ? 2 : 1} * coalesce(octet_length(${quote(name)}), 0)`)
    .join(' + ');

interface BackupPage {
  readonly rows: readonly RowText[];
  /** The rowid that the next page begins after. Null on the last page: the cut has what is written later. */
  readonly next: number | null;
}

/** Rows after this rowid, in order. */
export async function readPage(db: D1Database, table: BackupTable, after: number): Promise<BackupPage> {
  const name = quote(table.name);
  const { results } = await db
    .prepare(
      `with sized as (select rowid as row_key, ${bytesOf(table)} as row_bytes from ${name} where rowid > ?1 order by rowid limit ${PAGE_ROWS}),
      page as (select row_key, row_bytes, sum(row_bytes) over (order by row_key) - row_bytes as bytes_before from sized)
      select page.row_key as k, page.row_bytes as bytes, iif(page.row_bytes > ${LARGE_BYTES}, null, ${jsonOf(table)}) as text
      from page join ${name} on ${name}.rowid = page.row_key where page.bytes_before < ${PAGE_BYTES} order by page.row_key`,
    )
    .bind(after)
    .all<{ k: number; bytes: number; text: string | null }>();
  const rows: RowText[] = [];
  for (const { k, text } of results) rows.push(text ?? (await readLargeRow(db, table, k)));
  // A page that is not full is the last one. Were it an empty page, a mesh that writes all the time would have no last page.
  const isFull =
    results.length === PAGE_ROWS || results.reduce((sum, { bytes }) => sum + bytes, 0) >= PAGE_BYTES;
  return { rows, next: isFull ? results.at(-1)!.k : null };
}

const selectLarge = (db: D1Database, table: BackupTable, where: string): D1PreparedStatement =>
  db.prepare(
    `select ${table.columns.map(({ name }) => quote(name)).join(', ')} from ${quote(table.name)} where ${where}`,
  );

async function readLargeRow(db: D1Database, table: BackupTable, rowid: number): Promise<RowText> {
  const [row] = await selectLarge(db, table, `rowid = ${rowid}`).raw<unknown[]>();
  return textOf(table, row!);
}

/** D1 returns bytes as lists of numbers. */
const textOf = ({ columns }: BackupTable, values: readonly unknown[]): RowText =>
  JSON.stringify(
    values.map((value, index) =>
      columns[index]!.isBlob && value !== null ? hexOf(Uint8Array.from(value as number[])) : value,
    ),
  );

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();

/** The newest rowid that the pages have of each large table, by name. */
export type PageEnds = Readonly<Record<string, number>>;

/** Compounds of D1 have at most five queries. */
const AT_ONCE = 5;
/** Tables of the cut whose rows can be large. */
const CAN_BE_LARGE: ReadonlySet<string> = new Set([
  ...['monitors', 'compaction', 'journal', 'status_changes', 'audit_entries', 'mailings', 'pings'],
  ...['damaged_journal'],
]);

export interface Cut {
  readonly table: BackupTable;
  readonly rows: readonly RowText[];
}

/**
 * Everything that the pages do not have as it is now, in one transaction. The journal begins with the last row of the pages:
 * if that row is another one now, the state was rebuilt meanwhile. Null: the history was compacted meanwhile.
 */
export async function readCut(
  db: D1Database,
  { since, compaction }: Pick<BackupPosition, 'since' | 'compaction'>,
  ends: PageEnds,
): Promise<readonly Cut[] | null> {
  const parts = [
    ...PAGED_TABLES.map((table) => ({ table, where: changedWhere(table, since, ends[table.name] ?? 0) })),
    ...CUT_TABLES.map((table) => ({ table, where: table.where })),
  ];
  const small: D1PreparedStatement[] = [];
  for (let first = 0; first < parts.length; first += AT_ONCE) {
    const selects = parts
      .slice(first, first + AT_ONCE)
      .map(
        ({ table, where }, index) =>
          `select ${first + index} as t, rowid as k, ${jsonOf(table)} as text from ${quote(table.name)} where (${where}) and ${bytesOf(table)} <= ${LARGE_BYTES}`,
      );
    small.push(db.prepare(selects.join(' union all ')));
  }
  const canBeLarge = parts.filter(({ table }) => CAN_BE_LARGE.has(table.name));
  const large = canBeLarge.map(({ table, where }) =>
    selectLarge(db, table, `(${where}) and ${bytesOf(table)} > ${LARGE_BYTES}`),
  );
  const [newest, ...results] = await db.batch<Record<string, unknown>>([
    db.prepare('select seq from compaction order by shard limit 1'),
    ...small,
    ...large,
  ]);
  if (((newest!.results[0]?.seq as number | undefined) ?? null) !== compaction) return null;
  const rows = parts.map(() => [] as { k: number; text: RowText }[]);
  for (const { results: found } of results.slice(0, small.length))
    for (const { t, k, text } of found as unknown as { t: number; k: number; text: string }[])
      rows[t]!.push({ k, text });
  for (const [index, { results: found }] of results.slice(small.length).entries()) {
    const { table } = canBeLarge[index]!;
    const at = parts.findIndex((part) => part.table === table);
    for (const row of found) {
      const values = table.columns.map(({ name }) => row[name]);
      rows[at]!.push({ k: Number(values[0]), text: textOf(table, values) });
    }
  }
  return parts.map(({ table }, index) => ({
    table,
    rows: rows[index]!.sort((a, b) => a.k - b.k).map(({ text }) => text),
  }));
}

function changedWhere(table: BackupTable, since: number, end: number): string {
  // The history stays as the pages read it while nothing is compacted.
  const newer = table.name === 'journal' ? `rowid >= ${end}` : `rowid > ${end}`;
  return `${newer} or ${table.changed!(since)}`;
}
