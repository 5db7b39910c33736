// Owns what a written or deleted monitor means: the row, the statements and the engine's changes. Does not commit.
import {
  type CheckInput,
  targetOfParsed,
  targetOptions,
  targetOptionsOfParsed,
} from '../../../probes/checks/check-input.ts';
import { hostKey } from '../../../probes/checks/shared/secret-origin.ts';
import type { Caller } from '../../access/caller.ts';
import { HEARTBEAT_LOCATION, HEARTBEAT_LOCATION_NUMBER } from '../../engine/model/heartbeat.ts';
import type { Change } from '../../engine/model/journal.ts';
import type { Policy, State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { networkOf } from '../../fleet/network.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { AuditRecord } from '../../store/audit.ts';
import type { PendingCommit } from '../../store/commit.ts';
import { hideIncidents } from '../../store/incidents.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import * as store from '../../store/monitors.ts';
import { enginePolicy } from '../../store/policy.ts';
import type { RouteRow } from '../../store/routes.ts';
import type { StatusPageRow } from '../../store/status-pages.ts';
import type { WindowRow } from '../../store/windows.ts';
import { type Inside, insideOf } from '../access/inside.ts';
import { writeReferences } from '../access/references.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import {
  heartbeatLocation,
  heartbeatStatements,
  type PlannedHeartbeat,
  planHeartbeat,
  removalStatements,
} from '../heartbeats/plan-heartbeat.ts';
import type { MonitorUpdate } from './audit-monitor.ts';
import { sealCheckSecrets, writtenSecretNames } from './check-secrets.ts';
import { withHeartbeatDefaults } from './heartbeat-definition.ts';
import { type MonitorDefinition, validateMonitor } from './validate-monitor.ts';

/** Everything that a monitor is validated against and written with. */
export interface MonitorContext {
  readonly config: Config;
  readonly state: State;
  readonly rows: readonly MonitorRow[];
  readonly channelIds: ReadonlySet<string>;
  readonly caller: Caller;
  /** What the caller sees. */
  readonly inside: Inside;
  readonly windows: readonly WindowRow[];
  readonly routes: readonly RouteRow[];
  readonly statusPages: readonly StatusPageRow[];
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** Monitor numbers by id. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly now: number;
  /** Names of the tags that a restriction names. Read when they are first needed. */
  restrictingNames(): Promise<ReadonlySet<string>>;
}

type Statements = NonNullable<PendingCommit['statements']>;

export interface MonitorWrite {
  readonly changes: readonly Change[];
  readonly statements: Statements;
  readonly row: MonitorRow;
  readonly record: AuditRecord;
}

/** A monitor that is created, or that replaces the existing one. */
export interface PlannedMonitor extends MonitorUpdate {
  readonly changes: readonly Change[];
  readonly heartbeat: PlannedHeartbeat;
}

export async function loadMonitorContext(
  config: Config,
  state: State,
  caller: Caller,
): Promise<MonitorContext> {
  const {
    monitors: rows,
    channels,
    windows,
    routes,
    statusPages,
  } = await store.listMonitorsChannelsAndWindows(config.db);
  let names: Promise<ReadonlySet<string>> | undefined;
  return {
    config,
    state,
    rows,
    channelIds: new Set(channels.map(({ id }) => id)),
    caller,
    inside: insideOf(caller.restriction, rows, channels),
    windows,
    routes,
    statusPages,
    dependencies: new Map(rows.map(({ id, dependsOn }) => [id, dependsOn])),
    numbers: new Map(rows.map(({ id, number }) => [id, number])),
    now: caller.now,
    restrictingNames: () => {
      names ??= readRestrictingNames(config.db, caller);
      return names;
    },
  };
}

/**
 * Creates a monitor, or replaces `existing`. Rejects a definition that breaks a rule, or names what the caller cannot see. `update`: a list that stays as it
 * is stored is not compared with what exists now.
 */
export async function planWrite(
  context: MonitorContext,
  written: MonitorDefinition & { id: string },
  existing: MonitorRow | null,
  number = existing?.number ?? context.state.nextMonitor,
  update = false,
): Promise<Result<PlannedMonitor, ValidationError>> {
  const completed = withHeartbeatDefaults(written);
  if (!completed.ok) return completed;
  const referencing = withReferences(context, completed.value, existing);
  if (!referencing.ok) return referencing;
  const definition = referencing.value;
  const refused = restrictingTagsError(
    context.caller,
    definition.tags,
    existing?.tags ?? null,
    await context.restrictingNames(),
  );
  if (refused) return err(refused);
  const invalid = validateMonitor(definition, { ...context, stored: update ? existing : null });
  if (invalid) return err(invalid);
  const { now, config } = context;
  const sealed = await sealCheckSecrets(config, { number, check: definition.check }, existing);
  if (!sealed.ok) return sealed;
  const row: MonitorRow = {
    ...definition,
    ...sealed.value,
    public: definition.public ?? config.newMonitorsPublic,
    number,
    sloTarget: definition.sloTarget ?? null,
    version: (existing?.version ?? 0) + 1,
    createdAt: existing?.createdAt ?? now,
    updatedAt: now,
  };
  const writtenSecrets = writtenSecretNames(definition.check);
  const heartbeat = await planHeartbeat(config, row, existing);
  return ok({ changes: engineChanges(context, row, existing), row, existing, writtenSecrets, heartbeat });
}

