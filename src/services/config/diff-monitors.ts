// Owns the difference between the monitors of a configuration and the stored ones, and what names a monitor or a channel
// that goes. Does not commit.
import type { Caller } from '../../access/caller.ts';
import type { Change } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { type MonitorRow, setChannels } from '../../store/monitors.ts';
import { monitorDifference, writtenMonitor } from '../monitors/audit-monitor.ts';
import {
  loadMonitorContext,
  type PlannedMonitor,
  planDelete,
  planWrite,
  writeStatements,
} from '../monitors/plan-monitor.ts';
import type { MonitorDefinition } from '../monitors/validate-monitor.ts';
import {
  channelReference,
  leftOutError,
  type Reference,
  type ReferencedError,
} from '../references/reference.ts';
import { followMonitors } from '../windows/follow-monitors.ts';
import type { EntryDifference } from './audit-config.ts';
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
  /** Of the monitors that exist afterwards. */
  readonly ids: ReadonlySet<string>;
  readonly changes: readonly Change[];
  readonly statements: Statements;
  readonly plan: KindPlan;
  readonly storedCount: number;
  /** What named a monitor or a channel that goes, and loses the id. */
  readonly references: readonly Reference[];
  readonly differences: readonly EntryDifference[];
}

/**
 * Undefined definitions: all monitors stay, and must still have their channels. `detach` removes references to what
 * goes; without it, they are a refusal.
 */
export async function diffMonitors(
  config: Config,
  definitions: readonly MonitorDefinition[] | undefined,
  channels: Pick<ChannelDiff, 'ids'>,
  state: State,
  caller: Caller,
  detach: boolean,
): Promise<Result<MonitorDiff, ValidationError | ReferencedError>> {
  const stored = await loadMonitorContext(config, state, caller);
  const storedCount = stored.rows.length;
  if (definitions === undefined) {
    const left = withoutChannels(stored.rows, channels.ids);
    const references = left.map(({ reference }) => reference);
    if (left[0] && !detach) return err(missingChannel(left[0], references));
    const statements = setChannels(config.db, left);
    const differences = left.map(({ id, before, channels: after }) => ({
      id,
      before: { channels: before },
      after: { channels: after },
    }));
    const ids = new Set(stored.rows.map(({ id }) => id));
    return ok({ ids, changes: [], statements, plan: NO_CHANGES, storedCount, references, differences });
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
    const fields = existing ? differentFields(existing, written.value.row) : [];
    const isSame = existing !== null && fields.length === 0;
    after.push(isSame ? existing : written.value.row);
    if (isSame) continue;
    if (existing) updated.push({ id: definition.id, fields });
    else created.push(definition.id);
    planned.push(written.value);
  }
  const deleted = new Set(byId.keys());
  const removal = planDelete(context, [...byId.values()]);
  const windows = followMonitors(context, context.rows, after);
  const [named] = windows.references;
  if (named && !detach) {
    const listed = context.windows.find(({ kind, id }) => kind === named.kind && id === named.id)?.monitors;
    const monitor = [...deleted].find((id) => listed?.includes(id));
    const first = `The ${named.kind} "${named.id}" names the monitor "${monitor}", which this configuration deletes.`;
    const keep = `Keep the monitor, or remove it from the ${named.kind} first.`;
    return err(leftOutError(['monitors'], { first, keep }, windows.references));
  }
  return ok({
    ids: new Set(entries.map(({ id }) => id)),
    changes: [...planned.flatMap((one) => one.changes), ...removal.changes, ...windows.changes],
    statements: [...writeStatements(config.db, planned), ...removal.statements, ...windows.statements],
    plan: { create: created, update: updated, delete: [...deleted] },
    storedCount,
    references: windows.references,
    differences: [
      ...planned.map((one) => ({ id: one.row.id, ...monitorDifference(one) })),
      ...[...byId.values()].map((row) => ({ id: row.id, before: writtenMonitor(row), after: null })),
    ],
  });
}

/** The fields that differ: those of `check` and `alert` one by one. A changed secret counts as `check.secrets`. */
function differentFields(before: MonitorRow, after: MonitorRow): string[] {
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

interface ChannelUser {
  readonly id: string;
  readonly number: number;
  readonly before: readonly string[];
  readonly channels: readonly string[];
  readonly reference: Reference;
  /** The first channel that goes. */
  readonly missing: string;
}

/** The monitors that list a channel which is no longer there, without it. */
const withoutChannels = (rows: readonly MonitorRow[], ids: ReadonlySet<string>): ChannelUser[] =>
  rows.flatMap((row) => {
    const { id, number, channels } = row;
    const missing = channels === 'default' ? undefined : channels.find((channel) => !ids.has(channel));
    if (channels === 'default' || missing === undefined) return [];
    const kept = channels.filter((channel) => ids.has(channel));
    const reference = channelReference(row, kept.length);
    return [{ id, number, before: channels, channels: kept, reference, missing }];
  });

function missingChannel(
  { reference, missing }: ChannelUser,
  references: readonly Reference[],
): ReferencedError {
  const first = `The monitor "${reference.id}" uses the channel "${missing}", which this configuration deletes.`;
  const keep = 'Keep the channel, or remove it from the monitor first.';
  return leftOutError(['channels'], { first, keep }, references);
}
