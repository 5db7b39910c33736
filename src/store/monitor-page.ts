// Owns what the page of one monitor reads besides its state and its history, in one statement: however large the mesh is.
// What is outside a restriction is among it: the reader leaves it out. Does not decide what is shown.
// More than 300 lines: the parts of one statement, and what they are read as.
import { type SQL, sql } from 'drizzle-orm';
import type { Activity, ShortestIntervals } from '../engine/model/activity.ts';
import type { Route } from '../routing/model.ts';
import type { LocationNames } from '../status-pages/location-names.ts';
import { certificatesJson, type StoredCertificates } from './certificates.ts';
import {
  type HeartbeatRows,
  heartbeatTerms,
  type PageHeartbeat,
  type RunDurations,
} from './heartbeat-page.ts';
import type { StoredPing } from './pings.ts';
import type { StoredVote } from './schema.ts';
import { activity, incidents, monitorHistories, monitorStates, monitors, shards, windows } from './schema.ts';
import { LOCATION_NAMES, type NotificationSettings } from './settings.ts';
import { readUnion, type Term } from './union.ts';
import { isCovered } from './window-scope.ts';
import type { Schedule, WindowKind } from './windows.ts';

type Tags = Readonly<Record<string, string>>;

export interface PageMonitor {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  /** Secrets are listed by name, each with the value null. */
  readonly check: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly intervalSeconds: number;
  readonly locations: 'all' | readonly string[];
  readonly alert: {
    readonly quorum: string | number;
    readonly failures: number;
    readonly recoveries: number;
    readonly confirmSeconds: number;
  };
  readonly channels: 'default' | readonly string[];
  readonly group: string | null;
  readonly sloTarget: number | null;
  readonly description: string | null;
  readonly runbookUrl: string | null;
  readonly tags: Tags;
  readonly dependsOn: readonly string[];
  readonly public: boolean;
  readonly paused: boolean;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Null: no location has reported one. */
  readonly certificates: StoredCertificates | null;
  /** What lists show of it. Null: no commit has reached it. */
  readonly listed: ListedState | null;
}

interface ListedState {
  readonly verdict: 'up' | 'partial' | 'down' | 'no_data';
  readonly since: number;
  readonly neverChecked: boolean;
  readonly warnings: readonly string[];
  readonly flapping: boolean;
  readonly incidentId: string | null;
  readonly votes: readonly StoredVote[];
}

/** A deleted monitor that had a history. */
export interface FormerMonitor {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly group: string | null;
  readonly tags: Tags;
  readonly deletedAt: number;
}

export interface RelatedMonitor {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly tags: Tags;
  readonly paused: boolean;
  readonly verdict: ListedState['verdict'] | null;
  /** The monitor of the page depends on it. False: it depends on the monitor of the page. */
  readonly isParent: boolean;
}

export interface PageIncident {
  readonly id: string;
  readonly verdict: 'partial' | 'down';
  readonly state: 'open' | 'resolved';
  readonly startedAt: number;
  readonly detectedAt: number;
  readonly resolvedAt: number | null;
  readonly reason: string | null;
  readonly scope: readonly string[];
  readonly acknowledgedAt: number | null;
}

export interface PageWindow {
  readonly kind: WindowKind;
  readonly id: string;
  readonly name: string;
  readonly monitors: 'all' | readonly string[];
  readonly tags: readonly string[];
  readonly schedule: Schedule;
  /** Id and tags of the monitors that it lists, if it lists any. */
  readonly listed: readonly { readonly id: string; readonly tags: Tags }[];
}

export interface PageChannel {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly tags: Tags;
}

export interface MonitorPageRows extends HeartbeatRows {
  readonly monitor: PageMonitor | null;
  /** Only if no monitor has the id now. */
  readonly former: FormerMonitor | null;
  readonly related: readonly RelatedMonitor[];
  /** Open ones first, then the newest. */
  readonly incidents: readonly PageIncident[];
  /** Those that cover the monitor and are not over. */
  readonly windows: readonly PageWindow[];
  readonly channels: readonly PageChannel[];
  readonly routing: { readonly routes: readonly Route[]; readonly defaultChannels: readonly string[] };
  readonly locationNames: LocationNames;
  readonly activity: Activity | null;
  readonly tickAt: number | null;
  readonly shortest: ShortestIntervals;
}

const COLUMNS = ['json', 'place'] as const;
type Column = (typeof COLUMNS)[number];

export const MAX_INCIDENTS = 20;
const MAX_RELATED = 100;

