// Owns what a deletion of channels, monitors or schedules does to the routes and the default channels that name them. Does not commit,
// and does not decide whether a reference is a refusal.
import type { RouteRow } from '../../store/routes.ts';
import type { Reference } from './reference.ts';

/** Whether an entry goes. */
export interface Gone {
  readonly channel: (id: string) => boolean;
  readonly monitor: (id: string) => boolean;
  readonly schedule: (id: string) => boolean;
}

export const NOTHING_GONE: Gone = { channel: () => false, monitor: () => false, schedule: () => false };

export interface DetachedRoute {
  readonly before: RouteRow;
  /** Null: the route would match every monitor without the ids, so it is deleted. */
  readonly after: RouteRow | null;
  readonly references: readonly Reference[];
  /** The first entry that goes. */
  readonly missing: { readonly kind: 'channel' | 'schedule' | 'monitor'; readonly id: string };
}

/** The routes that name something which goes. */
export const detachRoutes = (rows: readonly RouteRow[], gone: Gone, now: number): DetachedRoute[] =>
  rows.flatMap((before) => {
    const { id, name, match, steps } = before;
    const named = { kind: 'route', id, name } as const;
    const channel = steps.flatMap((step) => step.channels).find(gone.channel);
    const monitor = match.monitors?.find(gone.monitor);
    const schedule = steps.flatMap((step) => step.schedules).find(gone.schedule);
    const isStepCut = channel !== undefined || schedule !== undefined;
    if (!isStepCut && monitor === undefined) return [];
    const keptSteps = steps.map((step) => ({
      ...step,
      channels: step.channels.filter((one) => !gone.channel(one)),
      schedules: step.schedules.filter((one) => !gone.schedule(one)),
    }));
    const keptMonitors = match.monitors?.filter((one) => !gone.monitor(one));
    const isEmptied = keptSteps.some(
      (step, index) =>
        step.channels.length + step.schedules.length === 0 &&
        steps[index]!.channels.length + steps[index]!.schedules.length > 0,
    );
    const isDeleted = monitor !== undefined && keptMonitors?.length === 0;
    const references: Reference[] = [
      ...(isStepCut
        ? [{ ...named, field: 'steps', effect: isEmptied ? 'emptied' : 'detached' } as const]
        : []),
      ...(monitor === undefined
        ? []
        : [{ ...named, field: 'match.monitors', effect: isDeleted ? 'deleted' : 'detached' } as const]),
    ];
    const after: RouteRow = {
      ...before,
      steps: keptSteps,
      match: keptMonitors === undefined ? match : { ...match, monitors: keptMonitors },
      updatedAt: now,
    };
    const missing =
      channel !== undefined
        ? ({ kind: 'channel', id: channel } as const)
        : schedule !== undefined
          ? ({ kind: 'schedule', id: schedule } as const)
          : ({ kind: 'monitor', id: monitor! } as const);
    return [{ before, after: isDeleted ? null : after, references, missing }];
  });

/** The default channels that stay, and what is lost. Null: nothing is. */
export function detachDefaults(
  ids: readonly string[],
  gone: Gone['channel'],
): { readonly kept: readonly string[]; readonly reference: Reference; readonly missing: string } | null {
  const missing = ids.find(gone);
  if (missing === undefined) return null;
  const kept = ids.filter((id) => !gone(id));
  const effect = kept.length === 0 ? 'emptied' : 'detached';
  return {
    kept,
    missing,
    reference: { kind: 'settings', id: 'settings', name: 'Settings', field: 'defaultChannels', effect },
  };
}
