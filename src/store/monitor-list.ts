// Owns what lists of monitors read: filtered, sorted and paged in SQL, so that a page costs the same in a large mesh.
// Does not know whether ticks have stopped: see `withoutData` in monitor-list-model.ts.
import { type SQL, sql } from 'drizzle-orm';
import type { Restriction } from '../access/restriction.ts';
import { database } from './database.ts';
import {
  LIST_STATES,
  type ListedMonitor,
  type ListState,
  type MonitorList,
  type MonitorListQuery,
  targetText,
} from './monitor-list-model.ts';
import { monitors as m, type StoredVote, monitorStates as s, maintenanceSpans as w } from './schema.ts';

export type { ListedMonitor, ListState, MonitorList, MonitorListQuery } from './monitor-list-model.ts';
export { LIST_STATES, statesWithoutData, withoutData } from './monitor-list-model.ts';

/** The rows of one page, and what the filters offer. Two statements, in one transaction. */
export async function readMonitorList(
  db: D1Database,
  query: MonitorListQuery,
  now: number,
): Promise<MonitorList> {
  const orm = database(db);
  const { states, page, pageSize, restriction } = query;
  const filter = sql.join([inside(restriction), ...filters(query)], sql` and `);
  const inStates = states === undefined ? sql`true` : isOneOf(sql`state`, states);
  const numbers = sql`(select * from ${listed(filter, now)} l where ${inStates}
    order by ${order(query)} limit ${pageSize} offset ${(Math.max(page, 1) - 1) * pageSize})`;
  const [rows, facets] = await orm.batch([
    orm.select(PAGE_COLUMNS).from(withDetails(numbers)).orderBy(order(query)),
    orm.select(FACET_COLUMNS).from(
      sql`(select 'state' as kind, state as name, count(*) as number from ${listed(filter, now)} group by state
        union all
        select distinct 'group', ${m.group}, 0 from ${m} where ${inside(restriction)} and ${m.group} is not null
        union all
        select distinct 'tag', t.key, 0 from ${m}, json_each(${m.tags}) t where ${inside(restriction)})`,
    ),
  ]);
  const namesOf = (kind: string): string[] =>
    facets.flatMap((facet) => (facet.kind === kind ? [facet.name] : [])).sort();
  const counts = countsOf(facets.filter(({ kind }) => kind === 'state'));
  return {
    rows: rows.map(listedMonitor),
    total: (states ?? LIST_STATES).reduce((sum, state) => sum + counts[state], 0),
    counts,
    groups: namesOf('group'),
    tagNames: namesOf('tag'),
  };
}

/** Ids of the monitors that a filter matches, in its order, at most `limit`. One statement. */
export async function readMatchingIds(
  db: D1Database,
  query: Omit<MonitorListQuery, 'page' | 'pageSize'>,
  now: number,
  limit: number,
): Promise<string[]> {
  const filter = sql.join([inside(query.restriction), ...filters(query)], sql` and `);
  const rows = await database(db)
    .select({ id: PAGE_COLUMNS.id })
    .from(sql`${listed(filter, now)} l join ${m} on ${m.number} = l.number`)
    .where(query.states === undefined ? sql`true` : isOneOf(sql`state`, query.states))
    .orderBy(order(query))
    .limit(limit);
  return rows.map(({ id }) => id);
}

const MAX_WORST = 20;

/** How many monitors are in each state, and the first 20 that are not up, in the order of `LIST_STATES`. One statement. */
export async function readStateCounts(
  db: D1Database,
  restriction: Restriction,
  now: number,
): Promise<{ readonly counts: Record<ListState, number>; readonly worst: readonly ListedMonitor[] }> {
  // One row of each state, up included, brings its count.
  const numbers = sql`(with found as materialized (select * from ${listed(inside(restriction), now)}),
      worst as (select l.number from found l where state <> 'up' order by ${WORST_FIRST} limit ${MAX_WORST}),
      totals as (select state, count(*) as total, min(number) as first from found group by state)
    select found.*, totals.total, worst.number is not null as is_worst
      from totals join found on found.state = totals.state left join worst on worst.number = found.number
      where worst.number is not null or found.number = totals.first)`;
  const rows = await database(db)
    .select({ ...PAGE_COLUMNS, total: sql<number>`total`, isWorst: sql<number>`is_worst` })
    .from(withDetails(numbers))
    .orderBy(WORST_FIRST);
  return {
    counts: countsOf(rows.map(({ state, total }) => ({ name: state, number: total }))),
    worst: rows.filter(({ isWorst }) => isWorst === 1).map(listedMonitor),
  };
}

