// Owns writing the demo's past into the local database, before the coordinator has it open. Does not touch a mesh that ever
// had a monitor.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DataDir } from '../start/data-dir.ts';
import { pastRows } from './past.ts';

/** Fills the past of an empty mesh, once. Returns whether it did. */
export function placePast(data: Pick<DataDir, 'state'>, now: number, locations: readonly string[]): boolean {
  const path = databaseIn(data.state);
  if (path === null) return false;
  const database = new DatabaseSync(path);
  try {
    if (!isEmpty(database)) return false;
    database.exec('begin');
    for (const [sql, values] of pastRows(now, locations)) database.prepare(sql).run(...values);
    database.exec('commit');
    return true;
  } finally {
    database.close();
  }
}

/** The file of the local D1: workerd names it by a hash. */
function databaseIn(state: string): string | null {
  const dir = join(state, 'v3', 'd1', 'miniflare-D1DatabaseObject');
  if (!existsSync(dir)) return null;
  const names = readdirSync(dir).filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite');
  return names.length === 1 ? join(dir, names[0]!) : null;
}

const isEmpty = (database: DatabaseSync): boolean =>
  ['journal', 'monitors', 'monitor_histories', 'compaction', 'announcements'].every(
    (table) => database.prepare(`select 1 from ${table} limit 1`).get() === undefined,
  );
