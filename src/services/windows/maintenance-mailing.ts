// Owns the mailing of a change of a maintenance, for subscribers of the pages that show what it covers. Does not store it.
import type { Mailing, MaintenanceNews } from '../../status-pages/mailing.ts';
import { monitorRef } from '../../status-pages/shown-on.ts';
import { coveredNumbers, type ScopedMonitor } from '../../store/window-scope.ts';
import type { WindowRow } from '../../store/windows.ts';
import { occurrences } from './schedule.ts';
import type { WindowAction } from './window-record.ts';

const NEWS: Readonly<Record<WindowAction, MaintenanceNews['news']>> = {
  created: 'planned',
  updated: 'changed',
  ended: 'ended',
  deleted: 'cancelled',
};

/**
 * Null if it covers no monitor. The id is that of this version of the row, so a repeat adds none. `row`: of a deletion, what was
 * deleted.
 */
export function maintenanceMailing(
  row: WindowRow,
  action: WindowAction,
  monitors: readonly ScopedMonitor[],
  now: number,
): Mailing | null {
  const numbers = coveredNumbers(row, monitors);
  if (numbers !== 'all' && numbers.length === 0) return null;
  const covered = new Set(numbers === 'all' ? [] : numbers);
  const { schedule } = row;
  const next = occurrences(schedule, now, 1)[0];
  const [startsAt, endsAt] =
    next ?? ('startsAt' in schedule ? [schedule.startsAt, schedule.endsAt] : [null, null]);
  const impact = 'operational' as const;
  return {
    id: `maintenance_${row.id}_${row.createdAt}_${row.version}_${action}`,
    ...{ kind: 'maintenance', at: now, title: row.name, body: '', status: null, pages: 'all', path: '/' },
    components:
      numbers === 'all'
        ? null
        : monitors
            .filter(({ number }) => covered.has(number))
            .map(({ id }) => ({ component: monitorRef(id), impact })),
    maintenance: { news: NEWS[action], startsAt, endsAt },
  };
}
