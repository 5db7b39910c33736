// Owns what the forms of status pages and reports offer to choose from, and what they name already: in one statement, whatever
// the number of monitors. Does not decide what may be named: services do.
import { type SQL, sql } from 'drizzle-orm';
import { isInside, type Restriction } from '../access/restriction.ts';
import {
  type ComponentRef,
  DEFAULT_PAGE,
  type PageConfig,
  type StaticComponent,
} from '../status-pages/model.ts';
import { inside } from './monitor-list.ts';
import {
  channels,
  identityProviders,
  monitors as m,
  statusPages,
  subscribers,
  updateTemplates,
} from './schema.ts';
import type { PageTargets } from './status-page-targets.ts';
import { readUnion } from './union.ts';

/** More are typed: boxes of all of them would fill the page. */
export const MAX_CHOICES = 60;

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface PageChoices {
  /** Null: there are more than {@link MAX_CHOICES}. */
  readonly monitors: readonly Named[] | null;
  readonly groups: readonly string[] | null;
  /** `name:value`. */
  readonly tags: readonly string[] | null;
  readonly channels: readonly (Named & { readonly type: string })[];
  readonly providers: readonly Named[];
  /** The default page first, with or without a row. */
  readonly pages: readonly Named[];
  readonly statics: readonly StaticComponent[];
  readonly templates: readonly UpdateTemplate[];
  /** Subscribers that get mailings, by page. With `about`: those who read of one of these components. */
  readonly subscribers: ReadonlyMap<string, number>;
  /** Whether what the pages name exists. Monitors that none of them names are missing. */
  readonly targets: PageTargets;
}

export type UpdateTemplate = Pick<
  typeof updateTemplates.$inferSelect,
  'id' | 'name' | 'title' | 'body' | 'status'
>;

type Components = Pick<PageConfig['components'], 'monitors' | 'groups'>;

const COLUMNS = ['id', 'name', 'type', 'tags', 'number', 'title', 'body'] as const;