/** The definition with the lists to store. */
function withReferences<D extends MonitorDefinition>(
  { caller, inside }: MonitorContext,
  written: D,
  existing: MonitorRow | null,
): Result<D, ValidationError> {
  const dependsOn = writeReferences(
    caller,
    { kind: 'monitor', path: ['dependsOn'] },
    written.dependsOn,
    existing?.dependsOn ?? null,
    inside.monitors,
  );
  if ('error' in dependsOn) return err(dependsOn.error);
  const channels = writeReferences(
    caller,
    { kind: 'channel', path: ['channels'] },
    written.channels,
    existing?.channels ?? null,
    inside.channels,
  );
  if ('error' in channels) return err(channels.error);
  return ok({ ...written, dependsOn: dependsOn.list, channels: channels.list });
}

/** What is stored for these monitors. What was shown of one is hidden once it goes private, also if it becomes public again. */
export function writeStatements(db: D1Database, planned: readonly PlannedMonitor[]): Statements {
  const hidden = planned.flatMap(({ row, existing }) =>
    existing?.public && !row.public ? [row.number] : [],
  );
  return [
    ...store.writeMonitors(db, planned),
    ...(hidden.length === 0 ? [] : [hideIncidents(db, hidden)]),
    ...heartbeatStatements(db, planned),
  ];
}

export function planDelete(
  { config }: MonitorContext,
  rows: readonly MonitorRow[],
): Pick<MonitorWrite, 'changes' | 'statements'> {
  const numbers = rows.map(({ number }) => number);
  return {
    changes: numbers.map((number) => ({ type: 'monitor.deleted', number })),
    statements:
      numbers.length === 0
        ? []
        : [
            store.removeMonitors(config.db, numbers),
            hideIncidents(config.db, numbers),
            ...removalStatements(config.db, rows),
          ],
  };
}

/** The monitors that depend on a deleted one, without it. */
export function detachDependents(
  context: MonitorContext,
  deleted: ReadonlySet<string>,
): Pick<MonitorWrite, 'changes' | 'statements'> & { readonly dependents: readonly MonitorRow[] } {
  const dependents = context.rows
    .filter(({ id, dependsOn }) => !deleted.has(id) && dependsOn.some((parent) => deleted.has(parent)))
    .map((row) => ({ ...row, dependsOn: row.dependsOn.filter((parent) => !deleted.has(parent)) }));
  return {
    dependents,
    changes: dependents.map((row) => ({
      type: 'monitor',
      number: row.number,
      policy: policyOf(context, row),
    })),
    statements: store.setDependencies(context.config.db, dependents),
  };
}

/** A change of name, tags or channels does not change the engine's state. */
function engineChanges(context: MonitorContext, row: MonitorRow, existing: MonitorRow | null): Change[] {
  const policy = policyOf(context, row);
  const { number } = row;
  if (!existing)
    return [
      ...heartbeatLocation(context.state, row),
      { type: 'monitor', number, policy, ...hostOf(row.check) },
    ];
  if (!isSameTarget(row.check, existing.check))
    return [
      ...heartbeatLocation(context.state, row),
      { type: 'monitor.target_changed', number, policy, ...hostOf(row.check) },
    ];
  const known = context.state.monitors.get(number)?.policy;
  return isEqual(known, policy) ? [] : [{ type: 'monitor', number, policy }];
}

/** Stands for the target's network while its locations do not agree on one. */
function hostOf(check: CheckInput): { readonly host?: string } {
  const target = targetOfParsed(check);
  return target === null ? {} : { host: networkOf(target.host) ?? hostKey(target.host) };
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Parses the stored check only if it differs: it may lack a newer option, whose default is the same target. */
function isSameTarget(parsed: CheckInput, stored: CheckInput): boolean {
  const wanted = targetOptionsOfParsed(parsed);
  return isEqual(targetOptionsOfParsed(stored), wanted) || isEqual(targetOptions(stored), wanted);
}

function policyOf({ state, numbers }: MonitorContext, row: MonitorRow): Policy {
  const numberOf = (id: string): number =>
    id === HEARTBEAT_LOCATION
      ? HEARTBEAT_LOCATION_NUMBER
      : [...state.locations.values()].find((location) => location.id === id)!.number;
  return enginePolicy(row, numberOf, numbers);
}
