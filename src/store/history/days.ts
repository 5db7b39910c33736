// Owns the rows of written days.
import { sql } from 'drizzle-orm';
import { database } from '../database.ts';
import { days } from '../schema.ts';
import { decodeDay, fromHex } from './day-codec.ts';
import type { DayRecord } from './day-record.ts';
import { DAY_SPAN, dayOfId, numberOfId, seriesId } from './ids.ts';

/** Rows of one statement: a result of D1 has at most 50 MB, and a row is rarely above 2 kB. */
const PAGE = 2_000;

interface Row {
  readonly id: number;
  readonly data: string;
}

export interface StoredDay extends DayRecord {
  readonly number: number;
}

export const storedDay = ({ id, data }: Row): StoredDay => ({
  ...decodeDay(fromHex(data), dayOfId(id)),
  number: numberOfId(id),
});

/** Written days of these monitors, or of all, in order of the day. A page at a time. */
export async function* readStoredDays(
  db: D1Database,
  numbers: readonly number[] | null,
  firstDay: number,
  lastDay: number,
): AsyncGenerator<StoredDay> {
  if (firstDay > lastDay) return;
  const ids =
    numbers === null
      ? null
      : Array.from({ length: lastDay - firstDay + 1 }, (_, index) => firstDay + index).flatMap((day) =>
          numbers.map((number) => seriesId(day, number)),
        );
  if (ids !== null) {
    for (let from = 0; from < ids.length; from += PAGE)
      yield* await readDayRows(db, ids.slice(from, from + PAGE));
    return;
  }
  let after = firstDay * DAY_SPAN - 1;
  for (;;) {
    const rows = await database(db).all<Row>(sql`select id, hex(data) as data from ${days}
      where id > ${after} and id < ${(lastDay + 1) * DAY_SPAN} order by id limit ${PAGE}`);
    for (const row of rows) yield storedDay(row);
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.id;
  }
}

/** Those of the rows that exist, in order of their ids. */
export async function readDayRows(db: D1Database, ids: readonly number[]): Promise<StoredDay[]> {
  if (ids.length === 0) return [];
  const rows = await database(db).all<Row>(sql`select id, hex(data) as data from ${days}
    where id in (select value from json_each(${JSON.stringify(ids)})) order by id`);
  return rows.map(storedDay);
}
