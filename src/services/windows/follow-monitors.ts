// Owns what a change of monitors means for the windows: one by tag covers what has the tag now, and an id that is
// deleted leaves every list. Belongs to the commit that changes the monitors. Does not commit.
import type { Change } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';
import { coveredNumbers, type ScopedMonitor } from '../../store/window-scope.ts';
import { replaceWindow, type WindowRow } from '../../store/windows.ts';
import type { Reference, ReferenceEffect } from '../references/reference.ts';
import { engineWindowId } from './engine-window.ts';
import { nextVersion, planRemoval, type Statement } from './plan-window.ts';
import { occurrences } from './schedule.ts';

export interface FollowContext {
  readonly config: { readonly db: D1Database };
  readonly state: State;
  readonly windows: readonly WindowRow[];
  readonly now: number;
}

export interface FollowedWindows {
  readonly changes: readonly Change[];
  readonly statements: readonly Statement[];
  /** Windows that named a monitor which is deleted. One that is over does not count, but loses the id too. */
  readonly references: readonly Reference[];
}

/** `before` and `after` are all monitors. */
export function followMonitors(
  context: FollowContext,
  before: readonly ScopedMonitor[],
  after: readonly ScopedMonitor[],
): FollowedWindows {
  const known = new Set(before.map(({ id }) => id));
  const stays = new Set(after.map(({ id }) => id));
  const followed = context.windows.map((row) => follow(context, row, after, { known, stays }));
  return {
    changes: followed.flatMap(({ changes }) => changes),
    statements: followed.flatMap(({ statements }) => statements),
    references: followed.flatMap(({ references }) => references),
  };
}

interface Ids {
  readonly known: ReadonlySet<string>;
  readonly stays: ReadonlySet<string>;
}

function follow(
  { config, state, now }: FollowContext,
  row: WindowRow,
  after: readonly ScopedMonitor[],
  { known, stays }: Ids,
): FollowedWindows {
  const listed = row.monitors === 'all' ? [] : row.monitors;
  // An id of an earlier deletion must not come to mean a new monitor.
  const kept = listed.filter((id) => known.has(id) && stays.has(id));
  const isCut = kept.length < listed.length;
  const next = isCut ? { ...nextVersion(row, now), monitors: kept } : row;
  const losesKnown = listed.some((id) => known.has(id) && !stays.has(id));
  const counts = losesKnown && occurrences(row.schedule, now, 1).length > 0;
  const reference = (effect: ReferenceEffect): Reference[] =>
    counts ? [{ kind: row.kind, id: row.id, name: row.name, field: 'monitors', effect }] : [];
  // An empty list must not come to mean every monitor.
  if (counts && kept.length === 0 && row.tags.length === 0) {
    const { changes, statements, ended } = planRemoval(config.db, { ...row, monitors: kept }, now);
    return { changes, statements, references: reference(ended ? 'ended' : 'deleted') };
  }
  return {
    changes: engineChange(state, next, after),
    statements: isCut ? [replaceWindow(config.db, next)] : [],
    references: reference('detached'),
  };
}

/** The window with the monitors that it covers now, and the occurrences that the engine knows. */
function engineChange(state: State, row: WindowRow, monitors: readonly ScopedMonitor[]): Change[] {
  const id = engineWindowId(row);
  const window = state.windows.get(id);
  if (!window) return [];
  const covered = coveredNumbers(row, monitors);
  return isSameSet(window.monitors, covered)
    ? []
    : [{ type: 'window', id, window: { ...window, monitors: covered } }];
}

function isSameSet(a: 'all' | readonly number[], b: 'all' | readonly number[]): boolean {
  if (a === 'all' || b === 'all') return a === b;
  const known = new Set(a);
  return known.size === new Set(b).size && b.every((number) => known.has(number));
}
