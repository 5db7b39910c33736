// Creates, updates and deletes on-call schedules, and their overrides. Does not compute who is on call: src/routing does.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import type { Override } from '../../routing/model.ts';
import { type AuditedWrite, runAudited } from '../../store/audit.ts';
import * as store from '../../store/schedules.ts';
import { ifInside, takenId } from '../access/references.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import { freeDerivedId } from '../derived-id.ts';
import { changedMeanwhile, versionError } from '../expected-version.ts';
import {
  outsideReferencesError,
  type Reference,
  type ReferencedError,
  referencedError,
} from '../references/reference.ts';
import { newId } from '../tokens.ts';
import { resolvePerson, resolveRotations } from './schedule-people.ts';
import {
  overrideRecord,
  type ScheduleDefinition,
  scheduleCreated,
  scheduleDefinition,
  scheduleDeleted,
  scheduleUpdated,
} from './schedule-record.ts';

type ScheduleRow = store.ScheduleRow;

const MAX_OVERRIDES = 200;
/** Overrides that are over for this long go with the next write. */
const KEEP_OVERRIDES_MS = 90 * 86_400_000;

export const routeReference = ({ id, name }: Pick<store.ScheduleUser, 'id' | 'name'>): Reference => ({
  ...{ kind: 'route', id, name, field: 'steps', effect: 'detached' },
});

