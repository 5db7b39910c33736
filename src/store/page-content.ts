// Owns what a status page reads beside the state of the mesh, in the same statement: its monitors, maintenances, incidents that
// probes measured, and what people wrote. Reads no monitor that the page does not select, and no evidence.
// Does not decide what is shown: src/status-pages/shown-on.ts does, on the same rows.
import { type Column, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { DEFAULT_PAGE, type StatusPage } from '../status-pages/model.ts';
import type { Tags } from '../tags.ts';
import type { AnnouncementRow } from './announcements.ts';
import type { IncidentRow } from './incidents.ts';
import type { MeshRow, MeshTerm } from './mesh-now.ts';
import type { IncidentUpdateRow, PublicIncident } from './public-incidents.ts';
import {
  announcements,
  incidents,
  incidentUpdates,
  monitors,
  publicIncidents,
  settings,
  statusPages,
  windows,
} from './schema.ts';
import { LOCATION_NAMES } from './settings.ts';
import type { WindowRow } from './windows.ts';

/** What a page needs of a monitor. */
export interface PageMonitor {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly group: string | null;
  readonly tags: Tags;
  readonly public: boolean;
  readonly paused: boolean;
  readonly updatedAt: number;
}

export interface PageContent {
  /** In no order. */
  readonly monitors: readonly PageMonitor[];
  /** Monitors that the page selects and does not show, because they are private. */
  readonly hidden: number;
  readonly maintenances: readonly WindowRow[];
  /** Of the monitors, without evidence. Newest first. */
  readonly incidents: readonly IncidentRow[];
  /** Published ones of every page, with all their updates. Newest first. */
  readonly publicIncidents: readonly PublicIncident[];
  /** Active ones of every page, newest first. */
  readonly announcements: readonly AnnouncementRow[];
  /** Names of locations that the mesh has set, by id. */
  readonly locationNames: Readonly<Record<string, string>>;
  /** Start of the oldest incident of the page's monitors or of people. Null: there was none. For an archive only. */
  readonly firstIncidentAt: number | null;
  /** Every visitor may read the default page. */
  readonly isDefaultPublic: boolean;
}

/** Which incidents: open ones and those that ended since, those of a span, or one. */
export type Wanted =
  | { readonly since: number; readonly now: number }
  | { readonly from: number; readonly to: number; readonly now: number }
  | { readonly id: string; readonly now: number };

const MAX_INCIDENTS = 100;
const MAX_PUBLIC_INCIDENTS = 200;
const MAX_ANNOUNCEMENTS = 10;
/** Of pages with private monitors no index has the end of an incident: one that lasted longer is in the archive only. */
const MAX_LENGTH_MS = 60 * 86_400_000;

/** What the rows of {@link contentTerms} say. */
export function contentOf(rows: readonly MeshRow[]): PageContent {
  const of = <T>(kind: string, names: readonly string[]): T[] =>
    rows.flatMap((row) => (row.kind === kind ? [fromArray<T>(row.t1 as string, names)] : []));
  const [rest] = of<Rest>('rest', ['hidden', 'announcements', 'locationNames', 'firstIncidentAt', 'access']);
  const { hidden, announcements: active, locationNames, firstIncidentAt, access } = rest!;
  return {
    monitors: of<PageMonitor>('monitor', keys(MONITOR)).map((row) => ({
      ...{ ...row, public: !!row.public, paused: !!row.paused },
    })),
    hidden,
    maintenances: of<WindowRow>('window', keys(WINDOW)),
    incidents: of<IncidentRow>('incident', keys(INCIDENT))
      .map((row) => ({ ...row, public: !!row.public }))
      .sort(newestFirst),
    publicIncidents: of<WithUpdates>('public_incident', [...keys(PUBLIC_INCIDENT), 'updates'])
      .map(({ updates, ...row }) => ({ ...row, updates: updates.map(toUpdate) }))
      .sort(newestFirst),
    announcements: active.map((values) => {
      const row = named<AnnouncementRow>(values, keys(ANNOUNCEMENT));
      return { ...row, notify: !!row.notify };
    }),
    locationNames: locationNames ?? {},
    ...{ firstIncidentAt, isDefaultPublic: access === null || access === 'public' },
  };
}

type Values = readonly unknown[];
type WithUpdates = Omit<PublicIncident, 'updates'> & { readonly updates: readonly Values[] };

interface Rest {
  readonly hidden: number;
  readonly announcements: readonly Values[];
  readonly locationNames: Readonly<Record<string, string>> | null;
  readonly firstIncidentAt: number | null;
  /** Type of the access to the default page. Null: it has no row. */
  readonly access: string | null;
}

const MONITOR = (({ number, id, name, group, tags, public: isPublic, paused, updatedAt }) => ({
  ...{ number, id, name, group, tags, public: isPublic, paused, updatedAt },
}))(getTableColumns(monitors));
const WINDOW = getTableColumns(windows);
const INCIDENT = getTableColumns(incidents);
const PUBLIC_INCIDENT = getTableColumns(publicIncidents);
const UPDATE = getTableColumns(incidentUpdates);
const ANNOUNCEMENT = getTableColumns(announcements);

const keys = (columns: object): readonly string[] => Object.keys(columns);

const named = <T>(values: Values, names: readonly string[]): T =>
  Object.fromEntries(names.map((name, index) => [name, values[index]])) as T;

const fromArray = <T>(json: string, names: readonly string[]): T => named(JSON.parse(json) as Values, names);

/** As D1 returns it: booleans are numbers. */
function toUpdate(values: Values): IncidentUpdateRow {
  const row = named<IncidentUpdateRow>(values, keys(UPDATE));
  return { ...row, notify: !!row.notify };
}

interface Started {
  readonly startedAt: number;
  readonly id: string;
}
const newestFirst = (a: Started, b: Started): number => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1);

