// Finds the monitors whose outages notify no channel. Does not warn: the answer to a configuration, `explain`, the health and
// `npm start` do.
import { planRoutes } from '../../routing/route.ts';
import { loadRoutedMonitors } from '../../store/routing.ts';

/** What an answer lists at most. */
export const MAX_UNNOTIFIED = 100;

/**
 * Ids, of all monitors or of this one. A step that names a schedule counts: who is on call changes. A disabled channel and a
 * paused monitor do not. Empty in a mesh without channels, which is not set up yet. One statement.
 */
export async function unnotifiedMonitors(
  db: D1Database,
  at: number,
  only: string | null = null,
): Promise<string[]> {
  const { routing, monitors, channels } = await loadRoutedMonitors(db, only);
  if (channels.length === 0) return [];
  const usable = new Set(channels.flatMap(({ id, enabled }) => (enabled ? [id] : [])));
  return monitors.flatMap((monitor) => {
    const plan = planRoutes(routing, { event: 'incident.opened', severity: 'critical', at, monitor });
    const steps = plan.flatMap((route) => route.steps);
    const reaches = steps.some(
      (step) => step.schedules.length > 0 || step.channels.some((id) => usable.has(id)),
    );
    return reaches ? [] : [monitor.id];
  });
}