/** Runs of a heartbeat are those that ended after `runsFrom`. */
export async function readMonitorPage(
  db: D1Database,
  id: string,
  now: number,
  runsFrom: number = now,
): Promise<MonitorPageRows> {
  const { rows } = await readUnion<Column>(db, COLUMNS, [...terms(id, now), ...heartbeatTerms(id, runsFrom)]);
  const of = <T>(kind: string): T[] =>
    rows
      .filter((row) => row.kind === kind)
      .sort((a, b) => Number(a.place ?? 0) - Number(b.place ?? 0))
      .map((row) => JSON.parse(row.json as string) as T);
  const [monitor] = of<StoredMonitor>('monitor');
  const [former] = of<FormerMonitor>('former');
  const [mesh] = of<Mesh>('mesh');
  const tags = monitor?.tags ?? {};
  return {
    monitor: monitor ? pageMonitor(monitor) : null,
    former: monitor ? null : (former ?? null),
    related: of<RelatedMonitor>('related').map((one) => ({
      ...one,
      ...{ paused: Boolean(one.paused), isParent: Boolean(one.isParent) },
    })),
    incidents: of<PageIncident>('incident')
      .filter(ofNumber((monitor ?? former)?.number))
      .slice(0, MAX_INCIDENTS),
    windows: of<PageWindow>('window').filter((window) => isCovered(window, { id, tags })),
    channels: of<PageChannel>('channel').map((one) => ({ ...one, enabled: Boolean(one.enabled) })),
    routing: {
      routes: of<Route>('route').map((route) => ({ ...route, continues: Boolean(route.continues) })),
      defaultChannels: mesh!.notifications?.defaultChannels ?? [],
    },
    locationNames: mesh!.locationNames ?? {},
    activity: mesh!.activity,
    tickAt: mesh!.tickAt,
    heartbeat: of<PageHeartbeat>('heartbeat')[0] ?? null,
    pings: of<StoredPing>('ping'),
    durations: of<RunDurations>('durations')[0] ?? null,
    shortest: { anyMs: msOf(mesh!.shortestSeconds), probedMs: msOf(mesh!.shortestProbedSeconds) },
  };
}

interface StoredMonitor extends Omit<PageMonitor, 'listed' | 'public' | 'paused'> {
  readonly public: number;
  readonly paused: number;
  readonly verdict: ListedState['verdict'] | null;
  readonly since: number;
  readonly neverChecked: number;
  readonly warnings: readonly string[];
  readonly flapping: number;
  readonly incidentId: string | null;
  readonly votes: readonly StoredVote[];
}

interface Mesh {
  readonly tickAt: number | null;
  readonly activity: Activity | null;
  readonly shortestSeconds: number | null;
  readonly shortestProbedSeconds: number | null;
  readonly locationNames: LocationNames | null;
  readonly notifications: NotificationSettings | null;
}

const msOf = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1_000);

function pageMonitor(stored: StoredMonitor): PageMonitor {
  const { verdict, since, neverChecked, warnings, flapping, incidentId, votes, ...row } = stored;
  return {
    ...row,
    ...{ public: row.public === 1, paused: row.paused === 1 },
    listed:
      verdict === null
        ? null
        : {
            ...{ verdict, since, warnings, incidentId, votes },
            ...{ neverChecked: neverChecked === 1, flapping: flapping === 1 },
          },
  };
}

/** An id of a deleted monitor may belong to another one now. */
const ofNumber =
  (number: number | undefined) =>
  (incident: object): boolean =>
    (incident as { readonly number: number }).number === number;

const term = (kind: string, json: SQL, rest: SQL, place: SQL = sql`0`): Term<Column> => ({
  kind,
  columns: { json, place },
  rest,
});

