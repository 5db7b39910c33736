// Owns what can be learned of journal rows that cannot be applied: how many there are, and what never changes.
// Reads few of them: there may be a million.
import { and, desc, eq, gt, lt, type SQL, sql } from 'drizzle-orm';
import type { Change } from '../../engine/model/journal.ts';
import { checksumOf } from '../checksum.ts';
import { database } from '../database.ts';
import { journal } from '../schema.ts';
import { decodeEntry } from './codec.ts';
import { isWhole, type JournalRow, journalColumns, journalId, SHARD } from './rows.ts';

type LocationChange = Extract<Change, { type: 'location' }>;

export interface LostRows {
  /** Numbers of rows that are not given again, those of missing rows included. */
  readonly count: number;
  /** Rows that exist. */
  readonly rows: number;
  /** The same as long as the first lost row is. */
  readonly fingerprint: string;
  /** A location never changes its number, so a whole row is enough to know it. */
  readonly locations: ReadonlyMap<number, LocationChange>;
  /** The highest numbers of a monitor and of a location in the rows that were read. */
  readonly maxMonitor: number;
  readonly maxLocation: number;
}

/** A damaged id this far beyond the number of rows is not an id. */
const MAX_MISSING_ROWS = 10_000;
const MAX_CHANGES_READ = 300;
const MAX_NEWEST_READ = 20;

export async function readLostRows(db: D1Database, seq: number): Promise<LostRows> {
  const orm = database(db);
  const after = and(gt(journal.id, journalId(SHARD, seq)), lt(journal.id, journalId(SHARD + 1, 0)));
  const select = (where: SQL | undefined) => orm.select(journalColumns).from(journal).where(where);
  const [totals, first, newest, named, changed] = await orm.batch([
    orm
      .select({
        rows: sql<number>`count(*)`,
        maxLocation: sql<number>`coalesce(max(${journal.location}), 0)`,
      })
      .from(journal)
      .where(after),
    select(after).orderBy(journal.id).limit(1),
    select(after).orderBy(desc(journal.id)).limit(MAX_NEWEST_READ),
    select(and(after, eq(journal.kind, 'change'), sql`${journal.detail} like '%"type":"location%'`))
      .orderBy(desc(journal.id))
      .limit(MAX_CHANGES_READ),
    select(and(after, eq(journal.kind, 'change'), sql`${journal.detail} like '%"type":"monitor%'`))
      .orderBy(desc(journal.id))
      .limit(MAX_CHANGES_READ),
  ]);
  const rows = totals[0]?.rows ?? 0;
  // Oldest first: the newest row decides whether a location is enabled.
  const locations = new Map<number, LocationChange>();
  for (const change of named.toReversed().flatMap(changesOf)) {
    if (change.type === 'location') locations.set(change.number, change);
    if (change.type === 'location.rebuilt')
      locations.set(change.location.number, { ...change.location, type: 'location' });
  }
  const numbers = changed.flatMap(changesOf).map(monitorNumber);
  const locationNumbers = [totals[0]?.maxLocation ?? 0, ...locations.keys()];
  return {
    rows,
    count: newestNumber(seq, rows, newest) - seq,
    fingerprint: first[0] ? fingerprintOf(seq, first[0]) : `${seq}`,
    locations,
    maxMonitor: Math.max(0, ...numbers),
    maxLocation: Math.max(...locationNumbers.filter((number) => number <= MAX_MISSING_ROWS)),
  };
}

const fingerprintOf = (seq: number, { id, at, detail, checksum }: JournalRow): string =>
  checksumOf([seq, id, at, detail, checksum]);

/** The highest number of a row, unless only damage made it so high. */
function newestNumber(seq: number, rows: number, newest: readonly JournalRow[]): number {
  const known = newest.filter(
    (row) => isWhole(row) || row.id <= journalId(SHARD, seq + rows + MAX_MISSING_ROWS),
  );
  return Math.max(seq, ...known.map(({ id }) => id - journalId(SHARD, 0)));
}

const monitorNumber = (change: Change): number => {
  if (change.type === 'monitor.rebuilt') return change.monitor.number;
  return change.type.startsWith('monitor') && 'number' in change ? change.number : 0;
};

function changesOf(row: JournalRow): readonly Change[] {
  if (!isWhole(row)) return [];
  try {
    const entry = decodeEntry({ ...row, detail: JSON.parse(row.detail ?? 'null') });
    return entry.kind === 'change' ? entry.changes : [];
  } catch {
    return [];
  }
}

export async function journalRowExists(db: D1Database, seq: number): Promise<boolean> {
  const rows = await database(db)
    .select({ id: journal.id })
    .from(journal)
    .where(eq(journal.id, journalId(SHARD, seq)));
  return rows.length > 0;
}