export async function readPageChoices(
  db: D1Database,
  restriction: Restriction,
  named: readonly Components[] = [],
  about: readonly ComponentRef[] = [],
): Promise<PageChoices> {
  const ids = named.flatMap(({ monitors }) => (monitors === 'all' ? [] : monitors));
  const groups = named.flatMap((one) => one.groups);
  const limit = sql.raw(String(MAX_CHOICES + 1));
  const { rows } = await readUnion(db, COLUMNS, [
    {
      kind: 'monitor',
      columns: { id: sql`${m.id}`, name: sql`${m.name}` },
      rest: sql`from ${m} where ${inside(restriction)} order by ${m.name}, ${m.id} limit ${limit}`,
    },
    {
      kind: 'group',
      columns: { name: sql`name` },
      rest: sql`from (select distinct ${m.group} as name from ${m}
        where ${m.group} is not null and ${inside(restriction)} order by 1 limit ${limit})`,
    },
    {
      kind: 'tag',
      columns: { name: sql`name` },
      rest: sql`from (select distinct t.key || iif(t.value = '', '', ':' || t.value) as name
        from ${m}, json_each(${m.tags}) t where ${inside(restriction)} order by 1 limit ${limit})`,
    },
    {
      kind: 'channel',
      columns: {
        ...{ id: sql`${channels.id}`, name: sql`${channels.name}` },
        ...{ type: sql`${channels.type}`, tags: sql`${channels.tags}` },
      },
      rest: sql`from ${channels} order by ${channels.name}, ${channels.id}`,
    },
    {
      kind: 'provider',
      columns: { id: sql`${identityProviders.id}`, name: sql`${identityProviders.name}` },
      rest: sql`from ${identityProviders} order by ${identityProviders.name}`,
    },
    {
      kind: 'page',
      columns: {
        ...{ id: sql`${statusPages.id}`, name: sql`${statusPages.title}`, tags: sql`${statusPages.tags}` },
        body: sql`${statusPages.config} -> '$.components.static'`,
      },
      rest: sql`from ${statusPages} order by ${statusPages.id}`,
    },
    {
      kind: 'subscribers',
      columns: { id: sql`${subscribers.pageId}`, number: sql`count(*)` },
      rest: sql`from ${subscribers} where ${subscribers.state} = 'active' and ${reads(about)} group by ${subscribers.pageId}`,
    },
    {
      kind: 'template',
      columns: {
        ...{
          id: sql`${updateTemplates.id}`,
          name: sql`${updateTemplates.name}`,
          type: sql`${updateTemplates.status}`,
        },
        ...{ title: sql`${updateTemplates.title}`, body: sql`${updateTemplates.body}` },
      },
      rest: sql`from ${updateTemplates} order by ${updateTemplates.name}, ${updateTemplates.id} limit 100`,
    },
    {
      kind: 'target',
      columns: { id: sql`${m.id}`, name: sql`${m.group}`, tags: sql`${m.tags}` },
      rest: sql`from ${m} where ${m.id} in ${listed(ids)}`,
    },
    {
      // One monitor is enough to know that the group has one.
      kind: 'target',
      columns: { id: sql`min(${m.id})`, name: sql`${m.group}`, tags: sql`'{}'` },
      rest: sql`from ${m} where ${m.group} in ${listed(groups)} group by ${m.group}`,
    },
  ]);
  const of = (kind: string) => rows.filter((row) => row.kind === kind);
  const few = <T>(list: readonly T[]): readonly T[] | null => (list.length > MAX_CHOICES ? null : list);
  const nameOf = (row: { readonly id: unknown; readonly name: unknown }): Named => ({
    ...{ id: row.id as string, name: row.name as string },
  });
  const tagsOf = ({ tags }: { readonly tags: unknown }) => JSON.parse(tags as string);
  const pages = of('page').filter((row) => isInside(restriction, { tags: tagsOf(row) }));
  // Without a row, the page at `/` belongs to no team.
  const isDefaultMissing = restriction === null && !pages.some(({ id }) => id === DEFAULT_PAGE.id);
  const allChannels = of('channel').map((row) => ({
    ...{ ...nameOf(row), type: row.type as string, tags: tagsOf(row) },
  }));
  return {
    monitors: few(of('monitor').map(nameOf)),
    groups: few(of('group').map(({ name }) => name as string)),
    tags: few(of('tag').map(({ name }) => name as string)),
    channels: allChannels.filter((one) => isInside(restriction, one)),
    providers: of('provider').map(nameOf),
    pages: [
      ...(isDefaultMissing ? [{ id: DEFAULT_PAGE.id, name: DEFAULT_PAGE.title }] : []),
      ...pages.map(nameOf),
    ],
    statics: pages.flatMap(({ body }) => JSON.parse((body as string | null) ?? '[]') as StaticComponent[]),
    templates: of('template').map((row) => ({
      ...{ ...nameOf(row), title: row.title as string, body: row.body as string },
      status: row.type as UpdateTemplate['status'],
    })),
    subscribers: new Map(of('subscribers').map(({ id, number }) => [id as string, number as number])),
    targets: {
      monitors: of('target').map((row) => ({
        ...{ id: row.id as string, group: row.name as string | null, tags: tagsOf(row) },
      })),
      channels: allChannels,
      providers: new Set(of('provider').map(({ id }) => id as string)),
    },
  };
}

/** Who reads of a group reads of its monitors, and the other way round. */
const reads = (about: readonly ComponentRef[]): SQL =>
  about.length === 0
    ? sql`true`
    : sql`(${subscribers.scope} = '"page"' or exists (select 1 from json_each(${subscribers.scope}) s
        where s.value in ${listed(about)}
          or s.value in (select 'group:' || ${m.group} from ${m} where 'monitor:' || ${m.id} in ${listed(about)})
          or s.value in (select 'monitor:' || ${m.id} from ${m} where 'group:' || ${m.group} in ${listed(about)})))`;

const listed = (values: readonly string[]): SQL =>
  sql`(select value from json_each(${JSON.stringify([...new Set(values)])}))`;