/** For the statement that reads the state of the mesh. */
export function contentTerms(page: StatusPage, wanted: Wanted): MeshTerm[] {
  const term = (kind: string, json: SQL, rest: SQL): MeshTerm => ({ kind, columns: { t1: json }, rest });
  return [
    term('monitor', arrayOf(MONITOR), sql`from ${monitors} where ${isShown(page)}`),
    term(
      'window',
      arrayOf(WINDOW),
      sql`from ${windows} where ${windows.kind} = 'maintenance' order by ${windows.id}`,
    ),
    term(
      'incident',
      arrayOf(INCIDENT, 'id' in wanted ? {} : { evidence: sql`json('[]')` }),
      sql`from ${incidents} where ${incidents.id} in (${measuredIds(page, wanted)}) and ${isVisible(page)}`,
    ),
    term(
      'public_incident',
      sql`json_insert(${arrayOf(PUBLIC_INCIDENT)}, '$[#]', json((
        select json_group_array(${arrayOf(UPDATE)}) from (
          select * from ${incidentUpdates} where ${incidentUpdates.publicIncidentId} = ${publicIncidents.id}
          order by ${incidentUpdates.at} desc, ${incidentUpdates.id} desc) ${incidentUpdates})))`,
      sql`from ${publicIncidents} where ${isPublished(wanted)} and ${isForPage(publicIncidents.pages, page)}
        order by ${publicIncidents.resolvedAt} is not null, ${publicIncidents.startedAt} desc
        limit ${sql.raw(String(MAX_PUBLIC_INCIDENTS))}`,
    ),
    term('rest', restOf(page, wanted), sql``),
  ];
}

/** D1 takes 32 arguments of a function, too few for names and values of every column. */
const arrayOf = (
  columns: Readonly<Record<string, Column>>,
  instead: Readonly<Record<string, SQL>> = {},
): SQL =>
  sql`json_array(${sql.join(
    Object.entries(columns).map(
      ([name, column]) =>
        instead[name] ?? (column.dataType === 'json' ? sql`json(${column})` : sql`${column}`),
    ),
    sql`, `,
  )})`;

const list = (values: readonly string[]): SQL =>
  sql`(select value from json_each(${JSON.stringify(values)}))`;

/** The same as `selects` of shown-on.ts, so that D1 returns no other monitor. */
function isSelected({ config: { components } }: StatusPage): SQL {
  if (components.monitors === 'all') return sql`true`;
  return sql`(${monitors.id} in ${list(components.monitors)} or ${monitors.group} in ${list(components.groups)}
    or exists (select 1 from json_each(${monitors.tags}) t
      where t.key in ${list(components.tags)} or t.key || ':' || t.value in ${list(components.tags)}))`;
}

const isShown = (page: StatusPage): SQL =>
  page.access.type === 'public'
    ? sql`${monitors.public} = 1 and ${isSelected(page)}`
    : sql`${isSelected(page)}`;

/** The incidents of a monitor that is private or deleted are not public. */
function isVisible(page: StatusPage): SQL {
  const isAll = page.config.components.monitors === 'all';
  const isPublic = page.access.type === 'public';
  const ofMonitors = sql`${incidents.monitorNumber} in (select ${monitors.number} from ${monitors} where ${isShown(page)})`;
  if (isPublic) return isAll ? IS_PUBLIC : sql`${IS_PUBLIC} and ${ofMonitors}`;
  return sql`${incidents.location} is null and ${ofMonitors}`;
}

