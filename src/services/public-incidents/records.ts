// Owns what the audit log keeps of public incidents and their updates. Pure. Does not write the log.
import type { AuditRecord } from '../../store/audit.ts';
import { changedFields } from '../../store/audit.ts';
import type { IncidentUpdateRow, PublicIncident, PublicIncidentRow } from '../../store/public-incidents.ts';

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

export const shownUpdate = ({ id, at, status, body, components, notify }: IncidentUpdateRow) => ({
  ...{ id, at: iso(at), status, body, components, notify },
});

const shown = (row: PublicIncidentRow) => ({
  ...{ title: row.title, state: row.state, status: row.status, components: row.components },
  ...{ incidents: row.incidents, pages: row.pages, origin: row.origin, tags: row.tags },
  ...{ startedAt: iso(row.startedAt), resolvedAt: isoOrNull(row.resolvedAt) },
  ...{ postmortem: row.postmortem, postmortemAt: isoOrNull(row.postmortemAt) },
});

const target = ({ id, title }: PublicIncidentRow) => ({ type: 'public_incident', id, name: title });

export const incidentCreated = (row: PublicIncidentRow, update: IncidentUpdateRow): AuditRecord => ({
  action: 'public_incident.created',
  target: target(row),
  before: null,
  after: { ...shown(row), updates: [shownUpdate(update)] },
});

/** Of an update of the incident, `update` is its own part of the entry. */
export function incidentChanged(
  action: string,
  before: PublicIncidentRow,
  after: PublicIncidentRow,
  update: {
    readonly before: IncidentUpdateRow | null;
    readonly after: IncidentUpdateRow | null;
  } | null = null,
): AuditRecord {
  const fields = changedFields(shown(before), shown(after));
  const part = (row: IncidentUpdateRow | null) => (row === null ? {} : { update: shownUpdate(row) });
  return {
    ...{ action, target: target(after) },
    before: { ...(fields.before as object), ...part(update?.before ?? null) },
    after: { ...(fields.after as object), ...part(update?.after ?? null) },
  };
}

export const incidentDeleted = (row: PublicIncident): AuditRecord => ({
  action: 'public_incident.deleted',
  target: target(row),
  before: { ...shown(row), updates: row.updates.map(shownUpdate) },
  after: null,
});