function terms(id: string, now: number): Term<Column>[] {
  const { activeSince, measuringSince, idleSince, idleAgeMs, shard } = activity;
  const setting = (name: string) => sql`(select json(value) from settings where name = ${name})`;
  const newest = (state: 'open' | 'resolved') => sql`select * from (select i.* from ${incidents} i
    where i.monitor_id = ${id} and i.state = ${sql.raw(`'${state}'`)}
    order by i.started_at desc, i.id desc limit ${MAX_INCIDENTS})`;
  const related = (isParent: 0 | 1, rest: SQL) => sql`select r.number, r.id, r.name, r.tags, r.paused,
    ${sql.raw(String(isParent))} as is_parent ${rest}`;
  return [
    term(
      'monitor',
      sql`json_object('number', m.number, 'id', m.id, 'name', m.name, 'check', json(m."check"),
        'intervalSeconds', m.interval_seconds, 'locations', json(m.locations), 'alert', json(m.alert),
        'channels', json(m.channels), 'group', m.group_name, 'sloTarget', m.slo_target, 'description', m.description,
        'runbookUrl', m.runbook_url, 'tags', json(m.tags), 'dependsOn', json(m.depends_on), 'public', m.public,
        'paused', m.paused, 'version', m.version, 'createdAt', m.created_at, 'updatedAt', m.updated_at,
        'verdict', s.verdict, 'since', s.since, 'neverChecked', s.never_checked, 'warnings', json(s.warnings),
        'flapping', s.flapping, 'incidentId', s.incident_id, 'votes', json(s.votes),
        'certificates', ${certificatesJson(sql`m.number`)})`,
      sql`from ${monitors} m left join ${monitorStates} s on s.number = m.number where m.id = ${id}`,
    ),
    term(
      'former',
      sql`json_object('number', number, 'id', id, 'name', name, 'group', group_name, 'tags', json(tags),
        'deletedAt', deleted_at)`,
      sql`from ${monitorHistories} where id = ${id} and deleted_at is not null order by number desc limit 1`,
    ),
    term(
      'related',
      sql`json_object('number', r.number, 'id', r.id, 'name', r.name, 'tags', json(r.tags), 'paused', r.paused,
        'verdict', s.verdict, 'isParent', r.is_parent)`,
      sql`from (
          ${related(1, sql`from ${monitors} m, json_each(m.depends_on) d join ${monitors} r on r.id = d.value where m.id = ${id}`)}
          union all
          select * from (${related(
            0,
            sql`from ${monitors} r where r.depends_on <> '[]'
              and exists (select 1 from json_each(r.depends_on) d where d.value = ${id}) limit ${MAX_RELATED}`,
          )})) r
        left join ${monitorStates} s on s.number = r.number`,
      sql`r.number`,
    ),
    term(
      'incident',
      sql`json_object('number', i.monitor_number, 'id', i.id, 'verdict', i.verdict, 'state', i.state,
        'startedAt', i.started_at, 'detectedAt', i.detected_at, 'resolvedAt', i.resolved_at, 'reason', i.reason,
        'scope', json(i.scope), 'acknowledgedAt', i.acknowledged_at)`,
      sql`from (${newest('open')} union all ${newest('resolved')}) i`,
      sql`iif(i.state = 'open', -1e15, 0) - i.started_at`,
    ),
    term(
      'window',
      sql`json_object('kind', kind, 'id', id, 'name', name, 'monitors', json(monitors), 'tags', json(tags),
        'schedule', json(schedule), 'listed', json(coalesce((select json_group_array(json_object('id', l.id,
          'tags', json(l.tags))) from json_each(monitors) e join ${monitors} l on l.id = e.value), '[]')))`,
      sql`from ${windows} where schedule ->> 'endsAt' is null or schedule ->> 'endsAt' > ${now}`,
      sql`coalesce(schedule ->> 'startsAt', 0)`,
    ),
    term(
      'channel',
      sql`json_object('id', id, 'name', name, 'type', type, 'enabled', enabled, 'tags', json(tags))`,
      sql`from channels order by id`,
    ),
    term(
      'route',
      sql`json_object('id', id, 'name', name, 'match', json(match), 'continues', "continues", 'steps', json(steps),
        'repeatMinutes', repeat_minutes, 'quietHours', json(quiet_hours))`,
      sql`from (select *, row_number() over (order by position, id) as number from routes where enabled = 1)`,
      sql`number`,
    ),
    term(
      'mesh',
      sql`json_object(
        'tickAt', (select ${shards.tickAt} from ${shards} order by ${shards.tickAt} desc limit 1),
        'activity', (select json_object('shard', ${shard}, 'activeSince', ${activeSince},
          'measuringSince', ${measuringSince}, 'idleSince', ${idleSince}, 'idleAgeMs', ${idleAgeMs})
          from ${activity} limit 1),
        'shortestSeconds', (select min(interval_seconds) from monitors where paused = 0),
        'shortestProbedSeconds', (select min(interval_seconds) from monitors
          where paused = 0 and "check" ->> '$.type' <> 'heartbeat'),
        'locationNames', ${setting(LOCATION_NAMES)},
        'notifications', ${setting('notifications')})`,
      sql``,
    ),
  ];
}
