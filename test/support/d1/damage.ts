// Owns damage of rows in a real D1: flipped bits, lost rows and swapped rows. Also a copy of all tables to start again from.

import type { State } from '../../../src/engine/model/state.ts';
import type { Bindings } from '../../../src/env.ts';
import { replayFrom } from '../../../src/store/journal/replay.ts';

type DB = Bindings['DB'];

const TABLES = [
  ...['journal', 'snapshots', 'shards', 'damaged_journal', 'damaged_snapshots'],
  ...['monitors', 'incidents', 'windows', 'channels', 'notifications', 'deliveries'],
];

export const JOURNAL_COLUMNS = [
  ...['id', 'tick', 'commit_id', 'at', 'kind', 'location'],
  ...['monitors', 'starts', 'outcomes', 'phases', 'detail', 'checksum'],
] as const;
export const SNAPSHOT_COLUMNS = ['seq', 'at', 'part', 'parts', 'whole', 'data', 'checksum'] as const;

/** Remembers every row of every table. */
export async function keepTables(db: DB): Promise<void> {
  for (const table of TABLES) {
    await db.prepare(`drop table if exists kept_${table}`).run();
    await db.prepare(`create table kept_${table} as select * from ${table}`).run();
  }
}

export async function restoreTables(db: DB): Promise<void> {
  await db.batch(
    TABLES.flatMap((table) => [
      db.prepare(`delete from ${table}`),
      db.prepare(`insert into ${table} select * from kept_${table}`),
    ]),
  );
}

/** Flips one bit of a value, chosen by `random`. Returns false if the value is null or empty. */
export async function flip(
  db: DB,
  table: 'journal' | 'snapshots',
  id: number,
  column: string,
  random: () => number,
): Promise<boolean> {
  const value = await db.prepare(`select ${column} as v from ${table} where id = ?`).bind(id).first('v');
  // Away from the ids of other rows.
  const flipped = column === 'id' ? id + 2 ** (8 + Math.floor(random() * 30)) : flippedValue(value, random);
  if (flipped === null) return false;
  await db.prepare(`update ${table} set ${column} = ? where id = ?`).bind(flipped, id).run();
  return true;
}

function flippedValue(value: unknown, random: () => number): string | number | ArrayBuffer | null {
  const below = (limit: number): number => Math.floor(random() * limit);
  if (typeof value === 'number') return value + 2 ** below(20) * (random() < 0.5 ? -1 : 1);
  if (typeof value === 'string' && value !== '') {
    const at = below(value.length);
    // One of seven bits, so that it stays text.
    const other = String.fromCharCode((value.charCodeAt(at) & 127) ^ (1 << below(7)));
    return value.slice(0, at) + other + value.slice(at + 1);
  }
  if (Array.isArray(value) && value.length > 0) {
    const bytes = Uint8Array.from(value as number[]);
    const at = below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << below(8));
    return bytes.buffer;
  }
  return null;
}

/** The state after the whole journal. Throws if a row cannot be applied. */
export async function replayed(db: DB): Promise<State> {
  const { state, damage } = await replayFrom(db, null);
  if (damage) throw damage;
  return state;
}

export const rowIds = async (db: DB, table: 'journal' | 'snapshots'): Promise<number[]> =>
  (await db.prepare(`select id from ${table} order by id`).all<{ id: number }>()).results.map(({ id }) => id);

/** Events in the order in which they were raised. */
export const eventsOf = async (db: DB): Promise<string[]> =>
  (await db.prepare('select event from notifications order by rowid').all<{ event: string }>()).results.map(
    ({ event }) => event,
  );
