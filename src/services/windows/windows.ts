// Creates, updates, ends and deletes maintenances and silences: their rows and the engine's windows, in one commit.
// Does not compute occurrences: schedule.ts does.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { auditStatements } from '../../store/audit.ts';
import { commitIfValid } from '../../store/commit.ts';
import { insertMailing } from '../../store/mailings.ts';
import { loadState } from '../../store/shard.ts';
import type { ScopedMonitor } from '../../store/window-scope.ts';
import type { Schedule, WindowKind, WindowRow } from '../../store/windows.ts';
import * as store from '../../store/windows.ts';
import { takenId } from '../access/references.ts';
import { apiContext } from '../api-context.ts';
import { freeDerivedId } from '../derived-id.ts';
import { changedMeanwhile, versionError } from '../expected-version.ts';
import { windowChange } from './engine-window.ts';
import { maintenanceMailing } from './maintenance-mailing.ts';
import { planEnd, planRemoval, type Statement, type WindowWrite } from './plan-window.ts';
import { occurrences, parseSchedule } from './schedule.ts';
import { checkScope, windowsInside } from './window-access.ts';
import { isSameWindow, type WindowAction, windowRecord } from './window-record.ts';

/** A window as a person writes it. */
export interface WindowDefinition {
  readonly id?: string | undefined;
  readonly name: string;
  readonly monitors: 'all' | readonly string[];
  /** Each is `name` or `name:value`. The window also covers the monitors that have one of them. */
  readonly tags: readonly string[];
  readonly schedule: Schedule;
  /** Of a maintenance: whether subscribers of status pages get a message about this change. Not stored. */
  readonly notify?: boolean | undefined;
}

