// Owns the difference between the monitors of a configuration and the stored ones. Does not commit.
import type { Change } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import type { WindowRow } from '../../store/windows.ts';
import {
  loadMonitorContext,
  type PlannedMonitor,
  planDelete,
  planWrite,
  writeStatements,
} from '../monitors/plan-monitor.ts';
import type { MonitorDefinition } from '../monitors/validate-monitor.ts';
import { followMonitors } from '../windows/follow-monitors.ts';
import { occurrences } from '../windows/schedule.ts';
import type { ChannelDiff } from './diff-channels.ts';
import {
  changedFields,
  type KindPlan,
  NO_CHANGES,
  type PlannedUpdate,
  prefixPath,
  type Statements,
  withIds,
} from './entries.ts';

interface MonitorDiff {
  readonly changes: readonly Change[];
  readonly statements: Statements;
  readonly plan: KindPlan;
  readonly storedCount: number;
}

/** Undefined definitions: all monitors stay, and must still have their channels. */
export async function diffMonitors(
  config: Config,
  definitions: readonly MonitorDefinition[] | undefined,
  channels: Pick<ChannelDiff, 'ids'>,
  state: State,
  now: number,
): Promise<Result<MonitorDiff, ValidationError>> {
  const stored = await loadMonitorContext(config, state, now);
  const storedCount = stored.rows.length;
  if (definitions === undefined) {
    const missing = missingChannel(stored.rows, channels.ids);
    return missing ? err(missing) : ok({ changes: [], statements: [], plan: NO_CHANGES, storedCount });
  }
  const entries = withIds(definitions, 'monitor');
  // Entries may depend on each other in any order, so all of them get a number before the first is validated.
  const numbers = new Map(stored.numbers);
  let next = state.nextMonitor;
  for (const { id } of entries) {
    if (numbers.has(id)) continue;
    numbers.set(id, next);
    next += 1;
  }
  const dependencies = new Map(entries.map(({ id, dependsOn }) => [id, dependsOn]));
  const context = { ...stored, channelIds: channels.ids, dependencies, numbers };
  const byId = new Map(context.rows.map((row) => [row.id, row]));
  const created: string[] = [];
  const updated: PlannedUpdate[] = [];
  const planned: PlannedMonitor[] = [];
  const after: MonitorRow[] = [];
  for (const [index, definition] of entries.entries()) {
    const existing = byId.get(definition.id) ?? null;
    byId.delete(definition.id);
    const written = await planWrite(context, definition, existing, numbers.get(definition.id));
    if (!written.ok) return err(prefixPath(['monitors', index], written.error));
    const fields = existing ? differences(existing, written.value.row) : [];
    const isSame = existing !== null && fields.length === 0;
    after.push(isSame ? existing : written.value.row);
    if (isSame) continue;
    if (existing) updated.push({ id: definition.id, fields });
    else created.push(definition.id);
    planned.push(written.value);
  }
  const deleted = new Set(byId.keys());
  const named = deleted.size === 0 ? null : namedByWindow(context.windows, deleted, now);
  if (named) return err(named);
  const removal = planDelete(context, [...byId.values()]);
  const windows = followMonitors(context, context.rows, after);
  return ok({
    changes: [...planned.flatMap((one) => one.changes), ...removal.changes, ...windows.changes],
    statements: [...writeStatements(config.db, planned), ...removal.statements, ...windows.statements],
    plan: { create: created, update: updated, delete: [...deleted] },
    storedCount,
  });
}

/** The fields that differ: those of `check` and `alert` one by one. A changed secret counts as `check.secrets`. */
function differences(before: MonitorRow, after: MonitorRow): string[] {
  return changedFields(written(before), written(after));
}

function written({ updatedAt: _, version: _v, check, alert, secrets, ...rest }: MonitorRow): object {
  const nested = (field: string, of: object) =>
    Object.fromEntries(Object.entries(of).map(([name, value]) => [`${field}.${name}`, value]));
  const names = check.secrets === undefined ? null : check.secrets;
  return {
    ...rest,
    ...nested('check', check),
    ...nested('alert', alert),
    ...(secrets === null && names === null ? {} : { 'check.secrets': [names, secrets] }),
  };
}

/** A channel that the configuration deletes, but that a stored monitor lists. */
function missingChannel(rows: readonly MonitorRow[], ids: ReadonlySet<string>): ValidationError | null {
  for (const { id, channels } of rows) {
    const missing = channels === 'all' ? undefined : channels.find((channel) => !ids.has(channel));
    if (missing === undefined) continue;
    const message = `The monitor "${id}" uses the channel "${missing}", which this configuration deletes. Keep the channel, or remove it from the monitor.`;
    return { kind: 'conflict', path: ['channels'], message };
  }
  return null;
}

/** A maintenance or a silence that is not over and lists a monitor to delete. */
function namedByWindow(
  windows: readonly WindowRow[],
  deleted: ReadonlySet<string>,
  now: number,
): ValidationError | null {
  for (const { kind, id, monitors, schedule } of windows) {
    const monitor = monitors === 'all' ? undefined : monitors.find((one) => deleted.has(one));
    if (monitor === undefined || occurrences(schedule, now, 1).length === 0) continue;
    const message = `The ${kind} "${id}" names the monitor "${monitor}", which this configuration deletes. Keep the monitor, or remove it from the ${kind} first.`;
    return { kind: 'conflict', path: ['monitors'], message };
  }
  return null;
}
