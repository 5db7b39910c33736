// Creates, changes and deletes monitors: rows and journal in one commit. Owns what needs the state to be refused.
import { eq } from 'drizzle-orm';
import { targetOptions } from '../../../probes/checks/check-input.ts';
import type { MonitorRow } from '../../channels/webhook-body.ts';
import type { Change } from '../../engine/model/journal.ts';
import type { Policy, State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { syncLocations } from '../../scheduler/sync-locations.ts';
import { type CommitContext, commitIfValid, type PendingCommit } from '../../store/commit.ts';
import { channels, monitors } from '../../store/schema.ts';
import { type Database, loadState } from '../../store/shard.ts';
import { sealCheckSecrets } from './check-secrets.ts';
import { type MonitorDefinition, validateMonitor } from './validate-monitor.ts';

/** Commits of the API carry no tick. */
export const apiContext = (config: Config, now: number): CommitContext => ({
  db: config.db,
  tick: 'api',
  publicUrl: config.publicUrl,
  now: () => now,
});

/** Everything that is known when a monitor is judged and written. */
interface MonitorContext {
  readonly config: Config;
  readonly state: State;
  readonly rows: readonly MonitorRow[];
  readonly channelIds: ReadonlySet<string>;
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** Monitor numbers by id. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly now: number;
}

export async function createMonitor(
  config: Config,
  input: MonitorDefinition,
  now: number,
): Promise<Result<MonitorRow, ValidationError>> {
  return commitChange(config, now, (scene, orm) => {
    const id = input.id ?? uniqueSlug(input.name, scene.rows);
    if (scene.rows.some((row) => row.id === id)) {
      const message = `A monitor with the id "${id}" exists. Choose another id, or change that one.`;
      return err({ kind: 'conflict', path: ['id'], message });
    }
    return planWrite(scene, orm, { ...input, id }, null);
  });
}

export async function updateMonitor(
  config: Config,
  id: string,
  read: MonitorRow,
  input: MonitorDefinition,
  now: number,
): Promise<Result<MonitorRow, ValidationError>> {
  return commitChange(config, now, (scene, orm) => {
    const row = scene.rows.find((candidate) => candidate.id === id);
    if (!row) return err(unknownMonitor(id));
    if (row.version !== read.version) {
      const message = `The monitor "${id}" was changed by somebody else just now. Read it again, and repeat.`;
      return err({ kind: 'conflict', path: [], message });
    }
    return planWrite(scene, orm, { ...input, id }, row);
  });
}

export async function deleteMonitor(
  config: Config,
  id: string,
  now: number,
): Promise<Result<void, ValidationError>> {
  const deleted = await commitChange(config, now, (scene, orm) => {
    const row = scene.rows.find((candidate) => candidate.id === id);
    if (!row) return err(unknownMonitor(id));
    const erased = planDelete(orm, row);
    const orphaned = detachDependents(scene, orm, id);
    return ok({
      row,
      changes: [...erased.changes, ...orphaned.changes],
      statements: [...erased.statements, ...orphaned.statements],
    });
  });
  return deleted.ok ? ok(undefined) : deleted;
}

const unknownMonitor = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `There is no monitor "${id}".`,
});

interface MonitorWrite {
  readonly changes: readonly Change[];
  readonly statements: NonNullable<PendingCommit['statements']>;
  readonly row: MonitorRow;
}

async function commitChange(
  config: Config,
  now: number,
  decide: (
    scene: MonitorContext,
    orm: Database,
  ) => Result<MonitorWrite, ValidationError> | Promise<Result<MonitorWrite, ValidationError>>,
): Promise<Result<MonitorRow, ValidationError>> {
  const context = apiContext(config, now);
  const base = await syncLocations(context, await loadState(config.db), config.locations);
  let row: MonitorRow | undefined;
  const committed = await commitIfValid(context, base, async (state, orm) => {
    const decided = await decide(await loadMonitorContext(config, state, orm, now), orm);
    if (!decided.ok) return decided;
    row = decided.value.row;
    const { changes, statements } = decided.value;
    return ok({ entry: { kind: 'change', changes }, statements });
  });
  if (!committed.ok) return committed;
  return ok(row!);
}

