// Owns which monitors a window covers: all, those it lists, and those that have one of its tags. Pure.
import { hasTag, type Tags } from '../tags.ts';

/** The part of a window that decides what it covers. */
export interface WindowScope {
  readonly monitors: 'all' | readonly string[];
  readonly tags: readonly string[];
}

/** The part of a monitor that decides which windows cover it. */
export interface ScopedMonitor {
  readonly id: string;
  readonly number: number;
  readonly tags: Tags;
}

/** A window that lists nothing covers nothing. */
export const isCovered = (
  { monitors, tags }: WindowScope,
  monitor: Pick<ScopedMonitor, 'id' | 'tags'>,
): boolean =>
  monitors === 'all' || monitors.includes(monitor.id) || tags.some((tag) => hasTag(monitor.tags, tag));

/** The engine's form of the scope. Listed monitors that do not exist are left out. */
export function coveredNumbers(
  { monitors: listed, tags }: WindowScope,
  monitors: readonly ScopedMonitor[],
): 'all' | number[] {
  if (listed === 'all') return 'all';
  const numbers = new Map(monitors.map(({ id, number }) => [id, number]));
  const tagged = tags.length === 0 ? [] : monitors.filter((one) => isCovered({ monitors: [], tags }, one));
  return [
    ...new Set([...listed.flatMap((id) => numbers.get(id) ?? []), ...tagged.map(({ number }) => number)]),
  ];
}
