// Owns what the small overview of the mesh reads: whether anything that pages show has changed, in one statement, and what
// has changed, in another. Does not judge whether ticks have stopped: services/overview does.
import { type SQL, sql } from 'drizzle-orm';
import type { Restriction } from '../access/restriction.ts';
import type { Activity } from '../engine/model/activity.ts';
import { HEARTBEAT_LOCATION_NUMBER, HEARTBEAT_TYPE } from '../engine/model/heartbeat.ts';
import { database } from './database.ts';
import { journalId, SHARD } from './journal/rows.ts';
import { inside, listed } from './monitor-list.ts';
import type { ListState } from './monitor-list-model.ts';
import { incidents as i, monitors as m, monitorStates as s } from './schema.ts';
import { readUnion } from './union.ts';

export interface OverviewMark {
  /** When the newest change of a monitor that the caller sees was committed. 0: none has a state. */
  readonly seq: number;
  /** Differs after any change that pages show. It has figures of the whole mesh: never show it. */
  readonly facts: string;
  readonly tickAt: number | null;
  readonly activity: Activity | null;
  /** The newest tick found that nothing is measured. */
  readonly isMeasuringStopped: boolean;
}

/** Pending deliveries beyond this many change nothing that a person reads. */
const MAX_PENDING = 1_000;
/** Public incidents that pages of people begin with. */
const NEWEST_PUBLIC = 50;

/** The newest row of a table whose rows are only added. */
const newestRow = (table: string): SQL => sql.raw(`(select max(rowid) from ${table})`);

/**
 * States of monitors are read as a whole, everything else at the end of an index or from a table with few rows. An audit entry
 * covers each change of a person.
 */
const facts = (now: number): SQL => sql`json_array(
  ${newestRow('audit_entries')}, ${newestRow('status_changes')}, ${newestRow('notifications')},
  ${newestRow('incidents')}, ${newestRow('incident_actions')}, ${newestRow('incident_updates')}, ${newestRow('mailings')},
  (select json_array(count(*), sum(enabled), max(last_success_at), sum(failing_since), sum(failures)) from channels),
  (select count(*) from (select 1 from deliveries where state = 'pending' limit ${MAX_PENDING})),
  (select json_array(count(*), max(updated_at)) from (
    select updated_at from public_incidents order by started_at desc, id desc limit ${NEWEST_PUBLIC})),
  (select json_group_array(json_array(code, state)) from (
    select r.value ->> 'code' as code, r.value ->> 'state' as state from health, json_each(health.reasons) r
    where r.value ->> 'goneSince' is null)),
  (select json_array(count(*), sum(p.value ->> 0 <= ${now}), sum(p.value ->> 1 <= ${now}))
    from maintenance_spans w, json_each(w.spans) p),
  (select json_array(count(*), sum(schedule ->> 'startsAt' <= ${now}), sum(schedule ->> 'endsAt' <= ${now})) from windows))`;

/** One statement. Its cost does not depend on the length of any history. */
export async function readOverviewMark(
  db: D1Database,
  restriction: Restriction,
  now: number,
): Promise<OverviewMark> {
  const states =
    restriction === null
      ? sql`select count(*) as count, max(${s.updatedAt}) as newest from ${s}`
      : sql`select count(*) as count, max(${s.updatedAt}) as newest from ${m} join ${s} on ${s.number} = ${m.number}
          where ${inside(restriction)}`;
  const [row] = await database(db).all<{
    readonly count: number;
    readonly newest: number | null;
    readonly facts: string;
    readonly tickAt: number | null;
    readonly activity: string | null;
    readonly stopped: number;
  }>(sql`select count, newest, ${facts(now)} as facts, (select max(tick_at) from shards) as "tickAt",
    (select json_object('activeSince', active_since, 'measuringSince', measuring_since, 'idleSince', idle_since,
      'idleAgeMs', idle_age_ms) from activity limit 1) as activity,
    exists (select 1 from health, json_each(health.reasons) r
      where r.value ->> 'code' = 'measuring_stopped' and r.value ->> 'goneSince' is null) as stopped
    from (${states})`);
  const { count, newest, tickAt, activity, stopped } = row!;
  return {
    seq: newest ?? 0,
    facts: JSON.stringify([count, newest, row!.facts]),
    tickAt,
    activity: activity === null ? null : (JSON.parse(activity) as Activity),
    isMeasuringStopped: stopped === 1,
  };
}

export interface ChangedMonitor {
  readonly id: string;
  readonly state: ListState;
  readonly since: number;
}

export interface OverviewContent {
  readonly counts: Partial<Record<ListState, number>>;
  readonly openIncidents: number;
  /** At most `limit`. */
  readonly changed: readonly ChangedMonitor[];
  /** Of the monitors that probes check. Null: none is active. */
  readonly shortestIntervalSeconds: number | null;
  /** When the newest report of a probe arrived. */
  readonly reportedAt: number | null;
}

interface ContentQuery {
  readonly restriction: Restriction;
  /** Monitors that changed after this time. Null: none are read. */
  readonly since: number | null;
  readonly limit: number;
}

/** One statement. */
export async function readOverview(
  db: D1Database,
  { restriction, since, limit }: ContentQuery,
  now: number,
): Promise<OverviewContent> {
  const seen = inside(restriction);
  const changed = sql`${m.number} in (select ${s.number} from ${s} where ${s.updatedAt} > ${since ?? Number.MAX_SAFE_INTEGER})`;
  const open =
    restriction === null
      ? sql`from ${i} where ${i.state} = 'open'`
      : sql`from ${i} join ${m} on ${m.number} = ${i.monitorNumber} where ${i.state} = 'open' and ${seen}`;
  const { rows } = await readUnion(
    db,
    ['text', 'state', 'n1', 'n2'],
    [
      {
        kind: 'count',
        columns: { state: sql`state`, n1: sql`count(*)` },
        rest: sql`from ${listed(seen, now)} group by state`,
      },
      ...(since === null
        ? []
        : [
            {
              kind: 'changed',
              columns: { text: sql`monitor_id`, state: sql`state`, n1: sql`since` },
              rest: sql`from ${listed(sql`${changed} and ${seen}`, now)} order by rank, number limit ${limit}`,
            },
          ]),
      { kind: 'open', columns: { n1: sql`count(*)` }, rest: open },
      {
        kind: 'mesh',
        columns: {
          n1: sql`(select min(${m.intervalSeconds}) from ${m} where not ${m.paused}
            and ${m.check} ->> '$.type' <> ${HEARTBEAT_TYPE})`,
          // The newest rows are reports, but for those of people.
          n2: sql`(select at from journal where kind = 'report' and location <> ${HEARTBEAT_LOCATION_NUMBER}
            and id < ${journalId(SHARD + 1, 0)} order by id desc limit 1)`,
        },
        rest: sql``,
      },
    ],
  );
  const of = (kind: string) => rows.filter((row) => row.kind === kind);
  const [mesh] = of('mesh');
  return {
    counts: Object.fromEntries(of('count').map(({ state, n1 }) => [state as ListState, n1 as number])),
    openIncidents: of('open')[0]!.n1 as number,
    changed: of('changed').map(({ text, state, n1 }) => ({
      id: text as string,
      state: state as ListState,
      since: n1 as number,
    })),
    shortestIntervalSeconds: mesh!.n1 as number | null,
    reportedAt: mesh!.n2 as number | null,
  };
}
