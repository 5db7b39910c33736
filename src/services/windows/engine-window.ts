// Owns the engine's form of a window: its id, and the change that writes it.
import type { Change } from '../../engine/model/journal.ts';
import { coveredNumbers, type ScopedMonitor } from '../../store/window-scope.ts';
import type { WindowRow } from '../../store/windows.ts';
import type { Interval } from './schedule.ts';

/** The window's id in the engine. */
export const engineWindowId = ({ kind, id }: Pick<WindowRow, 'kind' | 'id'>): string => `${kind}:${id}`;

/** The engine's form of a window: tags are replaced by the monitors that have them now. */
export const windowChange = (
  row: WindowRow,
  spans: readonly Interval[],
  monitors: readonly ScopedMonitor[],
): Change => ({
  type: 'window',
  id: engineWindowId(row),
  window: { kind: row.kind, monitors: coveredNumbers(row, monitors), spans },
});