/** Null if it does not exist, or is outside the restriction. */
export async function readListedMonitor(
  db: D1Database,
  id: string,
  restriction: Restriction,
  now: number,
): Promise<ListedMonitor | null> {
  const [row] = await database(db)
    .select(PAGE_COLUMNS)
    .from(withDetails(listed(sql`${inside(restriction)} and ${m.id} = ${id}`, now)));
  return row ? listedMonitor(row) : null;
}

/** Monitors with their state, and what they are sorted by. A monitor that no commit has reached yet was never checked. */
export const listed = (condition: SQL, now: number): SQL => sql`(
  with active as materialized (select ${w.monitors} as covered from ${w} where exists (
      select 1 from json_each(${w.spans}) p where p.value ->> 0 <= ${now} and ${now} < p.value ->> 1)),
    covered(number) as materialized (
      select c.value from active, json_each(active.covered) c where json_type(active.covered) = 'array'),
    everywhere(found) as materialized (
      select exists (select 1 from active where json_type(active.covered) = 'text')),
    joined as (select ${m.number} as number, ${m.id} as monitor_id, ${m.name} as name, ${m.check} ->> 'type' as type,
      ${m.group} as group_name, ${m.paused} as paused, coalesce(${s.verdict}, 'no_data') as verdict,
      coalesce(${s.neverChecked}, 1) as never_checked, coalesce(${s.since}, ${m.updatedAt}) as since,
      coalesce(${s.warnings}, '[]') <> '[]' as warned,
      (select found from everywhere) or ${m.number} in (select number from covered) as maintenance
      from ${m} left join ${s} on ${s.number} = ${m.number} where ${condition})
  select number, monitor_id, name, type, group_name, since, maintenance, state, case state ${sql.join(
    LIST_STATES.map((state, index) => sql.raw(`when '${state}' then ${index}`)),
    sql` `,
  )} end as rank
  from (select *, case when paused then 'paused' when verdict in ('down', 'partial') then verdict
      when maintenance then 'maintenance'
      when verdict = 'no_data' then iif(never_checked, 'pending', 'no_data')
      when warned then 'degraded' else 'up' end as state from joined))`;

/** The few rows of `numbers` with everything that is shown. */
const withDetails = (numbers: SQL): SQL =>
  sql`${numbers} l join ${m} on ${m.number} = l.number left join ${s} on ${s.number} = l.number`;

const PAGE_COLUMNS = {
  number: sql<number>`l.number`,
  id: sql<string>`${m.id}`,
  name: sql<string>`l.name`,
  type: sql<string>`l.type`,
  options: sql<string>`json_object('type', l.type, 'host', ${m.check} ->> 'host', 'port', ${m.check} ->> 'port',
    'url', ${m.check} ->> 'url', 'name', ${m.check} ->> 'name', 'server', ${m.check} ->> 'server',
    'everySeconds', ${m.check} ->> 'everySeconds', 'cron', ${m.check} ->> 'cron', 'timeZone', ${m.check} ->> 'timeZone')`,
  group: sql<string | null>`l.group_name`,
  tags: sql<string>`${m.tags}`,
  public: sql<number>`${m.public}`,
  paused: sql<number>`${m.paused}`,
  intervalSeconds: sql<number>`${m.intervalSeconds}`,
  version: sql<number>`${m.version}`,
  state: sql<ListState>`l.state`,
  maintenance: sql<number>`l.maintenance`,
  since: sql<number>`l.since`,
  passing: sql<number>`coalesce(${s.passing}, 0)`,
  failing: sql<number>`coalesce(${s.failing}, 0)`,
  abstaining: sql<number>`coalesce(${s.abstaining}, 0)`,
  warnings: sql<string>`coalesce(${s.warnings}, '[]')`,
  flapping: sql<number>`coalesce(${s.flapping}, 0)`,
  incidentId: sql<string | null>`${s.incidentId}`,
  votes: sql<string>`coalesce(${s.votes}, '[]')`,
};

const FACET_COLUMNS = {
  kind: sql<'state' | 'group' | 'tag'>`kind`,
  name: sql<string>`name`,
  number: sql<number>`number`,
};

type PageRow = {
  readonly [K in keyof typeof PAGE_COLUMNS]: (typeof PAGE_COLUMNS)[K] extends SQL<infer T> ? T : never;
};