export function createWindow(
  config: Config,
  kind: WindowKind,
  input: WindowDefinition,
  caller: Caller,
): Promise<Result<WindowRow, ValidationError>> {
  return commitWindow(config, kind, caller, (context) => {
    const scope = checkScope(caller, input, context.monitors);
    if (!scope.ok) return scope;
    const id = input.id ?? freeDerivedId(input.name, kind, context.rows);
    if (context.rows.some((row) => row.id === id)) {
      const message = takenId(kind, id, findShown(context, caller, id) !== undefined);
      return err({ kind: 'conflict', path: ['id'], message });
    }
    const { now } = caller;
    const row: WindowRow = { ...rowOf(kind, id, input), version: 1, createdAt: now, updatedAt: now };
    const plan = planWrite(context, row, null, (valid) => store.insertWindow(config.db, valid));
    const notify = input.notify ?? false;
    return plan.ok ? ok({ ...plan.value, action: 'created', before: null, notify }) : plan;
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
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<WindowRow, ValidationError | VersionError | E>> {
  let firstRead: number | undefined;
  return commitWindow<ValidationError | VersionError | E>(config, kind, caller, (context) => {
    const stored = findShown(context, caller, id);
    if (!stored) return err(unknownWindow(kind, id));
    const outdated = versionError(`The ${kind} "${id}"`, stored, expectedVersion);
    if (outdated) return err(outdated);
    firstRead ??= stored.version;
    if (firstRead !== stored.version) return err(changedMeanwhile(`the ${kind} "${id}"`));
    const patched = patch(stored);
    if (!patched.ok) return patched;
    const scope = checkScope(caller, patched.value, context.monitors);
    if (!scope.ok) return scope;
    const row: WindowRow = {
      ...rowOf(kind, id, patched.value),
      version: stored.version + 1,
      createdAt: stored.createdAt,
      updatedAt: caller.now,
    };
    const plan = planWrite(context, row, stored, (valid) => store.replaceWindow(config.db, valid));
    if (!plan.ok) return plan;
    const notify = patched.value.notify ?? false;
    if (isSameWindow(stored, plan.value.row) && !notify) return ok(unchanged(stored));
    return ok({ ...plan.value, action: 'updated', before: stored, notify });
  });
}

/** Ends a silence that has begun and keeps its row. Removes any other window. */
export async function deleteWindow(
  config: Config,
  kind: WindowKind,
  id: string,
  caller: Caller,
  { expectedVersion, notify = false }: ExistingOptions = {},
): Promise<Result<void, ValidationError | VersionError>> {
  const deleted = await commitExisting(config, { kind, id, expectedVersion }, caller, (_, row) => {
    const plan = planRemoval(config.db, row, caller.now);
    return ok({ ...plan, action: plan.ended ? 'ended' : 'deleted', before: row, notify });
  });
  return deleted.ok ? ok(undefined) : deleted;
}

/** Ends the occurrence that is active. A window that is over, or between two occurrences, stays as it is. */
export const endWindow = (
  config: Config,
  kind: WindowKind,
  id: string,
  caller: Caller,
  { expectedVersion, notify = false }: ExistingOptions = {},
): Promise<Result<WindowRow, ValidationError | VersionError>> =>
  commitExisting(config, { kind, id, expectedVersion }, caller, ({ monitors }, row) => {
    const plan = planEnd(config.db, row, monitors, caller.now);
    return plan.ok ? ok({ ...plan.value, action: 'ended', before: row, notify }) : plan;
  });

const unknownWindow = (kind: WindowKind, id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown ${kind} "${id}". GET /api/v1/${kind}s lists all ${kind}s.`,
});

const rowOf = (kind: WindowKind, id: string, input: WindowDefinition) => ({
  kind,
  id,
  name: input.name,
  monitors: input.monitors === 'all' ? ('all' as const) : [...input.monitors],
  tags: [...input.tags],
  schedule: input.schedule,
});

interface WindowContext {
  readonly rows: readonly WindowRow[];
  readonly monitors: readonly ScopedMonitor[];
  readonly now: number;
}

/** What a request does to a window, and what it was before. Without statements, nothing changes. */
interface AuditedWindowWrite extends WindowWrite {
  readonly action: WindowAction;
  readonly before: WindowRow | null;
  /** Whether subscribers get a message. */
  readonly notify: boolean;
}

export interface ExistingOptions {
  readonly expectedVersion?: number | undefined;
  /** Of a maintenance: whether subscribers of status pages get a message about this change. */
  readonly notify?: boolean;
}

const unchanged = (row: WindowRow): AuditedWindowWrite => ({
  ...{ row, before: row, action: 'updated', changes: [], statements: [], notify: false },
});

/** Undefined if it is unknown, or the caller does not see it. */
const findShown = ({ rows, monitors }: WindowContext, { restriction }: Caller, id: string) =>
  windowsInside(
    restriction,
    rows.filter((row) => row.id === id),
    monitors,
  )[0];

interface ExistingWindow {
  readonly kind: WindowKind;
  readonly id: string;
  readonly expectedVersion: number | undefined;
}

function commitExisting(
  config: Config,
  { kind, id, expectedVersion }: ExistingWindow,
  caller: Caller,
  decide: (context: WindowContext, row: WindowRow) => Result<AuditedWindowWrite, ValidationError>,
): Promise<Result<WindowRow, ValidationError | VersionError>> {
  return commitWindow<ValidationError | VersionError>(config, kind, caller, (context) => {
    const row = findShown(context, caller, id);
    if (!row) return err(unknownWindow(kind, id));
    const outdated = versionError(`The ${kind} "${id}"`, row, expectedVersion);
    return outdated ? err(outdated) : decide(context, row);
  });
}

async function commitWindow<E>(
  config: Config,
  kind: WindowKind,
  caller: Caller,
  decide: (context: WindowContext) => Result<AuditedWindowWrite, E>,
): Promise<Result<WindowRow, E>> {
  const { db } = config;
  const { now } = caller;
  let row: WindowRow | undefined;
  const base = await loadState(db);
  const committed = await commitIfValid<E | 'unchanged'>(apiContext(config, now), base, async () => {
    const { windows: rows, monitors } = await store.listWindowsAndMonitors(db, kind);
    const decided = decide({ rows, monitors, now });
    if (!decided.ok) return decided;
    row = decided.value.row;
    const { changes, statements, action, before, notify } = decided.value;
    if (statements.length === 0) return err('unchanged' as const);
    const mailing = notify && kind === 'maintenance' ? maintenanceMailing(row, action, monitors, now) : null;
    const record = windowRecord(action, before, row, mailing !== null);
    const audit = await auditStatements(db, config, caller, record);
    const mailings = mailing === null ? [] : [insertMailing(db, mailing)];
    return ok({ entry: { kind: 'change', changes }, statements: [...statements, ...audit, ...mailings] });
  });
  if (committed.ok || committed.error === 'unchanged') return ok(row!);
  return err(committed.error as E);
}

const isOver = ({ schedule }: WindowRow, now: number): boolean => occurrences(schedule, now, 1).length === 0;

const isSameSchedule = (a: WindowRow, b: WindowRow): boolean =>
  Object.entries(a.schedule).toSorted().join() === Object.entries(b.schedule).toSorted().join();

/** `stored` may list monitors that an earlier version deleted: they are dropped, so that the window can be changed. */
function planWrite(
  { monitors, now }: WindowContext,
  written: WindowRow,
  stored: WindowRow | null,
  write: (row: WindowRow) => Statement,
): Result<WindowWrite, ValidationError> {
  const known = new Set(monitors.map(({ id }) => id));
  const before = stored === null || stored.monitors === 'all' ? [] : stored.monitors;
  if (written.monitors !== 'all') {
    const index = written.monitors.findIndex((id) => !known.has(id) && !before.includes(id));
    if (index >= 0) {
      const message = `Monitor "${written.monitors[index]}" does not exist. Create it first.`;
      return err({ kind: 'invalid', path: ['monitors', index], message });
    }
  }
  const row: WindowRow =
    written.monitors === 'all'
      ? written
      : { ...written, monitors: written.monitors.filter((id) => known.has(id)) };
  // A window that is over can still get another name: its schedule was valid when it was written.
  if (stored !== null && isOver(stored, now) && isSameSchedule(stored, row))
    return ok({ row, changes: [], statements: [write(row)] });
  const spans = parseSchedule(row.schedule, now);
  if (!spans.ok) return spans;
  return ok({ row, changes: [windowChange(row, spans.value, monitors)], statements: [write(row)] });
}
