// Owns what can be learned of journal rows that cannot be applied: how many there are, and what never changes.
import { eq } from 'drizzle-orm';
import type { Change } from '../../engine/model/journal.ts';
import { checksumOf } from '../checksum.ts';
import { database } from '../database.ts';
import { journal } from '../schema.ts';
import { decodeEntry } from './codec.ts';
import { PAGE_ROWS } from './replay.ts';
import { isWhole, type JournalRow, journalId, SHARD, selectRows } from './rows.ts';

export interface LostRows {
  /** Numbers of rows that are not given again, those of missing rows included. */
  readonly count: number;
  /** The same as long as the first lost row is. */
  readonly fingerprint: string;
  /** A location never changes its number, so a whole row is enough to know it. */
  readonly locations: ReadonlyMap<number, Extract<Change, { type: 'location' }>>;
  /** The highest numbers of a monitor and of a location in whole rows. */
  readonly maxMonitor: number;
  readonly maxLocation: number;
}

/** A damaged id this far beyond the number of rows is no id. */
const MAX_MISSING_ROWS = 10_000;

/** Reads every row after `seq`. */
export async function readLostRows(db: D1Database, seq: number): Promise<LostRows> {
  const locations = new Map<number, Extract<Change, { type: 'location' }>>();
  let first: JournalRow | undefined;
  let rows = 0;
  let maxMonitor = 0;
  let maxLocation = 0;
  let newestWhole = seq;
  const others: number[] = [];
  for (let after = journalId(SHARD, seq); ; ) {
    const page = await selectRows(db, after, PAGE_ROWS);
    for (const row of page) {
      first ??= row;
      rows += 1;
      const found = row.id - journalId(SHARD, 0);
      if (!isWhole(row)) {
        others.push(found);
        continue;
      }
      newestWhole = Math.max(newestWhole, found);
      for (const change of changesOf(row)) {
        if (change.type === 'location') locations.set(change.number, change);
        if ('number' in change && change.type !== 'location')
          maxMonitor = Math.max(maxMonitor, change.number);
      }
      maxLocation = Math.max(maxLocation, row.location ?? 0, ...locations.keys());
    }
    if (page.length < PAGE_ROWS) break;
    after = page.at(-1)!.id;
  }
  const plausible = others.filter((found) => found <= seq + rows + MAX_MISSING_ROWS);
  const newest = Math.max(newestWhole, ...plausible);
  return {
    count: newest - seq,
    fingerprint: first ? checksumOf([seq, first.id, first.at, first.detail, first.checksum]) : `${seq}`,
    locations,
    maxMonitor,
    maxLocation,
  };
}

function changesOf(row: JournalRow): readonly Change[] {
  if (row.kind !== 'change') return [];
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