export async function loadMonitorContext(
  config: Config,
  state: State,
  orm: Database,
  now: number,
): Promise<MonitorContext> {
  const [rows, ids] = await orm.batch([
    orm.select().from(monitors),
    orm.select({ id: channels.id }).from(channels),
  ]);
  return {
    config,
    state,
    rows,
    channelIds: new Set(ids.map(({ id }) => id)),
    dependencies: new Map(rows.map(({ id, dependsOn }) => [id, dependsOn])),
    numbers: new Map(rows.map(({ id, number }) => [id, number])),
    now,
  };
}

/** What it takes to create or replace one monitor; refused when a rule says no. */
export async function planWrite(
  scene: MonitorContext,
  orm: Database,
  definition: MonitorDefinition & { id: string },
  existing: MonitorRow | null,
  number = existing?.number ?? scene.state.nextMonitor,
): Promise<Result<MonitorWrite, ValidationError>> {
  const refusal = validateMonitor(definition, scene);
  if (refusal) return err(refusal);
  const { now, config } = scene;
  const kept = await sealCheckSecrets(config.encryptionKey, definition.check, existing);
  if (!kept.ok) return kept;
  const row: MonitorRow = {
    ...definition,
    ...kept.value,
    number,
    version: (existing?.version ?? 0) + 1,
    createdAt: existing?.createdAt ?? now,
    updatedAt: now,
  };
  const { number: _, ...values } = row;
  const statement = existing
    ? orm.update(monitors).set(values).where(eq(monitors.number, number))
    : orm.insert(monitors).values(row);
  return ok({ changes: engineChanges(scene, row, existing), statements: [statement], row });
}

export const planDelete = (orm: Database, row: MonitorRow): Omit<MonitorWrite, 'row'> => ({
  changes: [{ type: 'monitor.deleted', number: row.number }],
  statements: [orm.delete(monitors).where(eq(monitors.number, row.number))],
});

/** What depended on a monitor that goes depends on it no longer. */
function detachDependents(scene: MonitorContext, orm: Database, id: string): Omit<MonitorWrite, 'row'> {
  const children = scene.rows.filter(({ dependsOn }) => dependsOn.includes(id));
  const without = ({ dependsOn }: MonitorRow): string[] => dependsOn.filter((parent) => parent !== id);
  return {
    changes: children.map((row) => {
      const policy = policyOf(scene, { ...row, dependsOn: without(row) });
      return { type: 'monitor', number: row.number, policy };
    }),
    statements: children.map((row) =>
      orm
        .update(monitors)
        .set({ dependsOn: without(row) })
        .where(eq(monitors.number, row.number)),
    ),
  };
}

/** A change of name, tags or channels is none to the engine. */
function engineChanges(scene: MonitorContext, row: MonitorRow, existing: MonitorRow | null): Change[] {
  const policy = policyOf(scene, row);
  const { state } = scene;
  const { number } = row;
  if (!existing) return [{ type: 'monitor', number, policy }];
  const retargeted =
    JSON.stringify(targetOptions(row.check)) !== JSON.stringify(targetOptions(existing.check));
  if (retargeted) return [{ type: 'monitor.target_changed', number, policy }];
  const known = state.monitors.get(number)?.policy;
  return JSON.stringify(known) === JSON.stringify(policy) ? [] : [{ type: 'monitor', number, policy }];
}

function policyOf({ state, numbers }: MonitorContext, row: MonitorRow): Policy {
  const numberOf = (id: string): number =>
    [...state.locations.values()].find((location) => location.id === id)!.number;
  return {
    intervalMs: row.intervalSeconds * 1000,
    timeoutMs: Number(row.check.timeoutMs),
    quorum: row.alert.quorum,
    failures: row.alert.failures,
    recoveries: row.alert.recoveries,
    confirmMs: row.alert.confirmSeconds * 1000,
    locations: row.locations === 'all' ? 'all' : row.locations.map(numberOf).sort((a, b) => a - b),
    dependsOn: row.dependsOn.flatMap((id) => numbers.get(id) ?? []),
    paused: row.paused,
  };
}

/** A slug of the name that no monitor has yet. */
export function uniqueSlug(name: string, rows: readonly { readonly id: string }[]): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 56)
    .replace(/-+$/, '');
  const base = plain === '' ? 'monitor' : plain;
  const taken = new Set(rows.map((row) => row.id));
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.has(`${base}-${number}`)) return `${base}-${number}`;
}
