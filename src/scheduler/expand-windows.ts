// Keeps the engine's windows ahead of time: recurring ones are expanded anew, those that are over are forgotten.
import type { Change } from '../engine/model/journal.ts';
import type { State } from '../engine/model/state.ts';
import { occurrences } from '../services/windows/schedule.ts';
import { engineWindowId, windowChange } from '../services/windows/windows.ts';
import { type CommitContext, commit } from '../store/commit.ts';
import { monitors } from '../store/schema.ts';
import { database } from '../store/shard.ts';
import { listWindows } from '../store/windows.ts';

/** Recurring windows are known 35 days ahead; this much before the last one they are looked up again. */
const REFRESH_WITHIN_MS = 7 * 86_400_000;

/** Windows of which the last known span is over, or the last of several begins soon. */
const expiringWindows = (state: State, now: number): string[] =>
  [...state.windows].flatMap(([id, { spans }]) => {
    const [from, to] = spans.at(-1) ?? [0, 0];
    return to <= now || (spans.length > 1 && from < now + REFRESH_WITHIN_MS) ? [id] : [];
  });

/** Asks D1 only when a window may need it; writes only when something changes. */
export async function expandWindows(context: CommitContext, state: State, now: number): Promise<State> {
  const due = expiringWindows(state, now);
  if (due.length === 0) return state;
  const [rows, known] = await Promise.all([
    listWindows(context.db),
    database(context.db).select({ id: monitors.id, number: monitors.number }).from(monitors),
  ]);
  const numbers = new Map(known.map(({ id, number }) => [id, number]));
  const byKey = new Map(rows.map((row) => [engineWindowId(row), row]));
  const changes = (current: State): Change[] =>
    due.flatMap((id): Change[] => {
      const row = byKey.get(id);
      const window = current.windows.get(id);
      if (!window) return [];
      const spans = row ? occurrences(row.schedule, now) : [];
      if (!row || spans.length === 0) return [{ type: 'window.deleted', id }];
      return spans.at(-1)?.[0] === window.spans.at(-1)?.[0] ? [] : [windowChange(row, spans, numbers)];
    });
  if (changes(state).length === 0) return state;
  const committed = await commit(context, state, (current) => ({
    kind: 'change',
    changes: changes(current),
  }));
  return committed.state;
}
