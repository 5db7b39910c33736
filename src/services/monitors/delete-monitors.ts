// Owns which of many monitors may go together, and what their deletion means: what names one that goes loses its id, or is a
// refusal. Monitors that go together do not name each other. Does not commit.
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import { ifInside } from '../access/references.ts';
import { versionError } from '../expected-version.ts';
import { detachMonitors } from '../references/detach-monitors.ts';
import {
  outsideReferencesError,
  type Reference,
  type ReferencedError,
  referencedError,
} from '../references/reference.ts';
import { isReferenceInside, unknownMonitor } from './monitors.ts';
import { type MonitorContext, type MonitorWrite, planDelete } from './plan-monitor.ts';

/** One monitor of a request. */
export interface WantedChange {
  readonly id: string;
  /** Undefined: any. */
  readonly version?: number | undefined;
}

interface Deletion {
  readonly id: string;
  /** Null: it does not exist for the caller. */
  readonly row: MonitorRow | null;
  /** Null: it goes. */
  readonly error: ValidationError | VersionError | ReferencedError | null;
  readonly references: readonly Reference[];
}

interface Deletions extends Pick<MonitorWrite, 'changes' | 'statements'> {
  /** In the order of the request. */
  readonly outcomes: readonly Deletion[];
}

export function planDeletions(
  context: MonitorContext,
  deletes: readonly WantedChange[],
  detach: boolean,
): Deletions {
  const byId = new Map(context.rows.map((row) => [row.id, row]));
  const outcomes = new Map(
    deletes.map((wanted): [string, Deletion] => {
      const found = findWanted(byId, context, wanted);
      const row = found.ok ? found.value : null;
      return [wanted.id, { id: wanted.id, row, error: found.ok ? null : found.error, references: [] }];
    }),
  );
  // One that stays may name others that would have gone with it.
  for (;;) {
    const going = [...outcomes.values()].filter(({ error }) => error === null).map(({ id }) => id);
    const deleted = new Set(going);
    const detached = detachMonitors(context, deleted);
    const named = referencesById(context, detached.references, deleted);
    let isSettled = true;
    for (const [id, references] of named) {
      const one = outcomes.get(id)!;
      const error = refusalOf(context, id, references, detach);
      if (error !== null) isSettled = false;
      outcomes.set(id, { ...one, error, references: error === null ? references : error.references });
    }
    if (!isSettled) continue;
    const rows = going.map((id) => byId.get(id)!);
    const removal = planDelete(context, rows);
    return {
      outcomes: [...outcomes.values()],
      changes: [...removal.changes, ...detached.changes],
      statements: rows.length === 0 ? [] : [...removal.statements, ...detached.statements],
    };
  }
}

function refusalOf(
  context: MonitorContext,
  id: string,
  references: readonly Reference[],
  detach: boolean,
): ReferencedError | null {
  const shown = references.filter((reference) => isReferenceInside(context, reference));
  if (shown.length < references.length) return outsideReferencesError(`The monitor "${id}"`, shown);
  return detach ? null : referencedError(`The monitor "${id}"`, references);
}

/** Which of the monitors each reference names. */
function referencesById(
  { rows, windows, routes, statusPages }: MonitorContext,
  references: readonly Reference[],
  deleted: ReadonlySet<string>,
): ReadonlyMap<string, readonly Reference[]> {
  const named = new Map<string, Reference[]>();
  const listOf = ({ kind, id }: Reference): readonly string[] => {
    if (kind === 'monitor') return rows.find((row) => row.id === id)?.dependsOn ?? [];
    if (kind === 'route') return routes.find((row) => row.id === id)?.match.monitors ?? [];
    const listed =
      kind === 'status_page'
        ? statusPages.find((row) => row.id === id)?.config.components.monitors
        : windows.find((row) => row.kind === kind && row.id === id)?.monitors;
    return listed === undefined || listed === 'all' ? [] : listed;
  };
  for (const reference of references) {
    for (const id of listOf(reference)) {
      if (!deleted.has(id)) continue;
      named.set(id, [...(named.get(id) ?? []), reference]);
    }
  }
  return named;
}

/** The row, if the caller sees it and it has the expected version. */
export function findWanted(
  rows: ReadonlyMap<string, MonitorRow>,
  { caller }: Pick<MonitorContext, 'caller'>,
  { id, version }: WantedChange,
): Result<MonitorRow, ValidationError | VersionError> {
  const row = ifInside(caller.restriction, rows.get(id));
  if (row === null) return err(unknownMonitor(id));
  const outdated = versionError(`The monitor "${id}"`, row, version);
  return outdated ? err(outdated) : ok(row);
}
