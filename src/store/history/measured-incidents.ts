// Owns reading the incidents of monitors in a range, for figures and exports: without evidence. Does not own the table:
// store/incidents.ts does.
import { and, asc, eq, gt, gte, isNull, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { MeasuredIncident } from '../../uptime/report.ts';
import { database, isListed } from '../database.ts';
import { incidents } from '../schema.ts';
import type { IncidentEntry } from './status-change.ts';

const columns = {
  id: incidents.id,
  monitorNumber: incidents.monitorNumber,
  verdict: incidents.verdict,
  startedAt: incidents.startedAt,
  detectedAt: incidents.detectedAt,
  resolvedAt: incidents.resolvedAt,
};

/** Incidents of these monitors that touch the range, in no order. The ids find those that began before it by their index. */
export async function readMeasuredIncidents(
  db: D1Database,
  monitors: readonly { readonly id: string; readonly number: number }[],
  from: number,
  to: number,
): Promise<MeasuredIncident[]> {
  const orm = database(db);
  const numbers = new Set(monitors.map(({ number }) => number));
  const ids = JSON.stringify([...new Set(monitors.map(({ id }) => id))]);
  const ofMonitors = isNull(incidents.location);
  const [within, open, before] = await orm.batch([
    orm
      .select(columns)
      .from(incidents)
      .where(and(gte(incidents.startedAt, from), lt(incidents.startedAt, to), ofMonitors)),
    orm
      .select(columns)
      .from(incidents)
      .where(and(eq(incidents.state, 'open'), lt(incidents.startedAt, from), ofMonitors)),
    // Incidents of a monitor do not overlap, so only the last one before the range can reach into it.
    orm
      .select(columns)
      .from(incidents)
      .where(
        and(
          sql`${incidents.id} in (select (select i.id from ${incidents} i
            where i.monitor_id = m.value and i.state = 'resolved' and i.started_at < ${from}
            order by i.started_at desc, i.id desc limit 1) from json_each(${ids}) m)`,
          gte(incidents.resolvedAt, from),
        ),
      ),
  ]);
  return [...within, ...open, ...before].filter(
    (row): row is MeasuredIncident =>
      numbers.has(row.monitorNumber) && (row.verdict === 'down' || row.verdict === 'partial'),
  );
}

/** Incidents of monitors that ended after `from`, by their start. Only those with evidence, which an index finds by their end. */
export async function readEndedSince(db: D1Database, from: number, to: number): Promise<IncidentEntry[]> {
  const rows = await database(db)
    .select(columns)
    .from(incidents)
    .where(
      and(
        sql`${incidents.state} = 'resolved' and ${incidents.evidence} <> '[]'`,
        gt(incidents.resolvedAt, from),
        lte(incidents.resolvedAt, to),
        isNull(incidents.location),
      ),
    )
    .orderBy(asc(incidents.startedAt));
  return rows.flatMap(({ monitorNumber, id, verdict, startedAt, resolvedAt }): IncidentEntry[] =>
    verdict === 'down' || verdict === 'partial' ? [[monitorNumber, id, verdict, startedAt, resolvedAt]] : [],
  );
}

const exported = {
  ...columns,
  state: incidents.state,
  monitorId: incidents.monitorId,
  monitorName: incidents.monitorName,
  location: incidents.location,
  reason: incidents.reason,
  scope: incidents.scope,
  acknowledgedAt: incidents.acknowledgedAt,
  acknowledgedBy: incidents.acknowledgedBy,
};
export type ExportedIncident = Pick<typeof incidents.$inferSelect, keyof typeof exported>;

export interface IncidentsAfter {
  readonly from: number;
  readonly to: number;
  /** Numbers of monitors. Null: all, and incidents of locations too. */
  readonly numbers: readonly number[] | null;
  /** Position of the last incident that was read. */
  readonly after: { readonly startedAt: number; readonly id: string } | null;
  readonly limit: number;
}

/** Incidents that began in the range, oldest first, a page at a time. */
export function readIncidentsAfter(
  db: D1Database,
  { from, to, numbers, after, limit }: IncidentsAfter,
): Promise<ExportedIncident[]> {
  const conditions: (SQL | undefined)[] = [
    gte(incidents.startedAt, from),
    lt(incidents.startedAt, to),
    numbers === null
      ? undefined
      : and(isNull(incidents.location), isListed(incidents.monitorNumber, numbers)),
    after === null
      ? undefined
      : sql`(${incidents.startedAt}, ${incidents.id}) > (${after.startedAt}, ${after.id})`,
  ];
  return database(db)
    .select(exported)
    .from(incidents)
    .where(and(...conditions))
    .orderBy(asc(incidents.startedAt), asc(incidents.id))
    .limit(limit);
}
