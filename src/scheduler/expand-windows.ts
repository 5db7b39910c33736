// Owns the refresh of the engine's windows: computes further occurrences, and deletes windows that are over.
import type { Change } from '../engine/model/journal.ts';
import type { State } from '../engine/model/state.ts';
import { engineWindowId, windowChange } from '../services/windows/engine-window.ts';
import { occurrences } from '../services/windows/schedule.ts';
import { type CommitContext, commit } from '../store/commit.ts';
import { listScopedMonitors } from '../store/monitors.ts';
import { listWindows } from '../store/windows.ts';

/** Occurrences are computed 35 days ahead, and again this long before the last one. */
const REFRESH_WITHIN_MS = 7 * 86_400_000;

/** Windows whose last span is over, or whose last of several spans begins soon. */
const expiringWindows = (state: State, now: number): string[] =>
  [...state.windows].flatMap(([id, { spans }]) => {
    const [from, to] = spans.at(-1) ?? [0, 0];
    return to <= now || (spans.length > 1 && from < now + REFRESH_WITHIN_MS) ? [id] : [];
  });

/** Reads D1 only if a window may need it, and writes only if one changes. */
export async function expandWindows(context: CommitContext, state: State, now: number): Promise<State> {
  const due = expiringWindows(state, now);
  if (due.length === 0) return state;
  const [rows, monitors] = await Promise.all([listWindows(context.db), listScopedMonitors(context.db)]);
  const byKey = new Map(rows.map((row) => [engineWindowId(row), row]));
  const changes = (current: State): Change[] =>
    due.flatMap((id): Change[] => {
      const row = byKey.get(id);
      const window = current.windows.get(id);
      if (!window) return [];
      const spans = row ? occurrences(row.schedule, now) : [];
      if (!row || spans.length === 0) return [{ type: 'window.deleted', id }];
      return spans.at(-1)?.[0] === window.spans.at(-1)?.[0] ? [] : [windowChange(row, spans, monitors)];
    });
  if (changes(state).length === 0) return state;
  const committed = await commit(context, state, (current) => ({
    kind: 'change',
    changes: changes(current),
  }));
  return committed.state;
}
