// Creates, updates and deletes monitors: rows and journal in one commit. Does not define what a monitor may be:
// validate-monitor.ts does.
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { commitIfValid } from '../../store/commit.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import { loadState } from '../../store/shard.ts';
import { apiContext } from '../api-context.ts';
import { freeDerivedId } from '../derived-id.ts';
import { versionError } from '../expected-version.ts';
import { syncLocations } from '../locations/sync-locations.ts';
import { detachMonitors } from '../references/detach-monitors.ts';
import { type Reference, type ReferencedError, referencedError } from '../references/reference.ts';
import { followMonitors } from '../windows/follow-monitors.ts';
import {
  loadMonitorContext,
  type MonitorContext,
  type MonitorWrite,
  type PlannedMonitor,
  planDelete,
  planWrite,
  writeStatements,
} from './plan-monitor.ts';
import type { MonitorDefinition } from './validate-monitor.ts';

/** A monitor as it was committed, and the state after that commit. */
export interface CommittedMonitor {
  readonly monitor: MonitorRow;
  readonly state: State;
}

export async function createMonitor(
  config: Config,
  input: MonitorDefinition,
  now: number,
): Promise<Result<CommittedMonitor, ValidationError>> {
  return commitMonitor(config, now, async (context) => {
    const id = input.id ?? freeDerivedId(input.name, 'monitor', context.rows);
    if (context.rows.some((row) => row.id === id)) {
      const message = `A monitor with the id "${id}" exists. Choose another id, or update that monitor.`;
      return err({ kind: 'conflict', path: ['id'], message });
    }
    return written(context, await planWrite(context, { ...input, id }, null));
  });
}

/**
 * Applies `patch` to the row as it is at the commit, so that changes made at the same time are all kept. Fails with
 * `precondition_failed` if the row has another version than the expected one.
 */
export async function updateMonitor<E = ValidationError>(
  config: Config,
  id: string,
  patch: (stored: MonitorRow) => Result<MonitorDefinition, E>,
  now: number,
  expectedVersion?: number,
): Promise<Result<CommittedMonitor, ValidationError | VersionError | E>> {
  return commitMonitor<ValidationError | VersionError | E>(config, now, async (context) => {
    const row = context.rows.find((candidate) => candidate.id === id);
    if (!row) return err(unknownMonitor(id));
    const outdated = versionError(`The monitor "${id}"`, row, expectedVersion);
    if (outdated) return err(outdated);
    const patched = patch(row);
    if (!patched.ok) return patched;
    return written(context, await planWrite(context, { ...patched.value, id }, row, row.number, true));
  });
}

/** A monitor may join or leave the windows by tag. */
function written<E>(context: MonitorContext, planned: Result<PlannedMonitor, E>): Result<MonitorWrite, E> {
  if (!planned.ok) return planned;
  const { row, changes } = planned.value;
  const others = context.rows.filter(({ number }) => number !== row.number);
  const followed = followMonitors(context, context.rows, [...others, row]);
  return ok({
    row,
    changes: [...changes, ...followed.changes],
    statements: [...writeStatements(context.config.db, [planned.value]), ...followed.statements],
  });
}

export interface DeleteOptions {
  readonly expectedVersion?: number | undefined;
  /** Removes what names it too, instead of a refusal. */
  readonly detach?: boolean;
}

/** Returns the references that it removed. Without `detach`, a reference is a refusal, and nothing changes. */
export async function deleteMonitor(
  config: Config,
  id: string,
  now: number,
  { expectedVersion, detach = false }: DeleteOptions = {},
): Promise<Result<readonly Reference[], ValidationError | VersionError | ReferencedError>> {
  let references: readonly Reference[] = [];
  const deleted = await commitMonitor<ValidationError | VersionError | ReferencedError>(
    config,
    now,
    (context) => {
      const row = context.rows.find((candidate) => candidate.id === id);
      if (!row) return err(unknownMonitor(id));
      const outdated = versionError(`The monitor "${id}"`, row, expectedVersion);
      if (outdated) return err(outdated);
      const detached = detachMonitors(context, new Set([id]));
      references = detached.references;
      if (references.length > 0 && !detach) return err(referencedError(`The monitor "${id}"`, references));
      const removal = planDelete(context, [row]);
      return ok({
        row,
        changes: [...removal.changes, ...detached.changes],
        statements: [...removal.statements, ...detached.statements],
      });
    },
  );
  return deleted.ok ? ok(references) : deleted;
}

const unknownMonitor = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown monitor "${id}". GET /api/v1/monitors lists all monitors.`,
});

async function commitMonitor<E>(
  config: Config,
  now: number,
  decide: (context: MonitorContext) => Result<MonitorWrite, E> | Promise<Result<MonitorWrite, E>>,
): Promise<Result<CommittedMonitor, E>> {
  const committer = apiContext(config, now);
  const base = await syncLocations(committer, await loadState(config.db), config.locations);
  let monitor: MonitorRow | undefined;
  const committed = await commitIfValid(committer, base, async (state) => {
    const decided = await decide(await loadMonitorContext(config, state, now));
    if (!decided.ok) return decided;
    const { row, changes, statements } = decided.value;
    monitor = row;
    return ok({ entry: { kind: 'change', changes }, statements });
  });
  return committed.ok ? ok({ monitor: monitor!, state: committed.value.state }) : committed;
}
