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
export { withoutData } from './monitor-list-model.ts';

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
  const [rows, facets] = await orm.batch([
    orm
      .select(PAGE_COLUMNS)
      .from(sql`${listed(filter, now)} l`)
      .where(inStates)
      .orderBy(...order(query))
      .limit(pageSize)
      .offset((Math.max(page, 1) - 1) * pageSize),
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

const MAX_WORST = 20;

/** How many monitors are in each state, and the first 20 that are not up, in the order of `LIST_STATES`. One statement. */
export async function readStateCounts(
  db: D1Database,
  restriction: Restriction,
  now: number,
): Promise<{ readonly counts: Record<ListState, number>; readonly worst: readonly ListedMonitor[] }> {
  const rows = await database(db)
    .select({
      ...PAGE_COLUMNS,
      count: sql<number>`total`,
    })
    .from(
      sql`(select *, count(*) over (partition by state) as total,
          row_number() over (order by rank, name collate nocase, name, number) as place,
          row_number() over (partition by state order by number) as first
        from ${listed(inside(restriction), now)})`,
    )
    .where(sql`(place <= ${MAX_WORST} and state <> 'up') or first = 1`)
    .orderBy(sql`place`);
  const worst = rows.filter(({ state }) => state !== 'up').slice(0, MAX_WORST);
  return {
    counts: countsOf(rows.map(({ state, count }) => ({ name: state, number: count }))),
    worst: worst.map(listedMonitor),
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
    .from(listed(sql`${inside(restriction)} and ${m.id} = ${id}`, now));
  return row ? listedMonitor(row) : null;
}

/** Monitors with their state. A monitor that no commit has reached yet was never checked. */
const listed = (condition: SQL, now: number): SQL => sql`(
  with active as materialized (select ${w.monitors} as covered from ${w} where exists (
      select 1 from json_each(${w.spans}) p where p.value ->> 0 <= ${now} and ${now} < p.value ->> 1)),
    covered(number) as materialized (
      select c.value from active, json_each(active.covered) c where json_type(active.covered) = 'array'),
    joined as (select ${m.number} as number, ${m.id} as id, ${m.name} as name, ${m.check} ->> 'type' as type,
      ${m.check} as "check", ${m.group} as group_name, ${m.tags} as tags, ${m.public} as public, ${m.paused} as paused,
      ${m.intervalSeconds} as interval_seconds, ${m.version} as version,
      coalesce(${s.verdict}, 'no_data') as verdict, coalesce(${s.neverChecked}, 1) as never_checked,
      coalesce(${s.since}, ${m.updatedAt}) as since, coalesce(${s.passing}, 0) as passing,
      coalesce(${s.failing}, 0) as failing, coalesce(${s.abstaining}, 0) as abstaining,
      coalesce(${s.warnings}, '[]') as warnings, coalesce(${s.flapping}, 0) as flapping,
      ${s.incidentId} as incident_id, coalesce(${s.votes}, '[]') as votes,
      ${m.number} in (select number from covered)
        or exists (select 1 from active where json_type(active.covered) = 'text') as maintenance
      from ${m} left join ${s} on ${s.number} = ${m.number} where ${condition})
  select *, case state ${sql.join(
    LIST_STATES.map((state, index) => sql`when ${literal(state)} then ${sql.raw(String(index))}`),
    sql` `,
  )} end as rank
  from (select *, case when paused then 'paused' when verdict in ('down', 'partial') then verdict
      when maintenance then 'maintenance'
      when verdict = 'no_data' then iif(never_checked, 'pending', 'no_data')
      when warnings <> '[]' then 'degraded' else 'up' end as state from joined))`;

const literal = (word: string): SQL => sql.raw(`'${word}'`);

const PAGE_COLUMNS = {
  number: sql<number>`number`,
  id: sql<string>`id`,
  name: sql<string>`name`,
  type: sql<string>`type`,
  check: sql<string>`json_object('type', type, 'host', "check" ->> 'host', 'port', "check" ->> 'port',
    'url', "check" ->> 'url', 'name', "check" ->> 'name', 'server', "check" ->> 'server')`,
  group: sql<string | null>`group_name`,
  tags: sql<string>`tags`,
  public: sql<number>`public`,
  paused: sql<number>`paused`,
  intervalSeconds: sql<number>`interval_seconds`,
  version: sql<number>`version`,
  state: sql<ListState>`state`,
  maintenance: sql<number>`maintenance`,
  since: sql<number>`since`,
  passing: sql<number>`passing`,
  failing: sql<number>`failing`,
  abstaining: sql<number>`abstaining`,
  warnings: sql<string>`warnings`,
  flapping: sql<number>`flapping`,
  incidentId: sql<string | null>`incident_id`,
  votes: sql<string>`votes`,
};

const FACET_COLUMNS = {
  kind: sql<'state' | 'group' | 'tag'>`kind`,
  name: sql<string>`name`,
  number: sql<number>`number`,
};

type PageRow = {
  readonly [K in keyof typeof PAGE_COLUMNS]: (typeof PAGE_COLUMNS)[K] extends SQL<infer T> ? T : never;
};

function listedMonitor({ check, votes, ...row }: PageRow): ListedMonitor {
  const stored = JSON.parse(votes) as StoredVote[];
  return {
    ...{ number: row.number, id: row.id, name: row.name, type: row.type, group: row.group },
    ...{ intervalSeconds: row.intervalSeconds, version: row.version, state: row.state, since: row.since },
    ...{ passing: row.passing, failing: row.failing, abstaining: row.abstaining, incidentId: row.incidentId },
    ...{ public: row.public === 1, paused: row.paused === 1 },
    ...{ maintenance: row.maintenance === 1, flapping: row.flapping === 1 },
    target: targetText(JSON.parse(check)),
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

const inside = (restriction: Restriction): SQL =>
  restriction === null
    ? sql`true`
    : sql`exists (select 1 from json_each(${JSON.stringify(restriction)}) x where ${HAS_TAG})`;

function filters({ tags, group, types, failingAt, q, channel }: MonitorListQuery): SQL[] {
  return [
    ...(tags === undefined
      ? []
      : [sql`not exists (select 1 from json_each(${JSON.stringify(tags)}) x where not ${HAS_TAG})`]),
    ...(group === undefined ? [] : [sql`${m.group} = ${group}`]),
    ...(types === undefined ? [] : [isOneOf(sql`${m.check} ->> 'type'`, types)]),
    ...(failingAt === undefined
      ? []
      : [
          sql`exists (select 1 from json_each(${s.votes}) v
            where v.value ->> 2 = 'failing' and v.value ->> 1 = ${failingAt})`,
        ]),
    ...(q === undefined || q === '' ? [] : [sql`(${sql.join(spellings(q).map(contains), sql` or `)})`]),
    ...(channel === undefined
      ? []
      : [
          sql`json_type(${m.channels}) = 'array' and exists (
            select 1 from json_each(${m.channels}) c where c.value = ${channel})`,
        ]),
  ];
}

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

function order({ sort, descending = false }: MonitorListQuery): SQL[] {
  const direction = descending ? sql` desc` : sql``;
  const keys: Record<MonitorListQuery['sort'], SQL[]> = {
    state: [sql`rank`],
    name: [],
    since: [sql`since`],
    group: [sql`group_name is null`, sql`group_name collate nocase`, sql`group_name`],
    type: [sql`type`],
  };
  const names = [sql`name collate nocase`, sql`name`, sql`number`];
  const turned = sort === 'name' ? names : keys[sort];
  return [...turned.map((key) => sql`${key}${direction}`), ...(sort === 'name' ? [] : names)];
}

/** The condition that a row of `monitors` is inside the restriction, for other reads of lists. */
export { inside as monitorIsInside };
