// Owns the difference between the monitors of a configuration and the stored ones. Does not commit.
import type { Change } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import {
  loadMonitorContext,
  type PlannedMonitor,
  planDelete,
  planWrite,
  writeStatements,
} from '../monitors/plan-monitor.ts';
import type { MonitorDefinition } from '../monitors/validate-monitor.ts';
import { followMonitors } from '../windows/follow-monitors.ts';
import { type ChangeCounts, prefixPath, type Statements, withIds } from './entries.ts';

interface MonitorDiff {
  readonly changes: readonly Change[];
  readonly statements: Statements;
  readonly counts: ChangeCounts;
}

export async function diffMonitors(
  config: Config,
  definitions: readonly MonitorDefinition[],
  channelIds: ReadonlySet<string>,
  state: State,
  now: number,
): Promise<Result<MonitorDiff, ValidationError>> {
  const entries = withIds(definitions);
  const stored = await loadMonitorContext(config, state, now);
  // Entries may depend on each other in any order, so all of them get a number before the first is validated.
  const numbers = new Map(stored.numbers);
  let next = state.nextMonitor;
  for (const { id } of entries) {
    if (numbers.has(id)) continue;
    numbers.set(id, next);
    next += 1;
  }
  const dependencies = new Map(entries.map(({ id, dependsOn }) => [id, dependsOn]));
  const context = { ...stored, channelIds, dependencies, numbers };
  const byId = new Map(context.rows.map((row) => [row.id, row]));
  const counts = { created: 0, updated: 0, deleted: 0 };
  const planned: PlannedMonitor[] = [];
  const after: MonitorRow[] = [];
  for (const [index, definition] of entries.entries()) {
    const existing = byId.get(definition.id) ?? null;
    byId.delete(definition.id);
    const written = await planWrite(context, definition, existing, numbers.get(definition.id));
    if (!written.ok) return err(prefixPath(['monitors', index], written.error));
    const isSame = existing !== null && isUnchanged(existing, written.value.row);
    after.push(isSame ? existing : written.value.row);
    if (isSame) continue;
    counts[existing ? 'updated' : 'created'] += 1;
    planned.push(written.value);
  }
  const removal = planDelete(context, [...byId.values()]);
  const windows = followMonitors(context, context.rows, after);
  const changes = [...planned.flatMap((one) => one.changes), ...removal.changes, ...windows.changes];
  const statements = [...writeStatements(config.db, planned), ...removal.statements, ...windows.statements];
  counts.deleted = byId.size;
  return ok({ changes, statements, counts });
}

function isUnchanged(before: MonitorRow, after: MonitorRow): boolean {
  const { updatedAt: _before, version: _v, ...a } = before;
  const { updatedAt: _after, version: _w, ...b } = after;
  const sorted = (row: object): string =>
    JSON.stringify(Object.entries(row).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
}
