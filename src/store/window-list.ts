// Owns what the pages of maintenances and silences read: windows with the names of the monitors that they list, and which
// monitors a scope covers. A restricted person reads what is inside only. Does not compute occurrences.
import { type SQL, sql } from 'drizzle-orm';
import { isScopeInside, type Restriction } from '../access/restriction.ts';
import type { Tags } from '../tags.ts';
import { database } from './database.ts';
import { monitors, windows } from './schema.ts';
import { readUnion } from './union.ts';
import type { WindowScope } from './window-scope.ts';
import type { WindowRow } from './windows.ts';

export interface WindowList {
  readonly windows: readonly WindowRow[];
  /** Names of the monitors that windows list, by id. */
  readonly names: ReadonlyMap<string, string>;
}

/** Of one window, or of all. One statement. */
export async function readWindowList(
  db: D1Database,
  restriction: Restriction,
  one?: Pick<WindowRow, 'kind' | 'id'>,
): Promise<WindowList> {
  const wanted = one === undefined ? sql`true` : sql`w.kind = ${one.kind} and w.id = ${one.id}`;
  const { rows } = await readUnion(
    db,
    ['id', 'data'],
    [
      {
        kind: 'window',
        columns: {
          id: sql`w.id`,
          data: sql`json_object('kind', w.kind, 'id', w.id, 'name', w.name, 'monitors', json(w.monitors),
            'tags', json(w.tags), 'schedule', json(w.schedule), 'version', w.version,
            'createdAt', w.created_at, 'updatedAt', w.updated_at)`,
        },
        rest: sql`from ${windows} w where ${wanted} order by w.kind, w.id`,
      },
      {
        kind: 'monitor',
        columns: { id: sql`m.id`, data: sql`m.name` },
        // Every window of a restricted person lists monitors inside only.
        rest: sql`from ${monitors} m where ${inside(restriction)} and m.id in (
          select x.value from ${windows} w, json_each(w.monitors) x where ${wanted} and json_type(w.monitors) = 'array')`,
      },
    ],
  );
  const names = new Map(
    rows.flatMap(({ kind, id, data }) =>
      kind === 'monitor' ? [[id as string, data as string] as const] : [],
    ),
  );
  const all = rows.flatMap(({ kind, data }) =>
    kind === 'window' ? [JSON.parse(data as string) as WindowRow] : [],
  );
  const ids = new Set(names.keys());
  return { windows: all.filter((window) => isScopeInside(restriction, window, ids)), names };
}

export interface Covered {
  readonly total: number;
  /** The first ones by name. */
  readonly first: readonly { readonly id: string; readonly name: string }[];
}

const MAX_SHOWN = 20;

/** The monitors inside that a scope covers now. One statement. */
export async function readCovered(
  db: D1Database,
  { monitors: listed, tags }: WindowScope,
  restriction: Restriction,
): Promise<Covered> {
  const scope =
    listed === 'all'
      ? sql`true`
      : sql`(m.id in (select value from json_each(${JSON.stringify(listed)})) or ${hasOneOf(tags)})`;
  const rows = await database(db).all<{ id: string; name: string; total: number }>(sql`
    select m.id, m.name, count(*) over () "total" from ${monitors} m where ${scope} and ${inside(restriction)}
    order by m.name collate nocase, m.id limit ${MAX_SHOWN}`);
  return { total: rows[0]?.total ?? 0, first: rows.map(({ id, name }) => ({ id, name })) };
}

/** Ids of the monitors of a group, by id. One statement. */
export async function readGroupIds(
  db: D1Database,
  group: string,
  restriction: Restriction,
): Promise<readonly string[]> {
  const rows = await database(db).all<{ id: string }>(sql`
    select m.id from ${monitors} m where m.group_name = ${group} and ${inside(restriction)} order by m.id`);
  return rows.map(({ id }) => id);
}

const inside = (restriction: Restriction): SQL => (restriction === null ? sql`true` : hasOneOf(restriction));

/** The same rule as `hasTag`. */
const hasOneOf = (expressions: readonly string[]): SQL =>
  sql`exists (select 1 from json_each(${JSON.stringify(expressions)}) x, json_each(m.tags) t
    where x.value = t.key or x.value = t.key || ':' || t.value)`;

/** The part of a monitor that decides which windows cover it. Null: it does not exist, or is outside. One statement. */
export async function findMonitorTags(
  db: D1Database,
  id: string,
  restriction: Restriction,
): Promise<{ readonly id: string; readonly tags: Tags } | null> {
  const [row] = await database(db).all<{ tags: string }>(sql`
    select m.tags from ${monitors} m where m.id = ${id} and ${inside(restriction)}`);
  return row === undefined ? null : { id, tags: JSON.parse(row.tags) as Tags };
}
