// Finds the monitors whose outages notify no channel. Does not warn: the answer to a configuration and `npm start` do.
import { planRoutes } from '../../routing/route.ts';
import { listChannels } from '../../store/channels.ts';
import { listMonitors } from '../../store/monitors.ts';
import { loadRouting } from '../../store/routing.ts';

/**
 * Ids. A step that names a schedule counts: who is on call changes. A disabled channel does not. Empty in a mesh without
 * channels, which is not set up yet.
 */
export async function unnotifiedMonitors(db: D1Database, at: number): Promise<string[]> {
  const [routing, monitors, channels] = await Promise.all([
    loadRouting(db),
    listMonitors(db),
    listChannels(db),
  ]);
  if (channels.length === 0) return [];
  const usable = new Set(channels.flatMap(({ id, enabled }) => (enabled ? [id] : [])));
  return monitors.flatMap((monitor) => {
    const plan = planRoutes(routing, { event: 'incident.opened', severity: 'critical', at, monitor });
    const steps = plan.flatMap((route) => route.steps);
    const reaches = steps.some(
      (step) => step.schedules.length > 0 || step.channels.some((id) => usable.has(id)),
    );
    return monitor.paused || reaches ? [] : [monitor.id];
  });
}
