// Owns what the list of incidents reads: filtered and paged in SQL, with whether people told readers. Does not read evidence.
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Restriction } from '../access/restriction.ts';
import type { UpdateStatus } from '../status-pages/model.ts';
import { database } from './database.ts';
import type { IncidentRow } from './incidents.ts';
import { incidents, monitors, publicIncidents } from './schema.ts';

/** An open incident that nobody has acknowledged is `open`. */
export const INCIDENT_STATES = ['open', 'acknowledged', 'resolved'] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

export interface IncidentListQuery {
  readonly state?: IncidentState | undefined;
  readonly verdict?: IncidentRow['verdict'] | undefined;
  readonly monitor?: string | undefined;
  /** `name` or `name:value`, of monitors that exist. */
  readonly tag?: string | undefined;
  /** Incidents of the location, and of monitors that failed there. */
  readonly location?: string | undefined;
  /** Started at this time or later. */
  readonly since?: number | undefined;
  /** Started before this time. */
  readonly until?: number | undefined;
  readonly q?: string | undefined;
  readonly restriction: Restriction;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

type Columns = Pick<
  IncidentRow,
  | 'id'
  | 'monitorId'
  | 'monitorName'
  | 'verdict'
  | 'startedAt'
  | 'resolvedAt'
  | 'reason'
  | 'location'
  | 'acknowledgedBy'
  | 'snoozedUntil'
>;

export interface ListedIncident extends Columns {
  readonly state: IncidentState;
  readonly scope: readonly string[];
  /** Locations that had a say when it changed last. Null for an incident of a location. */
  readonly locations: number | null;
  /** Whether the monitor still exists. */
  readonly hasMonitor: boolean;
  /** What people wrote for readers. Null: nothing. */
  readonly told: { readonly isPublished: boolean; readonly status: UpdateStatus } | null;
}

export interface IncidentList {
  readonly rows: readonly ListedIncident[];
  readonly hasMore: boolean;
  /** Without the filter of the state. Resolved ones are not counted: there can be any number of them. */
  readonly counts: { readonly open: number; readonly acknowledged: number };
}

interface Row extends Columns {
  readonly stored: IncidentRow['state'];
  readonly acknowledgedAt: number | null;
  readonly scope: string;
  readonly quorum: string;
  readonly hasMonitor: number;
  readonly toldState: 'draft' | 'published' | null;
  readonly toldStatus: UpdateStatus | null;
}

/** Two statements. */
export async function readIncidentList(db: D1Database, query: IncidentListQuery): Promise<IncidentList> {
  const { page, pageSize, restriction } = query;
  const filter = sql.join([sql`true`, ...filtersOf(query)], sql` and `);
  const rows = sql`
    with page as (
      select i.id, i.monitor_id "monitorId", i.monitor_name "monitorName", i.verdict, i.state "stored",
        i.started_at "startedAt", i.resolved_at "resolvedAt", i.reason, i.location, i.scope, i.quorum,
        i.acknowledged_at "acknowledgedAt", i.acknowledged_by "acknowledgedBy", i.snoozed_until "snoozedUntil",
        m.number is not null "hasMonitor"
      from ${FROM} where ${filter} and ${inState(query.state)}
      order by i.started_at desc, i.id desc limit ${pageSize + 1} offset ${(page - 1) * pageSize}),
    told as (
      select x.value "incident", p.state, p.status, max(p.started_at)
      from ${publicIncidents} p, json_each(p.incidents) x
      where p.state <> 'discarded' and x.value in (select id from page) and ${hasOneOf(sql`p.tags`, restriction)}
      group by x.value)
    select page.*, told.state "toldState", told.status "toldStatus"
    from page left join told on told.incident = page.id
    order by page."startedAt" desc, page.id desc`;
  const counts = sql`
    select count(*) - count(i.acknowledged_at) "open", count(i.acknowledged_at) "acknowledged"
    from ${FROM} where i.state = 'open' and ${filter}`;
  const orm = database(db);
  const [read, [counted]] = await Promise.all([
    orm.all<Row>(rows),
    orm.all<{ open: number; acknowledged: number }>(counts),
  ]);
  return { rows: read.slice(0, pageSize).map(listed), hasMore: read.length > pageSize, counts: counted! };
}

/** Null if it does not exist, or is outside. One statement. */
export async function findIncidentInside(
  db: D1Database,
  id: string,
  restriction: Restriction,
): Promise<IncidentRow | null> {
  const isInside =
    restriction === null
      ? undefined
      : sql`${incidents.location} is null and exists (select 1 from ${monitors} o
          where o.number = ${incidents.monitorNumber} and o.id = ${incidents.monitorId}
          and ${hasOneOf(sql`o.tags`, restriction)})`;
  const [row] = await database(db)
    .select()
    .from(incidents)
    .where(and(eq(incidents.id, id), isInside));
  return row ?? null;
}

/** The number too: a deleted monitor's id may belong to another monitor now. */
const FROM = sql`${incidents} i left join ${monitors} m on m.number = i.monitor_number and m.id = i.monitor_id`;

const listed = ({ stored, acknowledgedAt, toldState, toldStatus, ...row }: Row): ListedIncident => {
  const { failing = 0, passing = 0, abstaining = 0 } = JSON.parse(row.quorum) as Record<string, number>;
  return {
    ...{ id: row.id, monitorId: row.monitorId, monitorName: row.monitorName, verdict: row.verdict },
    ...{ startedAt: row.startedAt, resolvedAt: row.resolvedAt, reason: row.reason, location: row.location },
    ...{ acknowledgedBy: row.acknowledgedBy, snoozedUntil: row.snoozedUntil },
    state: stored === 'resolved' ? 'resolved' : acknowledgedAt === null ? 'open' : 'acknowledged',
    scope: JSON.parse(row.scope),
    locations: row.location === null ? failing + passing + abstaining : null,
    hasMonitor: row.hasMonitor === 1,
    told: toldStatus === null ? null : { isPublished: toldState === 'published', status: toldStatus },
  };
};

function inState(state: IncidentState | undefined): SQL {
  if (state === undefined) return sql`true`;
  if (state === 'resolved') return sql`i.state = 'resolved'`;
  return sql`i.state = 'open' and i.acknowledged_at is ${sql.raw(state === 'open' ? '' : 'not ')}null`;
}

function filtersOf({
  verdict,
  monitor,
  tag,
  location,
  since,
  until,
  q,
  restriction,
}: IncidentListQuery): SQL[] {
  return [
    // An incident of a location, or of a deleted monitor, belongs to no team. By id first, which has an index.
    ...(restriction === null
      ? []
      : [
          sql`i.monitor_id in (select o.id from ${monitors} o where ${hasOneOf(sql`o.tags`, restriction)})`,
          sql`i.location is null and m.number is not null and ${hasOneOf(sql`m.tags`, restriction)}`,
        ]),
    ...(verdict === undefined ? [] : [sql`i.verdict = ${verdict}`]),
    ...(monitor === undefined ? [] : [sql`i.monitor_id = ${monitor}`]),
    ...(tag === undefined ? [] : [sql`m.number is not null and ${hasOneOf(sql`m.tags`, [tag])}`]),
    ...(location === undefined
      ? []
      : [
          sql`(i.location = ${location} or exists (select 1 from json_each(i.scope) l where l.value = ${location}))`,
        ]),
    ...(since === undefined ? [] : [sql`i.started_at >= ${since}`]),
    ...(until === undefined ? [] : [sql`i.started_at < ${until}`]),
    ...(q === undefined || q === '' ? [] : [contains(q)]),
  ];
}

/** Whether tags, as JSON, have one of the expressions. The same rule as `hasTag`. */
const hasOneOf = (tags: SQL, expressions: Restriction): SQL =>
  expressions === null
    ? sql`true`
    : sql`exists (select 1 from json_each(${JSON.stringify(expressions)}) x, json_each(${tags}) t
        where x.value = t.key or x.value = t.key || ':' || t.value)`;

/** `instr` and not `like`: no sign has a meaning of its own. SQLite's `lower` knows ASCII only. */
function contains(q: string): SQL {
  const spellings = [...new Set([q.toLowerCase(), q])];
  const columns = [sql`i.monitor_name`, sql`i.monitor_id`, sql`i.id`, sql`coalesce(i.location, '')`];
  const tests = spellings.flatMap((text) =>
    columns.flatMap((column) => [sql`instr(lower(${column}), ${text})`, sql`instr(${column}, ${text})`]),
  );
  return sql`(${sql.join(tests, sql` or `)})`;
}
