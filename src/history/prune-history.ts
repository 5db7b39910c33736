// Owns how long the history is kept: observations, days, and changes that are compacted. Never throws: a later run tries again.
import { log } from '../log.ts';
import { observationRetentionMs, type Retention } from '../retention.ts';
import { deleteHistory } from '../store/history/history-retention.ts';
import { dayOf } from '../store/history/ids.ts';

const DAY_MS = 86_400_000;

interface Limits {
  readonly retention: Retention;
  readonly maxDatabaseBytes: number;
}

export async function pruneHistory(
  db: D1Database,
  { retention, maxDatabaseBytes }: Limits,
  now: number,
): Promise<void> {
  try {
    const deleted = await deleteHistory(db, now, (databaseBytes) => ({
      seriesBefore: dayOf(
        now - observationRetentionMs(retention.observationDays, databaseBytes, maxDatabaseBytes),
      ),
      daysBefore: dayOf(now - retention.dayDays * DAY_MS),
      changesBefore: now - retention.journalDays * DAY_MS,
    }));
    if (deleted !== null) log.info('history.pruned', { ...deleted });
  } catch (error) {
    log.warn('history.prune_failed', { error });
  }
}
