// Owns one run of the compaction: an hour of the journal becomes segments of `series`, or a day of `series` becomes rows of
// `days`. Each run is bounded and writes one transaction, so that it may end at any point and begin again.

import { describeError, log } from '../log.ts';
import {
  type Compaction,
  insertCompaction,
  readBeginning,
  readPending,
  recordFailure,
} from '../store/history/compaction-rows.ts';
import { fold } from '../store/history/fold.ts';
import { EMPTY_HISTORY } from '../store/history/history-state.ts';
import { dayOf, dayStart } from '../store/history/ids.ts';
import { wholeStatus } from '../store/history/status-change.ts';
import { journalId, SHARD } from '../store/journal/rows.ts';
import { loadState } from '../store/shard.ts';
import { compactHour } from './compact-hour.ts';
import { repairStatus } from './repair-status.ts';
import { writeDay } from './write-day.ts';

export const HOUR_MS = 3_600_000;

/** `more`: the next run has something to do, and should follow at once. */
export type CompactionResult = 'done' | 'more' | 'failed';

/** Never throws: the next run tries again, and the health of the mesh shows a compaction that is behind. */
export async function compact(db: D1Database, now: number): Promise<CompactionResult> {
  try {
    return await compactOnce(db, now);
  } catch (error) {
    log.error('history.compaction_failed', { error });
    await recordFailure(db, now, describeError(error)).catch(() => {});
    return 'failed';
  }
}

async function compactOnce(db: D1Database, now: number): Promise<CompactionResult> {
  const { compaction, firstAt } = await readPending(db);
  if (compaction === null) return (await begin(db, now)) ? 'more' : 'done';
  // A run of the last minute of a day arrives after midnight, so the day waits for the hour after it.
  if (compaction.at >= dayStart(compaction.day + 2) + HOUR_MS) {
    await writeDay(db, compaction, now);
    return 'more';
  }
  if (firstAt !== null) await repairStatus(db, compaction);
  const until = endOfHour(compaction, firstAt, now);
  if (until === null) return 'done';
  await compactHour(db, compaction, { until, now });
  return 'more';
}

/** Commits of the hour are written by now. */
const SETTLED_AFTER_MS = 60_000;

/**
 * The end of the next hour that has a row, if it is over. Null: nothing is due. Time moves on with rows only: whether nothing
 * happened or no tick ran, the next row shows.
 */
function endOfHour({ at }: Compaction, firstAt: number | null, now: number): number | null {
  if (firstAt === null) return null;
  const settled = floorHour(now - SETTLED_AFTER_MS);
  // A row that is far ahead was dated by a wrong clock. It does not wait for its time.
  if (firstAt > now + SETTLED_AFTER_MS) return settled > at ? settled : null;
  const next = Math.max(floorHour(at), floorHour(firstAt)) + HOUR_MS;
  return next <= settled ? next : null;
}

const floorHour = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS;

/** A mesh that has a journal from before the first status change begins with its present state. */
async function begin(db: D1Database, now: number): Promise<boolean> {
  const beginning = await readBeginning(db);
  if (beginning === null) return false;
  const { firstAt, isWhole } = beginning;
  const day = dayOf(firstAt) - 1;
  if (isWhole) {
    await insertCompaction(
      db,
      { seq: 0, at: floorHour(firstAt), day, cursor: 0, history: EMPTY_HISTORY },
      now,
    );
    return true;
  }
  const state = await loadState(db);
  const row = { id: journalId(SHARD, state.seq), at: state.at, data: wholeStatus(state) };
  const history = fold(EMPTY_HISTORY, [row]).state;
  const start = { seq: state.seq, at: state.at, day: dayOf(state.at) - 1, cursor: 0, history };
  await insertCompaction(db, start, now);
  return true;
}
