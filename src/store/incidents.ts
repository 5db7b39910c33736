// Owns the incidents table: what the API and the pages read of it, and the write of a commit.
import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { evidenceBody, locationId } from '../channels/webhook-body.ts';
import type { IncidentRecord } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { database, isListed, type Statement } from './database.ts';
import { type IncidentMonitor, isNewestOf } from './incidents-of-monitors.ts';
import { fieldsOf, inParts, insertFrom } from './json-rows.ts';
import type { MonitorRow } from './monitors.ts';
import { EVIDENCE_BYTES, fitEvidence } from './row-budgets.ts';
import { incidents } from './schema.ts';

export type IncidentRow = typeof incidents.$inferSelect;

/** Position of the last incident of a page. The order is (startedAt, id), newest first. */
export interface IncidentPosition {
  readonly startedAt: number;
  readonly id: string;
}

export interface IncidentFilter {
  readonly state?: 'open' | 'resolved' | undefined;
  readonly monitorId?: string | undefined;
  /** Only incidents of these monitors, and none of a location. Null: all. */
  readonly monitors?: readonly IncidentMonitor[] | null;
  readonly location?: string | undefined;
  /** Started at this time or later. */
  readonly since?: number | undefined;
  /** Started before this time. */
  readonly until?: number | undefined;
  readonly after?: IncidentPosition | undefined;
  readonly limit: number;
}

const newestFirst = [desc(incidents.startedAt), desc(incidents.id)] as const;

/** At most `limit` incidents, and the position for the next page (null on the last page). */
export async function listIncidents(
  db: D1Database,
  filter: IncidentFilter,
): Promise<{ rows: IncidentRow[]; next: IncidentPosition | null }> {
  const { limit } = filter;
  const queries = conditionsOf(filter).map((condition) =>
    database(db)
      .select()
      .from(incidents)
      .where(condition)
      .orderBy(...newestFirst)
      .limit(limit + 1),
  );
  const rows = (await Promise.all(queries))
    .flat()
    .sort(byNewest)
    .slice(0, limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last ? { startedAt: last.startedAt, id: last.id } : null;
  return { rows: page, next };
}

const STATES = ['open', 'resolved'] as const;

/** One for each query. */
function conditionsOf(filter: IncidentFilter): (SQL | undefined)[] {
  const { monitors, monitorId, location, since, until, after, limit } = filter;
  if (monitors) {
    const given = monitorId === undefined ? monitors : monitors.filter(({ id }) => id === monitorId);
    if (location !== undefined) return [];
    const states = filter.state ? [filter.state] : STATES;
    return states.map((state) => isNewestOf(given, { state, since, until, after, limit: limit + 1 }));
  }
  return statesToRead(filter).map((state) =>
    and(
      state ? eq(incidents.state, state) : undefined,
      monitorId ? eq(incidents.monitorId, monitorId) : undefined,
      location ? eq(incidents.location, location) : undefined,
      since === undefined ? undefined : gte(incidents.startedAt, since),
      until === undefined ? undefined : lt(incidents.startedAt, until),
      after ? isAfter(after) : undefined,
    ),
  );
}

/** One index has the incidents of a monitor, or of a location, by state and then by start. */
function statesToRead({ state, monitorId, location }: IncidentFilter): (IncidentRow['state'] | undefined)[] {
  // An incident of a location is not one of a monitor.
  if (monitorId && location) return [];
  if (state) return [state];
  return monitorId || location ? [...STATES] : [undefined];
}

const byNewest = (a: IncidentPosition, b: IncidentPosition): number =>
  b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1);

/** A row value, because SQLite cannot use the index for an `or`. */
const isAfter = ({ startedAt, id }: IncidentPosition): SQL =>
  sql`(${incidents.startedAt}, ${incidents.id}) < (${startedAt}, ${id})`;

export async function findIncident(db: D1Database, id: string): Promise<IncidentRow | null> {
  const rows = await database(db).select().from(incidents).where(eq(incidents.id, id));
  return rows[0] ?? null;
}

/** Written as in the partial index, which a bound parameter would not match. */
const isPublic = sql`${incidents.public} = 1`;

