// Owns a schedule as people write it, and what the audit log keeps of it. Pure. Does not write the log.
import type { Override, Rotation } from '../../routing/model.ts';
import { type AuditRecord, changedFields } from '../../store/audit.ts';
import type { ScheduleRow } from '../../store/schedules.ts';
import type { Tags } from '../../tags.ts';

/** A schedule as a person writes it. People are ids, usernames or e-mail addresses. */
export interface ScheduleDefinition {
  readonly id?: string | undefined;
  readonly name: string;
  readonly timeZone: string;
  readonly rotations: readonly Rotation[];
  readonly tags: Tags;
}

export const scheduleDefinition = ({ id, name, timeZone, rotations, tags }: ScheduleRow) =>
  ({ id, name, timeZone, rotations, tags }) satisfies ScheduleDefinition;

const iso = (ms: number): string => new Date(ms).toISOString();

export const shownOverride = ({ id, person, startsAt, endsAt }: Override) => ({
  ...{ id, person, startsAt: iso(startsAt), endsAt: iso(endsAt) },
});

const target = ({ id, name }: ScheduleRow) => ({ type: 'schedule', id, name });

export const scheduleCreated = (row: ScheduleRow): AuditRecord => ({
  ...{ action: 'schedule.created', target: target(row), before: null, after: scheduleDefinition(row) },
});

export const scheduleUpdated = (before: ScheduleRow, after: ScheduleRow): AuditRecord => ({
  ...{ action: 'schedule.updated', target: target(after) },
  ...changedFields(scheduleDefinition(before), scheduleDefinition(after)),
});

export const scheduleDeleted = (row: ScheduleRow, more: object = {}): AuditRecord => ({
  action: 'schedule.deleted',
  target: target(row),
  before: { ...scheduleDefinition(row), overrides: row.overrides.map(shownOverride), ...more },
  after: null,
});

export const overrideRecord = (
  action: 'created' | 'deleted',
  row: ScheduleRow,
  override: Override,
): AuditRecord => {
  const shown = shownOverride(override);
  return {
    ...{ action: `schedule_override.${action}`, target: target(row) },
    before: action === 'deleted' ? shown : null,
    after: action === 'created' ? shown : null,
  };
};
