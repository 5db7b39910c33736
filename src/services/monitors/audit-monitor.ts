// Owns what the audit log keeps of a change of a monitor: what a person writes, and never the value of a secret.
import { type AuditRecord, changedFields } from '../../store/audit.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import type { Reference } from '../references/reference.ts';

/** The part of a row that people write. Values of secrets are null in it. */
export function writtenMonitor(row: MonitorRow) {
  const { number: _, secrets: _s, version: _v, createdAt: _c, updatedAt: _u, ...written } = row;
  return written;
}

/** A monitor as it will be, and as it was. Null: it is new. */
export interface MonitorUpdate {
  readonly row: MonitorRow;
  readonly existing: MonitorRow | null;
  /** Names of the secrets whose value the request has. */
  readonly writtenSecrets: readonly string[];
}

/** Before and after of a monitor that is created or updated. */
export function monitorDifference({
  row,
  existing,
  writtenSecrets,
}: MonitorUpdate): Pick<AuditRecord, 'before' | 'after'> {
  if (existing === null) return { before: null, after: writtenMonitor(row) };
  const { before, after } = changedFields(writtenMonitor(existing), writtenMonitor(row));
  // The value of a secret is null before and after, so the entry lists the names that were written.
  const isSealedAnew = row.secrets !== existing.secrets && writtenSecrets.length > 0;
  return { before, after: { ...(after as object), ...(isSealedAnew ? { writtenSecrets } : {}) } };
}

/** The stored monitor is what the request writes. */
export const isUnchanged = (update: MonitorUpdate): boolean =>
  update.existing !== null && Object.keys(monitorDifference(update).after as object).length === 0;

const targetOf = ({ id, name }: MonitorRow): AuditRecord['target'] => ({ type: 'monitor', id, name });

export const monitorRecord = (update: MonitorUpdate): AuditRecord => ({
  action: update.existing === null ? 'monitor.created' : 'monitor.updated',
  target: targetOf(update.row),
  ...monitorDifference(update),
});

/** `references` are what the deletion removed from other entries. */
export const deletedMonitorRecord = (row: MonitorRow, references: readonly Reference[]): AuditRecord => ({
  action: 'monitor.deleted',
  target: targetOf(row),
  before: { ...writtenMonitor(row), ...(references.length === 0 ? {} : { references }) },
  after: null,
});
