// Owns what the removal and the early end of a window mean: the row, the statement and the engine's change. Does not
// commit.
import type { Change } from '../../engine/model/journal.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { PendingCommit } from '../../store/commit.ts';
import type { ScopedMonitor } from '../../store/window-scope.ts';
import type { WindowRow } from '../../store/windows.ts';
import * as store from '../../store/windows.ts';
import { engineWindowId, windowChange } from './engine-window.ts';
import { occurrences } from './schedule.ts';

export type Statement = NonNullable<PendingCommit['statements']>[number];

export interface WindowWrite {
  readonly row: WindowRow;
  readonly changes: readonly Change[];
  /** Empty: nothing changes. */
  readonly statements: readonly Statement[];
}

/** The same window as a new version. */
export const nextVersion = (row: WindowRow, now: number): WindowRow => ({
  ...row,
  version: row.version + 1,
  updatedAt: now,
});

/** Ends a silence that has begun and keeps its row. Removes any other window. */
export function planRemoval(
  db: D1Database,
  row: WindowRow,
  now: number,
): WindowWrite & { readonly ended: boolean } {
  const changes: Change[] = [{ type: 'window.deleted', id: engineWindowId(row) }];
  const { schedule } = row;
  const began = 'startsAt' in schedule && schedule.startsAt < now;
  if (row.kind === 'maintenance' || !began || schedule.endsAt <= now)
    return { row, changes, statements: [store.removeWindow(db, row)], ended: false };
  const ended = { ...nextVersion(row, now), schedule: { ...schedule, endsAt: now } };
  return { row: ended, changes, statements: [store.replaceWindow(db, ended)], ended: true };
}

/**
 * Ends the occurrence that is active. Nothing changes if none is, so that the request can be repeated. A window that
 * occurs once and has not begun has nothing to end.
 */
export function planEnd(
  db: D1Database,
  row: WindowRow,
  monitors: readonly ScopedMonitor[],
  now: number,
): Result<WindowWrite, ValidationError> {
  const { kind, id, schedule } = row;
  const [active] = occurrences(schedule, now, 1);
  const unchanged = ok({ row, changes: [], statements: [] });
  if (!active) return unchanged;
  if (active[0] > now) {
    if ('cron' in schedule) return unchanged;
    const startsAt = new Date(active[0]).toISOString();
    const message = `The ${kind} "${id}" has not begun: it starts at ${startsAt}. Delete it instead.`;
    return err({ kind: 'conflict', path: [], message });
  }
  const ended: WindowRow = {
    ...nextVersion(row, now),
    schedule: 'cron' in schedule ? { ...schedule, endedAt: now } : { ...schedule, endsAt: now },
  };
  const following = occurrences(ended.schedule, now);
  const change: Change =
    following.length > 0
      ? windowChange(ended, following, monitors)
      : { type: 'window.deleted', id: engineWindowId(row) };
  return ok({ row: ended, changes: [change], statements: [store.replaceWindow(db, ended)] });
}
