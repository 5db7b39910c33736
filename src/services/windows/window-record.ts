// Owns what the audit log keeps of a maintenance or a silence. Does not write the log.
import { type AuditRecord, changedFields } from '../../store/audit.ts';
import type { Schedule, WindowRow } from '../../store/windows.ts';
import { changedFields as differingFields } from '../config/entries.ts';

export type WindowAction = 'created' | 'updated' | 'ended' | 'deleted';

const iso = (ms: number): string => new Date(ms).toISOString();

/** Times as people read them. */
const shownSchedule = (schedule: Schedule) =>
  'startsAt' in schedule
    ? { startsAt: iso(schedule.startsAt), endsAt: iso(schedule.endsAt) }
    : { ...schedule, ...(schedule.endedAt === undefined ? {} : { endedAt: iso(schedule.endedAt) }) };

const shownWindow = ({ id, name, monitors, tags, schedule }: WindowRow) => ({
  ...{ id, name, monitors, tags },
  schedule: shownSchedule(schedule),
});

/** Whether people read the same. */
export const isSameWindow = (a: WindowRow, b: WindowRow): boolean =>
  differingFields(shownWindow(a), shownWindow(b)).length === 0;

/** `before` is null for a new window. `after` is what is stored then: of a deletion, what was deleted. */
export function windowRecord(
  action: WindowAction,
  before: WindowRow | null,
  after: WindowRow,
  /** Subscribers of status pages get a message. */
  notified = false,
): AuditRecord {
  const { kind, id, name } = after;
  const named = { action: `${kind}.${action}`, target: { type: kind, id, name } };
  const shown = { ...shownWindow(after), ...(notified ? { notified } : {}) };
  if (before === null) return { ...named, before: null, after: shown };
  if (action === 'deleted')
    return { ...named, before: shownWindow(before), after: notified ? { notified } : null };
  return { ...named, ...changedFields(shownWindow(before), shown) };
}
