// Owns reading the coordinator's tables from the file of its local D1, while it runs or after. Does not write.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { replay } from '../../../src/engine/apply.ts';
import type { Entry } from '../../../src/engine/model/journal.ts';
import { emptyState, type State } from '../../../src/engine/model/state.ts';
import { decodeEntry, type EntryColumns } from '../../../src/store/journal/codec.ts';
import { readCheckpoint, type SnapshotRow } from '../../../src/store/snapshot/rows.ts';

export interface Commit {
  readonly id: number;
  readonly commitId: string;
  readonly at: number;
  /** The whole row, to detect any change of it. */
  readonly row: string;
}

/** The file in wrangler's state folder that has a journal. */
export function findDatabase(state: string): string {
  const folder = join(state, 'v3', 'd1', 'miniflare-D1DatabaseObject');
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.sqlite')) continue;
    const file = join(folder, name);
    const tables = query(file, "select name from sqlite_master where name = 'journal'");
    if (tables.length > 0) return file;
  }
  throw new Error(`${folder} does not have a database with a journal`);
}

function query(file: string, sql: string, ...values: number[]): Record<string, unknown>[] {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    return db.prepare(sql).all(...values);
  } finally {
    db.close();
  }
}

/** Every commit, in order of id. */
export const readCommits = (file: string): Commit[] =>
  query(
    file,
    `select id, commit_id as commitId, at,
       concat_ws('|', tick, commit_id, at, kind, location, hex(monitors), hex(starts), hex(outcomes), hex(phases), detail) as row
     from journal order by id`,
  ) as unknown as Commit[];

/** Every entry after `seq`, in order. */
export const readEntries = (file: string, seq = 0): Entry[] =>
  query(file, 'select * from journal where id > ? order by id', seq).map((row) =>
    decodeEntry({ ...row, detail: JSON.parse(String(row.detail)) } as unknown as EntryColumns),
  );

/** The state in two ways: as a tick loads it (the snapshot and the journal after it), and replayed from the whole journal. */
export function readStates(file: string): { loaded: State; replayed: State } {
  const parts = query(file, 'select * from snapshots where id < 65536 order by id');
  const base = readCheckpoint(parts as unknown as SnapshotRow[], 'newest') ?? emptyState;
  return {
    loaded: replay(base, readEntries(file, base.seq)),
    replayed: replay(emptyState, readEntries(file)),
  };
}

export interface IncidentRow {
  readonly id: string;
  readonly monitorId: string;
  readonly state: string;
  readonly verdict: string;
  readonly startedAt: number;
  readonly resolvedAt: number | null;
}

export const readIncidents = (file: string): IncidentRow[] =>
  query(
    file,
    `select id, monitor_id as monitorId, state, verdict, started_at as startedAt, resolved_at as resolvedAt
     from incidents order by started_at, id`,
  ) as unknown as IncidentRow[];

/** The number of deliveries that are not finished. */
export const countPending = (file: string): number =>
  Number(query(file, "select count(*) as n from deliveries where state = 'pending'")[0]?.n);
