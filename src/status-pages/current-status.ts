// Owns what the updates of a public incident add up to: its status, its end, and the impact of each component. Pure.
import type { ComponentImpact, ComponentRef, Impact, UpdateStatus } from './model.ts';

interface Update {
  readonly id: string;
  readonly at: number;
  readonly status: UpdateStatus;
  /** Impact of each component that the update names. The others stay as they were. */
  readonly components: readonly ComponentImpact[];
}

export interface CurrentStatus {
  readonly status: UpdateStatus;
  /** When the newest run of resolved updates began. Null: the newest update is not one. */
  readonly resolvedAt: number | null;
  /** Every component that an update named. All are operational once it is resolved. */
  readonly components: ComponentImpact[];
}

/** Updates are ordered by time, then by id: one may be written later for an earlier time. */
export const inOrder = <U extends Pick<Update, 'id' | 'at'>>(updates: readonly U[]): U[] =>
  updates.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));

/** Needs at least one update. */
export function currentStatus(updates: readonly Update[]): CurrentStatus {
  const ordered = inOrder(updates);
  const impacts = new Map<ComponentRef, Impact>();
  let resolvedAt: number | null = null;
  for (const { at, status, components } of ordered) {
    for (const { component, impact } of components) impacts.set(component, impact);
    if (status !== 'resolved') resolvedAt = null;
    else {
      resolvedAt ??= at;
      for (const component of impacts.keys()) impacts.set(component, 'operational');
    }
  }
  return {
    status: ordered.at(-1)!.status,
    resolvedAt,
    components: [...impacts].map(([component, impact]) => ({ component, impact })),
  };
}