/** Hides the monitors' incidents for good. Belongs to the commit that makes the monitors private or deletes them. */
export const hideIncidents = (db: D1Database, monitorNumbers: readonly number[]): Statement =>
  database(db)
    .update(incidents)
    .set({ public: false })
    .where(and(isPublic, isListed(incidents.monitorNumber, monitorNumbers)));

/** Inserts or updates incidents. The stored evidence is that of the opening: at the end no location fails. */
export function recordIncidents(
  db: D1Database,
  state: State,
  records: readonly IncidentRecord[],
  monitorOf: (record: IncidentRecord) => MonitorRow | null,
): Statement[] {
  const rows = records.map((record) => columnsOf(state, record, monitorOf(record)));
  return inParts(rows).map((json) =>
    insertFrom(
      db,
      incidents,
      fieldsOf(incidents),
      sql`from json_each(${json}) n where true`,
    ).onConflictDoUpdate({
      target: incidents.id,
      set: {
        ...{
          state: sql`excluded.state`,
          verdict: sql`excluded.verdict`,
          startedAt: sql`excluded.started_at`,
        },
        ...{ detectedAt: sql`excluded.detected_at`, resolvedAt: sql`excluded.resolved_at` },
        reason: sql`excluded.reason`,
        // A person acknowledged it as it was.
        acknowledgedAt: unlessUpgraded(incidents.acknowledgedAt),
        acknowledgedBy: unlessUpgraded(incidents.acknowledgedBy),
        snoozedUntil: unlessUpgraded(incidents.snoozedUntil),
        scope: unlessEnded(incidents.scope, sql`excluded.scope`),
        quorum: unlessEnded(incidents.quorum, sql`excluded.quorum`),
        evidence: unlessEnded(incidents.evidence, sql`excluded.evidence`),
      },
    }),
  );
}

const unlessUpgraded = (kept: SQLiteColumn): SQL =>
  sql`case when excluded.verdict = ${incidents.verdict} then ${kept} end`;

const unlessEnded = (kept: SQLiteColumn, next: SQL): SQL =>
  sql`case when excluded.state = 'resolved' then ${kept} else ${next} end`;

/** As JSON: columns of JSON are text in it. */
function columnsOf(state: State, record: IncidentRecord, monitor: MonitorRow | null) {
  const { incident } = record;
  const { scope, quorum, evidence } = evidenceColumns(state, record);
  const row = {
    id: incident.id,
    ...subjectColumns(state, record, monitor),
    state: incident.resolvedAt === null ? 'open' : 'resolved',
    verdict: 'verdict' in incident ? incident.verdict : incident.kind,
    startedAt: incident.startedAt,
    detectedAt: incident.detectedAt,
    resolvedAt: incident.resolvedAt,
    reason: incident.reason,
    scope: JSON.stringify(scope),
    quorum: JSON.stringify(quorum),
    evidence: JSON.stringify(evidence),
    evidenceDeletedAt: null,
    ...{ acknowledgedAt: null, acknowledgedBy: null, snoozedUntil: null },
  };
  return row satisfies Record<keyof typeof incidents.$inferInsert, unknown>;
}

const subjectColumns = (state: State, record: IncidentRecord, monitor: MonitorRow | null) => ({
  monitorNumber: monitor?.number ?? 0,
  monitorId: monitor?.id ?? '',
  monitorName: monitor?.name ?? '',
  public: monitor?.public ? 1 : 0,
  location: 'location' in record ? locationId(state, record.location) : null,
});

function evidenceColumns(state: State, record: IncidentRecord) {
  if ('location' in record) {
    const { failedMonitors, checkedMonitors } = record.incident;
    const scope = [locationId(state, record.location)];
    return { scope, quorum: { failedMonitors, checkedMonitors }, evidence: [] };
  }
  return {
    scope: record.scope.map((location) => locationId(state, location)),
    quorum: record.quorum,
    evidence: fitEvidence(
      record.evidence.map((evidence) => evidenceBody(state, evidence)),
      EVIDENCE_BYTES,
    ),
  };
}
