// Owns the difference between the on-call schedules of a configuration and the stored ones. Overrides stay: people add them
// from day to day. Does not commit.
import type { Caller } from '../../access/caller.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { changedFields as changedAuditFields } from '../../store/audit.ts';
import {
  insertSchedule,
  listOnCallPeople,
  listSchedules,
  removeSchedule,
  replaceSchedule,
  type ScheduleRow,
} from '../../store/schedules.ts';
import type { Tags } from '../../tags.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import { resolveRotations } from '../schedules/schedule-people.ts';
import { type ScheduleDefinition, scheduleDefinition } from '../schedules/schedule-record.ts';
import type { EntryDifference } from './audit-config.ts';
import {
  changedFields,
  type KindPlan,
  NO_CHANGES,
  type PlannedUpdate,
  prefixPath,
  type Statements,
  withIds,
} from './entries.ts';

export interface ScheduleDiff {
  readonly plan: KindPlan;
  readonly storedCount: number;
  readonly statements: Statements;
  readonly differences: readonly EntryDifference[];
  /** The schedules that exist afterwards. Null: those that are stored. */
  readonly remaining: readonly { readonly id: string; readonly tags: Tags }[] | null;
}

/** Undefined definitions: all schedules stay. */
export async function diffSchedules(
  db: D1Database,
  definitions: readonly ScheduleDefinition[] | undefined,
  caller: Caller,
): Promise<Result<ScheduleDiff, ValidationError>> {
  if (definitions === undefined)
    return ok({
      plan: NO_CHANGES,
      storedCount: 0,
      statements: [],
      differences: [],
      remaining: null,
    });
  const { now } = caller;
  const names = await readRestrictingNames(db, caller);
  const [rows, people] = await Promise.all([listSchedules(db), listOnCallPeople(db)]);
  const left = new Map(rows.map((row) => [row.id, row]));
  const created: string[] = [];
  const updated: PlannedUpdate[] = [];
  const statements: Statements = [];
  const differences: EntryDifference[] = [];
  for (const [index, { id, name, timeZone, rotations, tags }] of withIds(definitions, 'schedule').entries()) {
    const known = left.get(id) ?? null;
    left.delete(id);
    const refused = restrictingTagsError(caller, tags, known?.tags ?? null, names);
    if (refused) return err(prefixPath(['schedules', index], refused));
    const stored = new Set(known?.rotations.flatMap((rotation) => rotation.people));
    const resolved = resolveRotations({ people, stored, caller, tags }, rotations);
    if (!resolved.ok) return err(prefixPath(['schedules', index], resolved.error));
    const row: ScheduleRow = {
      ...{
        id,
        name,
        timeZone,
        rotations: resolved.value,
        tags: { ...tags },
        overrides: known?.overrides ?? [],
      },
      ...{ version: (known?.version ?? 0) + 1, createdAt: known?.createdAt ?? now, updatedAt: now },
    };
    const after = scheduleDefinition(row);
    if (known === null) {
      created.push(id);
      statements.push(insertSchedule(db, row));
      differences.push({ id, before: null, after });
      continue;
    }
    const fields = changedFields(scheduleDefinition(known), after);
    if (fields.length === 0) continue;
    updated.push({ id, fields });
    statements.push(replaceSchedule(db, row));
    differences.push({ id, ...changedAuditFields(scheduleDefinition(known), after) });
  }
  // What names them is cut with the routes, because a route can lose entries of several kinds.
  for (const row of left.values()) {
    statements.push(removeSchedule(db, row));
    differences.push({ id: row.id, before: scheduleDefinition(row), after: null });
  }
  const plan = { create: created, update: updated, delete: [...left.keys()] };
  const remaining = withIds(definitions, 'schedule').map(({ id, tags }) => ({ id, tags }));
  return ok({ plan, storedCount: rows.length, statements, differences, remaining });
}