/** Written as in the partial indexes, which a bound parameter would not match. */
const IS_PUBLIC = sql`${incidents.public} = 1`;

function measuredIds(page: StatusPage, wanted: Wanted): SQL {
  const newest = (condition: SQL, order: SQL): SQL => sql`select id from (
    select ${incidents.id} as id from ${incidents} where ${condition} and ${isVisible(page)}
    order by ${order} desc limit ${sql.raw(String(MAX_INCIDENTS))})`;
  const linked = sql`select l.value from ${publicIncidents}, json_each(${publicIncidents.incidents}) l
    where ${isPublished(wanted)}`;
  return sql.join([...ownIds(wanted, page, newest), linked], sql` union all `);
}

function ownIds(wanted: Wanted, page: StatusPage, newest: (condition: SQL, order: SQL) => SQL): SQL[] {
  const { state, startedAt, resolvedAt } = INCIDENT;
  if ('id' in wanted) return [sql`select ${wanted.id}`];
  if ('from' in wanted)
    return [newest(sql`${startedAt} >= ${wanted.from} and ${startedAt} < ${wanted.to}`, sql`${startedAt}`)];
  const ended = sql`${state} = 'resolved' and ${resolvedAt} >= ${wanted.since}`;
  return [
    newest(sql`${state} = 'open'`, sql`${startedAt}`),
    page.access.type === 'public'
      ? newest(ended, sql`${resolvedAt}`)
      : newest(sql`${ended} and ${startedAt} >= ${wanted.since - MAX_LENGTH_MS}`, sql`${startedAt}`),
  ];
}

function isPublished(wanted: Wanted): SQL {
  const { state, startedAt, resolvedAt, id, incidents: measured } = PUBLIC_INCIDENT;
  const about =
    'id' in wanted
      ? sql`(${id} = ${wanted.id} or exists (select 1 from json_each(${measured}) i where i.value = ${wanted.id}))`
      : 'from' in wanted
        ? sql`${startedAt} >= ${wanted.from} and ${startedAt} < ${wanted.to}`
        : sql`(${resolvedAt} is null or ${resolvedAt} >= ${wanted.since})`;
  return sql`${state} = 'published' and ${about}`;
}

const isForPage = (pages: Column, page: StatusPage): SQL =>
  sql`(${pages} = '"all"' or exists (select 1 from json_each(${pages}) p where p.value = ${page.id}))`;

function restOf(page: StatusPage, wanted: Wanted): SQL {
  const { now } = wanted;
  const { startsAt, endsAt, id } = ANNOUNCEMENT;
  const hidden =
    page.access.type === 'public'
      ? sql`(select count(*) from ${monitors} where ${monitors.public} = 0 and ${isSelected(page)})`
      : sql`0`;
  const active = sql`(select json_group_array(json(json)) from (
    select ${arrayOf(ANNOUNCEMENT)} as json from ${announcements}
    where ${startsAt} <= ${now} and (${endsAt} is null or ${endsAt} > ${now})
      and ${isForPage(ANNOUNCEMENT.pages, page)}
    order by ${startsAt} desc, ${id} limit ${sql.raw(String(MAX_ANNOUNCEMENTS))}))`;
  const names = sql`(select ${settings.value} from ${settings} where ${settings.name} = ${LOCATION_NAMES})`;
  const first = 'from' in wanted ? firstStart(page) : sql`null`;
  const access = sql`(select ${statusPages.access} ->> 'type' from ${statusPages} where ${statusPages.id} = ${DEFAULT_PAGE.id})`;
  return sql`json_array(${hidden}, json(${active}), json(${names}), ${first}, ${access})`;
}

/** Where the archive begins. By state, because the indexes begin with it. */
function firstStart(page: StatusPage): SQL {
  const { state, startedAt } = INCIDENT;
  const oldest = (of: 'open' | 'resolved'): SQL => sql`select * from (
    select ${startedAt} as at from ${incidents} where ${state} = ${of} and ${isVisible(page)} order by ${startedAt} limit 1)`;
  return sql`(select min(at) from (${oldest('open')} union all ${oldest('resolved')}
    union all select min(${publicIncidents.startedAt}) from ${publicIncidents}
      where ${publicIncidents.state} = 'published' and ${isForPage(publicIncidents.pages, page)}))`;
}
