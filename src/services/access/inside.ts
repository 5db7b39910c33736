// Owns what a restricted person or key sees of monitors and channels, and how a monitor looks to them: without the ids of
// what they cannot see. Does not decide what is inside: src/access/restriction.ts does.
import { isInside, isScopeInside, type Restriction, type Tagged } from '../../access/restriction.ts';
import { listTagged, type TaggedChannel } from '../../store/tagged.ts';
import type { ScopedMonitor, WindowScope } from '../../store/window-scope.ts';
import { insideIds, shownIds } from './references.ts';

export interface Inside {
  readonly restriction: Restriction;
  /** Ids. */
  readonly monitors: ReadonlySet<string>;
  readonly monitorRows: readonly ScopedMonitor[];
  readonly channels: ReadonlySet<string>;
}

export const insideOf = (
  restriction: Restriction,
  monitors: readonly ScopedMonitor[],
  channels: readonly TaggedChannel[],
): Inside => {
  const inside = monitors.filter((monitor) => isInside(restriction, monitor));
  return {
    restriction,
    monitors: new Set(inside.map(({ id }) => id)),
    monitorRows: inside,
    channels: insideIds(restriction, channels),
  };
};

/** Null: everything is inside, and nothing is read. */
export async function readInside(db: D1Database, restriction: Restriction): Promise<Inside | null> {
  if (restriction === null) return null;
  const { monitors, channels } = await listTagged(db);
  return insideOf(restriction, monitors, channels);
}

/** The part of a monitor that names other entries. */
interface NamesOthers {
  readonly dependsOn: string[];
  readonly channels: 'default' | string[];
}

/** A monitor without the ids that the caller cannot see. */
export const showMonitor = <M extends NamesOthers & Tagged>(inside: Inside | null, monitor: M): M =>
  inside === null || inside.restriction === null
    ? monitor
    : {
        ...monitor,
        dependsOn: shownIds(inside.restriction, monitor.dependsOn, inside.monitors),
        channels: shownIds(inside.restriction, monitor.channels, inside.channels),
      };

export const isWindowInside = (inside: Inside | null, window: WindowScope): boolean =>
  inside === null || isScopeInside(inside.restriction, window, inside.monitors);
