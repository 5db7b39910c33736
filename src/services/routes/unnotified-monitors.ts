// Finds the monitors whose outages notify no channel. Does not warn: the answer to a configuration, `explain`, the health and
// `npm start` do.
import type { Restriction } from '../../access/restriction.ts';
import type { Routing } from '../../routing/model.ts';
import { planRoutes } from '../../routing/route.ts';
import { inside } from '../../store/monitor-list.ts';
import {
  loadRoutedGroups,
  loadRoutedMonitors,
  type RoutedGroup,
  type RoutedMonitors,
} from '../../store/routing.ts';

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
  const reaches = reachesOf(routing, channels, at);
  return monitors.flatMap((monitor) => (reaches(monitor) ? [] : [monitor.id]));
}

/** How many monitors inside the restriction notify no channel, and some of them by name. One statement. */
export async function countUnnotified(
  db: D1Database,
  at: number,
  restriction: Restriction,
): Promise<{ readonly count: number; readonly some: readonly RoutedGroup['first'][] }> {
  const { routing, groups, channels } = await loadRoutedGroups(db, inside(restriction));
  if (channels.length === 0) return { count: 0, some: [] };
  const reaches = reachesOf(routing, channels, at);
  const unnotified = groups.filter(({ monitor }) => !reaches(monitor));
  return {
    count: unnotified.reduce((sum, { count }) => sum + count, 0),
    some: unnotified.slice(0, MAX_NAMED).map(({ first }) => first),
  };
}

const MAX_NAMED = 3;

/** Whether an outage of the monitor reaches a channel or a person on call. */
function reachesOf(routing: Routing, channels: RoutedMonitors['channels'], at: number) {
  const usable = new Set(channels.flatMap(({ id, enabled }) => (enabled ? [id] : [])));
  return (monitor: RoutedGroup['monitor']): boolean => {
    const plan = planRoutes(routing, { event: 'incident.opened', severity: 'critical', at, monitor });
    const steps = plan.flatMap((route) => route.steps);
    return steps.some((step) => step.schedules.length > 0 || step.channels.some((id) => usable.has(id)));
  };
}
