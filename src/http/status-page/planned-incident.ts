// Owns which incidents are planned work: those wholly inside maintenance. Does not hide them: status-view.ts does.
import { occurrences } from '../../services/windows/schedule.ts';
import { isCovered, type ScopedMonitor } from '../../store/window-scope.ts';
import type { WindowRow } from '../../store/windows.ts';

interface Incident {
  readonly startedAt: number;
  readonly resolvedAt: number | null;
}

/** Maintenances may follow each other. One that begins before the incident's first failure does not excuse what was before. */
const MAX_ADJACENT = 50;

/** Whether the incident began in a maintenance of its monitor, and ended, or continues, in it or in the next one. */
export function isPlanned(
  { startedAt, resolvedAt }: Incident,
  monitor: Pick<ScopedMonitor, 'id' | 'tags'> | undefined,
  maintenances: readonly WindowRow[],
  now: number,
): boolean {
  const own = monitor ? maintenances.filter((row) => isCovered(row, monitor)) : [];
  const isOver = (to: number): boolean => (resolvedAt === null ? now < to : resolvedAt <= to);
  let reached = startedAt;
  for (let count = 0; count < MAX_ADJACENT; count += 1) {
    const end = Math.max(0, ...own.map((row) => endOfSpanAt(row, reached)));
    if (end <= reached) return false;
    if (isOver(end)) return true;
    reached = end;
  }
  return false;
}

/** When the occurrence ends that is active at `at`. 0 if none is, or if it was over before it was planned. */
function endOfSpanAt({ schedule, createdAt }: WindowRow, at: number): number {
  const [from, to] = occurrences(schedule, at, 1)[0] ?? [0, 0];
  return from <= at && at < to && to > createdAt ? to : 0;
}
