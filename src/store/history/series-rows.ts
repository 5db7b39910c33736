// Owns the reading of series: the observations of a monitor's days, a bounded number of bytes at a time.
import { sql } from 'drizzle-orm';
import { database } from '../database.ts';
import { firstIdsWithin, type JournalRow, journalId, rowAsJson, rowOfJson, SHARD } from '../journal/rows.ts';
import { fromHex } from './day-codec.ts';
import { type StoredDay, storedDay } from './days.ts';
import type { FactRow } from './facts.ts';
import { dayOfId, dayStart, MAX_PARTS } from './ids.ts';
import { decodeSegments, type SeriesRun } from './series-codec.ts';

interface Row {
  readonly id: number;
  readonly spans: string;
  readonly data: string;
}

export interface StoredSeries {
  readonly id: number;
  readonly facts: readonly FactRow[];
  readonly runs: readonly SeriesRun[];
}

/** Ids of all parts of these days, in order. */
export async function listParts(db: D1Database, firstIds: readonly number[]): Promise<number[]> {
  if (firstIds.length === 0) return [];
  const rows = await database(db).all<{
    id: number;
  }>(sql`select s.id from json_each(${JSON.stringify(firstIds)}) i
    cross join series s on s.id between i.value and i.value + ${MAX_PARTS - 1} order by s.id`);
  return rows.map(({ id }) => id);
}

/** One part: it may have nearly 2,000,000 bytes. Segments after `maxSeq` are left out: the reader has read those rows already. */
export async function readPart(db: D1Database, id: number, maxSeq: number): Promise<StoredSeries | null> {
  const [row] = await database(db).all<Row>(
    sql`select id, spans, hex(data) as data from series where id = ${id}`,
  );
  return row ? storedSeries(row, maxSeq) : null;
}

/** All parts of these monitors' days. The caller bounds their bytes. */
export async function readManySeries(
  db: D1Database,
  firstIds: readonly number[],
  maxSeq = Number.POSITIVE_INFINITY,
): Promise<StoredSeries[]> {
  if (firstIds.length === 0) return [];
  const rows = await database(db).all<Row>(sql`select s.id, s.spans, hex(s.data) as data
    from json_each(${JSON.stringify(firstIds)}) i
    cross join series s on s.id between i.value and i.value + ${MAX_PARTS - 1} order by s.id`);
  return rows.map((row) => storedSeries(row, maxSeq));
}

function storedSeries({ id, spans, data }: Row, maxSeq: number): StoredSeries {
  const segments = decodeSegments(fromHex(data), dayStart(dayOfId(id)));
  return {
    id,
    facts: JSON.parse(spans) as FactRow[],
    runs: segments.flatMap(({ seq, runs }) => (seq <= maxSeq ? runs : [])),
  };
}

/** Two hours of 100 monitors at six locations take half of the bytes. */
const TAIL = { rows: 2_000, bytes: 600_000 };

/**
 * Written days, the newest parts of series that have at most so many bytes together, and the first journal rows after `maxSeq`,
 * in one statement. Segments after `maxSeq` are left out.
 */
export async function readDaysSeriesAndTail(
  db: D1Database,
  ids: { readonly days: readonly number[]; readonly series: readonly number[] },
  { bytes, maxSeq }: { readonly bytes: number; readonly maxSeq: number },
): Promise<{ readonly days: StoredDay[]; readonly series: StoredSeries[]; readonly tail: JournalRow[] }> {
  const rows = await database(db).all<Row & { readonly kind: 'day' | 'series' | 'tail' }>(sql`
    select 'day' as kind, id, '' as spans, hex(data) as data from days
      where id in (select value from json_each(${JSON.stringify(ids.days)}))
    union all
    select 'series', s.id, s.spans, hex(s.data) from series s where s.id in (
      select id from (select p.id, sum(length(p.data)) over (order by p.id desc) as bytes
        from json_each(${JSON.stringify(ids.series)}) i
        cross join series p on p.id between i.value and i.value + ${MAX_PARTS - 1})
      where bytes <= ${bytes})
    union all
    select 'tail', j.id, '', ${rowAsJson} from journal j where j.id in (${firstIdsWithin(journalId(SHARD, maxSeq), TAIL)})`);
  const inOrder = rows.toSorted((a, b) => a.id - b.id);
  return {
    days: inOrder.filter(({ kind }) => kind === 'day').map(storedDay),
    series: inOrder.filter(({ kind }) => kind === 'series').map((row) => storedSeries(row, maxSeq)),
    tail: inOrder.filter(({ kind }) => kind === 'tail').map(({ data }) => rowOfJson(data)),
  };
}

/** How many of these days, in their order, have at most this many bytes together. At least one. */
export async function countWithin(
  db: D1Database,
  firstIds: readonly number[],
  bytes: number,
): Promise<number> {
  if (firstIds.length === 0) return 0;
  const rows = await database(db).all<{ bytes: number }>(sql`
    select (select coalesce(sum(length(s.data)), 0) from series s
      where s.id between i.value and i.value + ${MAX_PARTS - 1}) as bytes
    from json_each(${JSON.stringify(firstIds)}) i order by i.key`);
  let sum = 0;
  const over = rows.findIndex((row) => {
    sum += row.bytes;
    return sum > bytes;
  });
  return over < 0 ? firstIds.length : Math.max(1, over);
}
