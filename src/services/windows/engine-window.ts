// Owns the engine's form of a window: its id, and the change that writes it.
import type { Change } from '../../engine/model/journal.ts';
import type { WindowRow } from '../../store/windows.ts';
import type { Interval } from './schedule.ts';

/** The window's id in the engine. */
export const engineWindowId = ({ kind, id }: Pick<WindowRow, 'kind' | 'id'>): string => `${kind}:${id}`;

/** The engine's form of a window. Deleted monitors are left out. */
export const windowChange = (
  row: WindowRow,
  spans: readonly Interval[],
  numbers: ReadonlyMap<string, number>,
): Change => ({
  type: 'window',
  id: engineWindowId(row),
  window: {
    kind: row.kind,
    monitors: row.monitors === 'all' ? 'all' : row.monitors.flatMap((id) => numbers.get(id) ?? []),
    spans,
  },
});