export const unknownSchedule = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown schedule "${id}". GET /api/v1/schedules lists all schedules.`,
});

const storedPeople = ({ rotations, overrides }: Pick<ScheduleRow, 'rotations' | 'overrides'>) =>
  new Set([...rotations.flatMap(({ people }) => people), ...overrides.map(({ person }) => person)]);

export async function createSchedule(
  config: Config,
  definition: ScheduleDefinition,
  caller: Caller,
): Promise<Result<ScheduleRow, ValidationError>> {
  const { db } = config;
  const { name, timeZone, tags } = definition;
  const names = await readRestrictingNames(db, caller);
  const refused = restrictingTagsError(caller, tags, null, names);
  if (refused) return err(refused);
  let row: ScheduleRow | null = null;
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const [rows, people] = await Promise.all([store.listSchedules(db), store.listOnCallPeople(db)]);
    const id = definition.id ?? freeDerivedId(name, 'schedule', rows);
    const taken = rows.find((one) => one.id === id);
    if (taken) {
      const message = takenId('schedule', id, isInside(caller.restriction, taken));
      return err({ kind: 'conflict', path: ['id'], message });
    }
    const rotations = resolveRotations({ people, stored: new Set(), caller, tags }, definition.rotations);
    if (!rotations.ok) return rotations;
    row = {
      ...{ id, name, timeZone, rotations: rotations.value, overrides: [], tags: { ...tags } },
      ...{ version: 1, createdAt: caller.now, updatedAt: caller.now },
    };
    return ok(onlyIfChanged(store.insertSchedule(db, row), scheduleCreated(row)));
  });
  if (!written.ok) return written;
  return hasChanged(written.value) ? ok(row!) : err(changedMeanwhile(`the schedule "${row!.id}"`));
}

/** Applies `patch` to the stored schedule. Fails with `precondition_failed` if it has another version than the expected one. */
export async function updateSchedule<E = ValidationError>(
  config: Config,
  id: string,
  patch: (stored: ScheduleDefinition) => Result<ScheduleDefinition, E>,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<ScheduleRow, ValidationError | VersionError | E>> {
  const names = await readRestrictingNames(config.db, caller);
  return changeSchedule<E>(config, id, caller, expectedVersion, async (row) => {
    const patched = patch(scheduleDefinition(row));
    if (!patched.ok) return patched;
    const { name, timeZone, tags } = patched.value;
    const refused = restrictingTagsError(caller, tags, row.tags, names);
    if (refused) return err(refused);
    const people = await store.listOnCallPeople(config.db);
    const naming = { people, stored: storedPeople(row), caller, tags };
    const rotations = resolveRotations(naming, patched.value.rotations);
    if (!rotations.ok) return rotations;
    const next = { ...row, name, timeZone, rotations: rotations.value, tags: { ...tags } };
    return ok({ next, record: scheduleUpdated(row, next) });
  });
}

export interface NewOverride {
  readonly person: string;
  /** Ms since the epoch. */
  readonly startsAt: number;
  readonly endsAt: number;
}

/** One person takes the place of all rotations for a time. */
export async function addOverride(
  config: Config,
  id: string,
  { person, startsAt, endsAt }: NewOverride,
  caller: Caller,
): Promise<Result<Override, ValidationError | VersionError>> {
  if (endsAt <= caller.now)
    return err({ kind: 'invalid', path: ['endsAt'], message: '`endsAt` must be in the future.' });
  const overrideId = newId('ovr');
  let override: Override | null = null;
  const changed = await changeSchedule<never>(config, id, caller, undefined, async (row) => {
    const people = await store.listOnCallPeople(config.db);
    const naming = { people, stored: storedPeople(row), caller, tags: row.tags };
    const named = resolvePerson(naming, person, ['person']);
    if (!named.ok) return named;
    override = { id: overrideId, person: named.value, startsAt, endsAt };
    const kept = row.overrides.filter((one) => one.endsAt > caller.now - KEEP_OVERRIDES_MS);
    if (kept.length >= MAX_OVERRIDES) {
      const message = `The schedule has ${MAX_OVERRIDES} overrides. Delete some first.`;
      return err({ kind: 'conflict', path: [], message });
    }
    const overrides = [...kept, override].toSorted((a, b) => a.startsAt - b.startsAt);
    return ok({ next: { ...row, overrides }, record: overrideRecord('created', row, override) });
  });
  return changed.ok ? ok(override!) : changed;
}

export async function removeOverride(
  config: Config,
  id: string,
  overrideId: string,
  caller: Caller,
): Promise<Result<null, ValidationError | VersionError>> {
  const changed = await changeSchedule<never>(config, id, caller, undefined, async (row) => {
    const override = row.overrides.find((one) => one.id === overrideId);
    if (!override) {
      const message = `Unknown override "${overrideId}". GET /api/v1/schedules/${id} lists all overrides.`;
      return err({ kind: 'not_found', message });
    }
    const overrides = row.overrides.filter((one) => one !== override);
    return ok({ next: { ...row, overrides }, record: overrideRecord('deleted', row, override) });
  });
  return changed.ok ? ok(null) : changed;
}

/** Returns the routes that named the schedule, which `detach` has removed. Without `detach`, a route is a refusal. */
export async function deleteSchedule(
  config: Config,
  id: string,
  caller: Caller,
  {
    expectedVersion,
    detach = false,
  }: { readonly expectedVersion?: number | undefined; readonly detach?: boolean } = {},
): Promise<Result<readonly Reference[], ValidationError | VersionError | ReferencedError>> {
  const { db } = config;
  let references: readonly Reference[] = [];
  const written = await runAudited<ValidationError | VersionError | ReferencedError>(
    db,
    config,
    caller,
    async () => {
      const [found, users] = await Promise.all([
        store.findSchedule(db, id),
        store.routesUsingSchedule(db, id),
      ]);
      const row = ifInside(caller.restriction, found);
      if (!row) return err(unknownSchedule(id));
      const subject = `The schedule "${id}"`;
      const outdated = versionError(subject, row, expectedVersion);
      if (outdated) return err(outdated);
      const shown = users.filter((user) => isInside(caller.restriction, user));
      references = shown.map(routeReference);
      if (shown.length < users.length) return err(outsideReferencesError(subject, references));
      if (references.length > 0 && !detach) return err(referencedError(subject, references));
      return ok({
        statements: [...store.detachSchedule(db, users, id, caller.now), store.removeSchedule(db, row)],
        record: scheduleDeleted(row, references.length === 0 ? {} : { references }),
        options: { ifChanged: true },
      });
    },
  );
  if (!written.ok) return written;
  return hasChanged(written.value) ? ok(references) : err(changedMeanwhile(`the schedule "${id}"`));
}

interface Change {
  readonly next: ScheduleRow;
  readonly record: AuditedWrite['record'];
}

/** Writes what `decide` makes of the stored row, as its next version. A change of nothing writes nothing. */
async function changeSchedule<E>(
  config: Config,
  id: string,
  caller: Caller,
  expectedVersion: number | undefined,
  decide: (row: ScheduleRow) => Promise<Result<Change, ValidationError | E>>,
): Promise<Result<ScheduleRow, ValidationError | VersionError | E>> {
  const { db } = config;
  let result: ScheduleRow | null = null;
  const written = await runAudited<ValidationError | VersionError | E | 'unchanged'>(
    db,
    config,
    caller,
    async () => {
      const row = ifInside(caller.restriction, await store.findSchedule(db, id));
      if (!row) return err(unknownSchedule(id));
      const outdated = versionError(`The schedule "${id}"`, row, expectedVersion);
      if (outdated) return err(outdated);
      const decided = await decide(row);
      if (!decided.ok) return decided;
      const { next, record } = decided.value;
      if (JSON.stringify(row) === JSON.stringify(next)) {
        result = row;
        return err('unchanged' as const);
      }
      result = { ...next, version: row.version + 1, updatedAt: caller.now };
      return ok(onlyIfChanged(store.replaceSchedule(db, result), record));
    },
  );
  if (!written.ok) return written.error === 'unchanged' ? ok(result!) : err(written.error as E);
  return hasChanged(written.value) ? ok(result!) : err(changedMeanwhile(`the schedule "${id}"`));
}

const onlyIfChanged = (
  statement: AuditedWrite['statements'][number],
  record: AuditedWrite['record'],
): AuditedWrite => ({
  ...{ statements: [statement], record, options: { ifChanged: true } },
});

/** Whether the last statement, which the entry of the audit log depends on, changed a row. */
const hasChanged = (results: readonly unknown[]): boolean => (results.at(-1) as D1Result).meta.changes > 0;
