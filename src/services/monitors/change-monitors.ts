// Changes or deletes many monitors in one commit, with an entry of the audit log for each. Refuses everything if one of them
// is refused, unless the caller leaves those out. Does not define what a monitor may be: validate-monitor.ts does.
import { createHash } from 'node:crypto';
import type { Caller } from '../../access/caller.ts';
import type { Change } from '../../engine/model/journal.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { type AuditRecord, manyAuditStatements } from '../../store/audit.ts';
import { nextEnds } from '../../store/audit-chain.ts';
import { commitIfValid, type PendingCommit } from '../../store/commit.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import { loadState } from '../../store/shard.ts';
import { showMonitor } from '../access/inside.ts';
import { ifInside, shownIds } from '../access/references.ts';
import { apiContext } from '../api-context.ts';
import { syncLocations, withLocations } from '../locations/sync-locations.ts';
import type { Reference, ReferencedError } from '../references/reference.ts';
import { followMonitors } from '../windows/follow-monitors.ts';
import { deletedMonitorRecord, isUnchanged, monitorRecord } from './audit-monitor.ts';
import { findWanted, planDeletions, type WantedChange } from './delete-monitors.ts';
import { unknownMonitor } from './monitors.ts';
import {
  loadMonitorContext,
  type MonitorContext,
  type PlannedMonitor,
  planWrite,
  writeStatements,
} from './plan-monitor.ts';
import type { MonitorDefinition } from './validate-monitor.ts';

export interface WantedUpdate<E> extends WantedChange {
  /** The monitor as it will be, of the row as the caller sees it. */
  patch(stored: MonitorRow): Result<MonitorDefinition, E>;
}

export type WantedChanges<E> =
  | { readonly updates: readonly WantedUpdate<E>[] }
  | { readonly deletes: readonly WantedChange[]; readonly detach: boolean };

export type ChangeError<E> = ValidationError | VersionError | ReferencedError | E;

/** What becomes of one monitor, in the order of the request. */
export interface PlannedChange<E> {
  readonly id: string;
  /** Null: it does not exist for the caller. */
  readonly name: string | null;
  readonly outcome: 'updated' | 'unchanged' | 'deleted' | 'refused';
  /** The version that it has after the change. Null: none. */
  readonly version: number | null;
  /** The fields that differ. Of an entry that is deleted or refused: null. */
  readonly before: unknown;
  readonly after: unknown;
  /** Why it is refused. */
  readonly error: ChangeError<E> | null;
  /** What names a deleted monitor and loses its id. */
  readonly references: readonly Reference[];
}

export interface ChangedMonitors<E> {
  readonly monitors: readonly PlannedChange<E>[];
  /** Stands for everything that was planned: another plan has another one. */
  readonly revision: string;
  /** Numbers of the first and the last entry of the audit log. Null: nothing was written. */
  readonly auditEntries: { readonly first: number; readonly last: number } | null;
}

/** Some are refused, so nothing has changed. */
export interface ChangesRefused<E> {
  readonly kind: 'changes_refused';
  readonly monitors: readonly PlannedChange<E>[];
}

export interface ChangeOptions {
  /** Returns the plan and changes nothing. */
  readonly dryRun: boolean;
  /** Changes the others if some are refused. */
  readonly skipRefused: boolean;
  /** That of a dry run: if the plan is another one now, nothing changes. */
  readonly revision?: string | undefined;
}

/** What one attempt of the commit would write. */
interface Plan<E> {
  readonly monitors: readonly PlannedChange<E>[];
  readonly changes: readonly Change[];
  readonly statements: NonNullable<PendingCommit['statements']>;
  readonly records: readonly AuditRecord[];
}

export async function changeMonitors<E>(
  config: Config,
  wanted: WantedChanges<E>,
  caller: Caller,
  { dryRun, skipRefused, revision }: ChangeOptions,
): Promise<Result<ChangedMonitors<E>, VersionError | ChangesRefused<E>>> {
  const committer = apiContext(config, caller.now);
  const stored = await loadState(config.db);
  const base = dryRun
    ? withLocations(stored, config.locations, caller.now)
    : await syncLocations(committer, stored, config.locations);
  let result: ChangedMonitors<E> | undefined;
  const committed = await commitIfValid<VersionError | ChangesRefused<E> | 'planned'>(
    committer,
    base,
    async (state) => {
      // Before the reads: what is written in between takes the place in the chain, and this starts again. A plan takes none.
      const ends = dryRun ? null : await nextEnds(config.db, config);
      const context = await loadMonitorContext(config, state, caller);
      const plan =
        'updates' in wanted
          ? await planUpdates(context, wanted.updates)
          : planDeletes<E>(context, wanted.deletes, wanted.detach);
      const { monitors, changes, statements, records } = plan;
      result = { monitors, revision: revisionOf(monitors), auditEntries: null };
      if (ends === null) return err('planned' as const);
      if (revision !== undefined && revision !== result.revision) return err(OTHER_PLAN);
      if (!skipRefused && monitors.some(({ outcome }) => outcome === 'refused'))
        return err({ kind: 'changes_refused', monitors });
      if (records.length === 0) return err('planned' as const);
      const first = ends.previous.seq;
      result = { ...result, auditEntries: { first, last: first + records.length - 1 } };
      const audit = manyAuditStatements(config.db, config, caller, records, ends);
      return ok({ entry: { kind: 'change', changes }, statements: [...statements, ...audit] });
    },
  );
  if (!committed.ok && committed.error !== 'planned') return err(committed.error);
  return ok(result!);
}

