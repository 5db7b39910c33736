// Creates, updates and deletes monitors: rows and journal in one commit. Does not define what a monitor may be:
// validate-monitor.ts does.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { auditStatements } from '../../store/audit.ts';
import { commitIfValid } from '../../store/commit.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import { loadState } from '../../store/shard.ts';
import { isWindowInside, showMonitor } from '../access/inside.ts';
import { ifInside, takenId } from '../access/references.ts';
import { apiContext } from '../api-context.ts';
import { freeDerivedId } from '../derived-id.ts';
import { versionError } from '../expected-version.ts';
import { syncLocations } from '../locations/sync-locations.ts';
import { detachMonitors } from '../references/detach-monitors.ts';
import {
  outsideReferencesError,
  type Reference,
  type ReferencedError,
  referencedError,
} from '../references/reference.ts';
import { followMonitors } from '../windows/follow-monitors.ts';
import { deletedMonitorRecord, isUnchanged, monitorRecord } from './audit-monitor.ts';
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
  caller: Caller,
): Promise<Result<CommittedMonitor, ValidationError>> {
  return commitMonitor(config, caller, async (context) => {
    const id = input.id ?? freeDerivedId(input.name, 'monitor', context.rows);
    const taken = context.rows.find((row) => row.id === id);
    if (taken) {
      const message = takenId('monitor', id, ifInside(caller.restriction, taken) !== null);
      return err({ kind: 'conflict', path: ['id'], message });
    }
    return written(context, await planWrite(context, { ...input, id }, null));
  });
}

/**
 * Applies `patch` to the row as it is at the commit and as the caller sees it, so that changes made at the same time are
 * all kept. Fails with `precondition_failed` if the row has another version than the expected one. If nothing differs,
 * nothing is written.
 */
export async function updateMonitor<E = ValidationError>(
  config: Config,
  id: string,
  patch: (stored: MonitorRow) => Result<MonitorDefinition, E>,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<CommittedMonitor, ValidationError | VersionError | E>> {
  return commitMonitor<ValidationError | VersionError | E>(config, caller, async (context) => {
    const row = findRow(context, id);
    if (!row) return err(unknownMonitor(id));
    const outdated = versionError(`The monitor "${id}"`, row, expectedVersion);
    if (outdated) return err(outdated);
    const patched = patch(showMonitor(context.inside, row));
    if (!patched.ok) return patched;
    return written(context, await planWrite(context, { ...patched.value, id }, row, row.number, true));
  });
}

/** A monitor may join or leave the windows by tag. */
function written<E>(context: MonitorContext, planned: Result<PlannedMonitor, E>): Result<MonitorWrite, E> {
  if (!planned.ok) return planned;
  const { row, existing, changes } = planned.value;
  const others = context.rows.filter(({ number }) => number !== row.number);
  const followed = followMonitors(context, context.rows, [...others, row]);
  const isSame =
    isUnchanged(planned.value) && changes.length + followed.changes.length + followed.statements.length === 0;
  return ok({
    row: isSame && existing ? existing : row,
    record: monitorRecord(planned.value),
    changes: [...changes, ...followed.changes],
    statements: isSame
      ? []
      : [...writeStatements(context.config.db, [planned.value]), ...followed.statements],
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
  caller: Caller,
  { expectedVersion, detach = false }: DeleteOptions = {},
): Promise<Result<readonly Reference[], ValidationError | VersionError | ReferencedError>> {
  let references: readonly Reference[] = [];
  const deleted = await commitMonitor<ValidationError | VersionError | ReferencedError>(
    config,
    caller,
    (context) => {
      const row = findRow(context, id);
      if (!row) return err(unknownMonitor(id));
      const outdated = versionError(`The monitor "${id}"`, row, expectedVersion);
      if (outdated) return err(outdated);
      const detached = detachMonitors(context, new Set([id]));
      references = detached.references;
      const shown = references.filter((reference) => isReferenceInside(context, reference));
      if (shown.length < references.length) return err(outsideReferencesError(`The monitor "${id}"`, shown));
      if (references.length > 0 && !detach) return err(referencedError(`The monitor "${id}"`, references));
      const removal = planDelete(context, [row]);
      return ok({
        row,
        record: deletedMonitorRecord(row, references),
        changes: [...removal.changes, ...detached.changes],
        statements: [...removal.statements, ...detached.statements],
      });
    },
  );
  return deleted.ok ? ok(references) : deleted;
}

/** A deletion changes what names the monitor. A caller may change only what is inside. */
export function isReferenceInside(
  { inside, windows, routes, statusPages }: MonitorContext,
  { kind, id }: Reference,
): boolean {
  if (inside.restriction === null) return true;
  if (kind === 'monitor') return inside.monitors.has(id);
  if (kind === 'route' || kind === 'status_page') {
    const rows = kind === 'route' ? routes : statusPages;
    const named = rows.find((row) => row.id === id);
    return named !== undefined && isInside(inside.restriction, named);
  }
  const window = windows.find((row) => row.kind === kind && row.id === id);
  return window !== undefined && isWindowInside(inside, window);
}

const findRow = ({ rows, caller }: MonitorContext, id: string): MonitorRow | null =>
  ifInside(
    caller.restriction,
    rows.find((row) => row.id === id),
  );

export const unknownMonitor = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown monitor "${id}". GET /api/v1/monitors lists all monitors.`,
});

async function commitMonitor<E>(
  config: Config,
  caller: Caller,
  decide: (context: MonitorContext) => Result<MonitorWrite, E> | Promise<Result<MonitorWrite, E>>,
): Promise<Result<CommittedMonitor, E>> {
  const committer = apiContext(config, caller.now);
  const base = await syncLocations(committer, await loadState(config.db), config.locations);
  let monitor: MonitorRow | undefined;
  let state = base;
  const committed = await commitIfValid<E | 'unchanged'>(committer, base, async (current) => {
    state = current;
    const decided = await decide(await loadMonitorContext(config, current, caller));
    if (!decided.ok) return decided;
    const { row, changes, statements, record } = decided.value;
    monitor = row;
    if (changes.length + statements.length === 0) return err('unchanged' as const);
    const audit = await auditStatements(config.db, config, caller, record);
    return ok({ entry: { kind: 'change', changes }, statements: [...statements, ...audit] });
  });
  if (committed.ok) return ok({ monitor: monitor!, state: committed.value.state });
  return committed.error === 'unchanged' ? ok({ monitor: monitor!, state }) : err(committed.error as E);
}
