// Creates, updates and deletes maintenances and silences: their rows and the engine's windows, in one commit.
// Does not compute occurrences: schedule.ts does.
import type { Change } from '../../engine/model/journal.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { commitIfValid, type PendingCommit } from '../../store/commit.ts';
import { loadState } from '../../store/shard.ts';
import type { Schedule, WindowKind, WindowRow } from '../../store/windows.ts';
import * as store from '../../store/windows.ts';
import { apiContext } from '../api-context.ts';
import { freeDerivedId } from '../derived-id.ts';
import { versionError } from '../expected-version.ts';
import { engineWindowId, windowChange } from './engine-window.ts';
import { parseSchedule } from './schedule.ts';

/** A window as a person writes it. */
export interface WindowDefinition {
  readonly id?: string | undefined;
  readonly name: string;
  readonly monitors: 'all' | readonly string[];
  readonly schedule: Schedule;
}

export function createWindow(
  config: Config,
  kind: WindowKind,
  input: WindowDefinition,
  now: number,
): Promise<Result<WindowRow, ValidationError>> {
  return commitWindow(config, kind, now, (context) => {
    const id = input.id ?? freeDerivedId(input.name, kind, context.rows);
    if (context.rows.some((row) => row.id === id)) {
      const message = `A ${kind} with the id "${id}" exists. Choose another id, or update that ${kind}.`;
      return err({ kind: 'conflict', path: ['id'], message });
    }
    const row: WindowRow = { ...rowOf(kind, id, input), version: 1, createdAt: now, updatedAt: now };
    return planWrite(context, row, store.insertWindow(config.db, row));
  });
}

/**
 * Applies `patch` to the stored row. Fails with `precondition_failed` if the row has another version than the
 * expected one. Fails with `conflict` if it changes while this update runs: the fields of a schedule belong together.
 */
export function updateWindow<E = ValidationError>(
  config: Config,
  kind: WindowKind,
  id: string,
  patch: (stored: WindowRow) => Result<WindowDefinition, E>,
  now: number,
  expectedVersion?: number,
): Promise<Result<WindowRow, ValidationError | VersionError | E>> {
  let firstRead: number | undefined;
  return commitWindow<ValidationError | VersionError | E>(config, kind, now, (context) => {
    const stored = context.rows.find((row) => row.id === id);
    if (!stored) return err(unknownWindow(kind, id));
    const outdated = versionError(`The ${kind} "${id}"`, stored, expectedVersion);
    if (outdated) return err(outdated);
    firstRead ??= stored.version;
    if (firstRead !== stored.version) {
      const message = `Another request changed the ${kind} "${id}" at the same time. Read it again and repeat the change.`;
      return err({ kind: 'conflict', path: [], message });
    }
    const patched = patch(stored);
    if (!patched.ok) return patched;
    const row: WindowRow = {
      ...rowOf(kind, id, patched.value),
      version: stored.version + 1,
      createdAt: stored.createdAt,
      updatedAt: now,
    };
    return planWrite(context, row, store.replaceWindow(config.db, row));
  });
}

/** Ends a silence that has begun and keeps its row. Removes any other window. */
export async function deleteWindow(
  config: Config,
  kind: WindowKind,
  id: string,
  now: number,
  expectedVersion?: number,
): Promise<Result<void, ValidationError | VersionError>> {
  const deleted = await commitWindow<ValidationError | VersionError>(config, kind, now, (context) => {
    const row = context.rows.find((one) => one.id === id);
    if (!row) return err(unknownWindow(kind, id));
    const outdated = versionError(`The ${kind} "${id}"`, row, expectedVersion);
    if (outdated) return err(outdated);
    const changes: Change[] = [{ type: 'window.deleted', id: engineWindowId(row) }];
    const { schedule } = row;
    const began = 'startsAt' in schedule && schedule.startsAt < now;
    if (kind === 'maintenance' || !began || schedule.endsAt <= now) {
      return ok({ row, changes, statement: store.removeWindow(config.db, row) });
    }
    const ended: WindowRow = {
      ...row,
      schedule: { ...schedule, endsAt: now },
      version: row.version + 1,
      updatedAt: now,
    };
    return ok({ row: ended, changes, statement: store.replaceWindow(config.db, ended) });
  });
  return deleted.ok ? ok(undefined) : deleted;
}

const unknownWindow = (kind: WindowKind, id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown ${kind} "${id}". GET /api/v1/${kind}s lists all ${kind}s.`,
});

const rowOf = (kind: WindowKind, id: string, input: WindowDefinition) => ({
  kind,
  id,
  name: input.name,
  monitors: input.monitors === 'all' ? ('all' as const) : [...input.monitors],
  schedule: input.schedule,
});

interface WindowContext {
  readonly rows: readonly WindowRow[];
  /** Monitor numbers by id. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly now: number;
}

type Statement = NonNullable<PendingCommit['statements']>[number];

interface WindowWrite {
  readonly row: WindowRow;
  readonly changes: readonly Change[];
  readonly statement: Statement;
}

async function commitWindow<E>(
  config: Config,
  kind: WindowKind,
  now: number,
  decide: (context: WindowContext) => Result<WindowWrite, E>,
): Promise<Result<WindowRow, E>> {
  let row: WindowRow | undefined;
  const base = await loadState(config.db);
  const committed = await commitIfValid(apiContext(config, now), base, async () => {
    const { windows: rows, numbers } = await store.listWindowsAndMonitorNumbers(config.db, kind);
    const decided = decide({ rows, numbers, now });
    if (!decided.ok) return decided;
    row = decided.value.row;
    const { changes, statement } = decided.value;
    return ok({ entry: { kind: 'change', changes }, statements: [statement] });
  });
  return committed.ok ? ok(row!) : committed;
}

function planWrite(
  context: WindowContext,
  row: WindowRow,
  statement: Statement,
): Result<WindowWrite, ValidationError> {
  if (row.monitors !== 'all') {
    for (const [index, id] of row.monitors.entries()) {
      if (context.numbers.has(id)) continue;
      const message = `Monitor "${id}" does not exist. Create it first.`;
      return err({ kind: 'invalid', path: ['monitors', index], message });
    }
  }
  const spans = parseSchedule(row.schedule, context.now);
  if (!spans.ok) return spans;
  return ok({ row, changes: [windowChange(row, spans.value, context.numbers)], statement });
}