function listedMonitor({ options, votes, ...row }: PageRow): ListedMonitor {
  const stored = JSON.parse(votes) as StoredVote[];
  return {
    ...{ number: row.number, id: row.id, name: row.name, type: row.type, group: row.group },
    ...{ intervalSeconds: row.intervalSeconds, version: row.version, state: row.state, since: row.since },
    ...{ passing: row.passing, failing: row.failing, abstaining: row.abstaining, incidentId: row.incidentId },
    ...{ public: row.public === 1, paused: row.paused === 1 },
    ...{ maintenance: row.maintenance === 1, flapping: row.flapping === 1 },
    target: targetText(JSON.parse(options)),
    tags: JSON.parse(row.tags),
    warnings: JSON.parse(row.warnings),
    failingAt: stored.flatMap(([, id, vote]) => (vote === 'failing' ? [id] : [])),
  };
}

function countsOf(rows: readonly { readonly name: string; readonly number: number }[]) {
  const counts = Object.fromEntries(LIST_STATES.map((state) => [state, 0])) as Record<ListState, number>;
  for (const { name, number } of rows) counts[name as ListState] = number;
  return counts;
}

const isOneOf = (value: SQL, words: readonly string[]): SQL =>
  sql`${value} in (select value from json_each(${JSON.stringify(words)}))`;

/** Tags of `m` that the expression `x.value` matches. The same rule as `hasTag`. */
const HAS_TAG = sql`exists (select 1 from json_each(${m.tags}) t
  where x.value = t.key or x.value = t.key || ':' || t.value)`;

/** Monitors `m` that a caller sees. */
export const inside = (restriction: Restriction): SQL =>
  restriction === null
    ? sql`true`
    : sql`exists (select 1 from json_each(${JSON.stringify(restriction)}) x where ${HAS_TAG})`;

function filters({
  tags,
  group,
  types,
  failingAt,
  q,
  channel,
}: Omit<MonitorListQuery, 'page' | 'pageSize'>): SQL[] {
  return [
    ...(tags === undefined
      ? []
      : [sql`not exists (select 1 from json_each(${JSON.stringify(tags)}) x where not ${HAS_TAG})`]),
    ...(group === undefined ? [] : [sql`${m.group} = ${group}`]),
    ...(types === undefined ? [] : [isOneOf(sql`${m.check} ->> 'type'`, types)]),
    ...(failingAt === undefined
      ? []
      : [
          sql`${s.failing} > 0 and exists (select 1 from json_each(${s.votes}) v
            where v.value ->> 2 = 'failing' and v.value ->> 1 = ${failingAt})`,
        ]),
    ...(q === undefined || q === '' ? [] : [hasText(q)]),
    ...(channel === undefined
      ? []
      : [
          sql`json_type(${m.channels}) = 'array' and exists (
            select 1 from json_each(${m.channels}) c where c.value = ${channel})`,
        ]),
  ];
}

/** Monitors `m` with the text in what people search for. */
export const hasText = (q: string): SQL => sql`(${sql.join(spellings(q).map(contains), sql` or `)})`;

/** `instr` and not `like`: D1 takes 50 bytes of a pattern, and no sign has a meaning of its own. */
const contains = (text: string): SQL =>
  sql`(${sql.join(
    [m.name, m.id, sql`${m.check} ->> 'host'`, sql`${m.check} ->> 'url'`, sql`${m.check} ->> 'server'`].map(
      (value) => sql`instr(lower(${value}), ${text})`,
    ),
    sql` or `,
  )} or (${m.check} ->> 'type' = 'dns' and instr(lower(${m.check} ->> 'name'), ${text})))`;

/** SQLite's `lower` knows ASCII only: other letters are found in both cases. */
function spellings(q: string): string[] {
  const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return [...new Set([q.toLowerCase(), asciiLower(q.toUpperCase()), asciiLower(q)])];
}

/** Of rows `l`. */
function order({ sort, descending = false }: Pick<MonitorListQuery, 'sort' | 'descending'>): SQL {
  const direction = descending ? sql` desc` : sql``;
  const keys: Record<MonitorListQuery['sort'], SQL[]> = {
    state: [sql`l.rank`],
    name: [],
    since: [sql`l.since`],
    group: [sql`l.group_name is null`, sql`l.group_name collate nocase`, sql`l.group_name`],
    type: [sql`l.type`],
  };
  const names = [sql`l.name collate nocase`, sql`l.name`, sql`l.number`];
  const turned = sort === 'name' ? names : keys[sort];
  return sql.join(
    [...turned.map((key) => sql`${key}${direction}`), ...(sort === 'name' ? [] : names)],
    sql`, `,
  );
}

const WORST_FIRST = order({ sort: 'state' });