const OTHER_PLAN: VersionError = {
  kind: 'precondition_failed',
  message:
    'The monitors have changed since the dry run that returned this revision. Nothing has changed. Repeat the dry run.',
};

function revisionOf(monitors: readonly PlannedChange<unknown>[]): string {
  const parts = monitors.map(({ id, outcome, version, before, after }) => [
    id,
    outcome,
    version,
    before,
    after,
  ]);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

const refused = <E>(id: string, row: MonitorRow | null, error: ChangeError<E>): PlannedChange<E> => ({
  ...{ id, name: row?.name ?? null, outcome: 'refused', version: row?.version ?? null },
  ...{ before: null, after: null, error, references: [] },
});

/** All of them are validated against the others as they will be. */
async function planUpdates<E>(
  context: MonitorContext,
  updates: readonly WantedUpdate<E>[],
): Promise<Plan<E>> {
  const byId = new Map(context.rows.map((row) => [row.id, row]));
  const patched = updates.map((update) => {
    const found = findWanted(byId, context, update);
    if (!found.ok) return { update, row: byId.get(update.id) ?? null, definition: found };
    return { update, row: found.value, definition: update.patch(showMonitor(context.inside, found.value)) };
  });
  const dependencies = new Map(context.dependencies);
  for (const { update, definition } of patched)
    if (definition.ok) dependencies.set(update.id, definition.value.dependsOn);
  const monitors: PlannedChange<E>[] = [];
  const written: PlannedMonitor[] = [];
  for (const { update, row, definition } of patched) {
    const { id } = update;
    const seen = ifInside(context.caller.restriction, row);
    if (!definition.ok || row === null) {
      monitors.push(refused<E>(id, seen, definition.ok ? unknownMonitor(id) : definition.error));
      continue;
    }
    const planned = await planWrite(
      { ...context, dependencies },
      { ...definition.value, id },
      row,
      row.number,
      true,
    );
    if (!planned.ok) {
      monitors.push(refused<E>(id, seen, planned.error));
      continue;
    }
    const isSame = isUnchanged(planned.value) && planned.value.changes.length === 0;
    if (!isSame) written.push(planned.value);
    const { before, after } = monitorRecord(planned.value);
    const shown = isSame ? row : planned.value.row;
    monitors.push({
      ...{ id, name: shown.name, outcome: isSame ? 'unchanged' : 'updated', version: shown.version },
      ...{ before: shownFields(context, before), after: shownFields(context, after) },
      ...{ error: null, references: [] },
    });
  }
  const after = new Map(written.map(({ row }) => [row.number, row]));
  const followed = followMonitors(
    context,
    context.rows,
    context.rows.map((row) => after.get(row.number) ?? row),
  );
  return {
    monitors,
    changes: [...written.flatMap(({ changes }) => changes), ...followed.changes],
    statements: [...writeStatements(context.config.db, written), ...followed.statements],
    records: written.map(monitorRecord),
  };
}

/** Without the ids that the caller cannot see. */
function shownFields({ inside }: MonitorContext, fields: unknown): unknown {
  const { restriction, monitors, channels } = inside;
  if (restriction === null) return fields;
  const { dependsOn, channels: listed, ...rest } = fields as Partial<MonitorRow>;
  return {
    ...rest,
    ...(dependsOn === undefined ? {} : { dependsOn: shownIds(restriction, dependsOn, monitors) }),
    ...(listed === undefined ? {} : { channels: shownIds(restriction, listed, channels) }),
  };
}

function planDeletes<E>(context: MonitorContext, deletes: readonly WantedChange[], detach: boolean): Plan<E> {
  const { outcomes, changes, statements } = planDeletions(context, deletes, detach);
  const monitors = outcomes.map(({ id, row, error, references }): PlannedChange<E> => {
    if (error !== null || row === null)
      return { ...refused<E>(id, row, error ?? unknownMonitor(id)), references };
    return {
      ...{ id, name: row.name, outcome: 'deleted', version: row.version },
      ...{ before: null, after: null, error: null, references },
    };
  });
  const records = outcomes.flatMap(({ row, error, references }) =>
    row === null || error !== null ? [] : [deletedMonitorRecord(row, references)],
  );
  return { monitors, changes, statements, records };
}
