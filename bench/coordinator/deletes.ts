// Owns what retention costs: rows that D1 reports as written for the deletes of a journal, and the bytes that a mesh with
// failing monitors writes.

import { journalRetentionMs } from '../../src/retention.ts';
import { prune } from '../../src/scheduler/prune.ts';
import { loadShard, refreshCheckpoints } from '../../src/store/shard.ts';
import { MINUTE_MS, seedMesh, T0 } from './fixtures.ts';
import { openLocalD1 } from './local-d1.ts';
import { meter } from './metered-d1.ts';
import { runMinutes } from './run-ticks.ts';

const DAY_MS = 86_400_000;
const MAX_RUNS = 1_000;

const countOf = async (db: D1Database): Promise<number> =>
  (await db.prepare('select count(*) n from journal').first<number>('n'))!;

const sizeOf = async (db: D1Database): Promise<number> =>
  (await db.prepare('select 1').all()).meta.size_after;

/** Deletes the journal below the newest row, in runs as ticks start them. */
async function deleteJournal(db: D1Database): Promise<{ rows: number; runs: number; rowsWritten: number }> {
  const { state } = await loadShard(db);
  await refreshCheckpoints(db, { tail: { rows: 64, runs: 0 }, olderAt: null }, state, T0);
  const before = await countOf(db);
  const metered = meter(db);
  let runs = 0;
  while (runs < MAX_RUNS && (await countOf(db)) > 1) {
    await prune({ db: metered.db }, T0 + 20 * DAY_MS + runs * 10 * MINUTE_MS);
    runs += 1;
  }
  return { rows: before - (await countOf(db)), runs, rowsWritten: metered.rowsWritten() };
}

export const measureDeletedRows = async (db: D1Database): Promise<number> =>
  (await deleteJournal(db)).rowsWritten;

export interface StorageUse {
  readonly failingMonitors: number;
  readonly rowsPerDay: number;
  /** How the size of the database grows, as D1 reports it. */
  readonly bytesPerDay: number;
  /** Share of the bytes that D1 no longer reports after the journal is deleted. */
  readonly freedShare: number;
  /** After how many days D1's Free plan is full without retention. */
  readonly daysToFull: number;
  /** Where the size stays with the default retention. */
  readonly steadyBytes: number;
  readonly steadyHours: number;
}

const FREE_BYTES = 500_000_000;
const PAGE = `<!doctype html><title>503</title>${'Service unavailable. '.repeat(60)}`.slice(0, 1_024);

/** Monitors that fail all day with an error page of 1 kB. */
export async function measureStorage(scratch: string, failing: number, minutes: number): Promise<StorageUse> {
  const local = await openLocalD1(scratch);
  try {
    await seedMesh(local.db, failing);
    const run = { db: local.db, fails: () => true, errorPage: PAGE };
    // The incidents and what they send are not a daily cost.
    await runMinutes({ ...run, from: T0, minutes: 5 });
    const [rows, bytes] = [await countOf(local.db), await sizeOf(local.db)];
    await runMinutes({ ...run, from: T0 + 5 * MINUTE_MS, minutes });
    const perDay = (1_440 / minutes) * 1;
    const rowsPerDay = ((await countOf(local.db)) - rows) * perDay;
    const written = (await sizeOf(local.db)) - bytes;
    const bytesPerDay = written * perDay;
    await deleteJournal(local.db);
    const freed = bytes + written - (await sizeOf(local.db));
    const steadyHours = steadyStateHours(bytesPerDay);
    return {
      ...{ failingMonitors: failing, rowsPerDay, bytesPerDay, freedShare: freed / (bytes + written) },
      ...{ daysToFull: FREE_BYTES / bytesPerDay, steadyHours, steadyBytes: (bytesPerDay * steadyHours) / 24 },
    };
  } finally {
    await local.dispose();
  }
}

/** The retention at which a database of that retention has just the size that gives it. */
function steadyStateHours(bytesPerDay: number): number {
  for (let hours = 7 * 24; hours > 24; hours -= 1)
    if (journalRetentionMs(7, (bytesPerDay * hours) / 24, FREE_BYTES) >= hours * 3_600_000) return hours;
  return 24;
}
