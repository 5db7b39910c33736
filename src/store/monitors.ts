// Owns the monitors table: what the API, the scheduler and the pages read of it, and the writes of a commit.
import { asc, eq, type SQL, sql } from 'drizzle-orm';
import { database, isListed, type Statement } from './database.ts';
import { field, fieldsOf, inParts, insertFrom } from './json-rows.ts';
import type { RouteRow } from './routes.ts';
import { channels, monitors, routes, statusPages, windows } from './schema.ts';
import { type StatusPageRow, withDefaults } from './status-pages.ts';
import type { TaggedChannel } from './tagged.ts';
import type { ScopedMonitor } from './window-scope.ts';
import type { WindowRow } from './windows.ts';

export type MonitorRow = typeof monitors.$inferSelect;

/** All monitors, by name. */
export const listMonitors = (db: D1Database): Promise<MonitorRow[]> =>
  database(db).select().from(monitors).orderBy(asc(monitors.name), asc(monitors.number));

export const countMonitors = (db: D1Database): Promise<number> => database(db).$count(monitors);

export async function findMonitor(db: D1Database, id: string): Promise<MonitorRow | null> {
  const rows = await database(db).select().from(monitors).where(eq(monitors.id, id));
  return rows[0] ?? null;
}

export async function hasMonitors(db: D1Database): Promise<boolean> {
  const rows = await database(db).select({ number: monitors.number }).from(monitors).limit(1);
  return rows.length > 0;
}

/** All monitors, id and tags of all channels, all windows and all routes, read in one transaction. */
export async function listMonitorsChannelsAndWindows(db: D1Database): Promise<{
  monitors: MonitorRow[];
  channels: TaggedChannel[];
  windows: WindowRow[];
  routes: RouteRow[];
  statusPages: StatusPageRow[];
}> {
  const orm = database(db);
  const [rows, taggedChannels, windowRows, routeRows, pageRows] = await orm.batch([
    orm.select().from(monitors),
    orm.select({ id: channels.id, tags: channels.tags }).from(channels),
    orm.select().from(windows),
    orm.select().from(routes).orderBy(asc(routes.position), asc(routes.id)),
    orm.select().from(statusPages).orderBy(asc(statusPages.id)),
  ]);
  return {
    monitors: rows,
    channels: taggedChannels,
    windows: windowRows,
    routes: routeRows,
    statusPages: pageRows.map(withDefaults),
  };
}

/** The check of every monitor, with its sealed secrets. */
export function listChecks(db: D1Database): Promise<Pick<MonitorRow, 'number' | 'check' | 'secrets'>[]> {
  const { number, check, secrets } = monitors;
  return database(db).select({ number, check, secrets }).from(monitors);
}

/** What decides which windows cover each monitor. */
export function listScopedMonitors(db: D1Database): Promise<ScopedMonitor[]> {
  const { id, number, tags } = monitors;
  return database(db).select({ id, number, tags }).from(monitors);
}

/** A result of D1 has at most 50 MB. */
const NUMBERS_PER_QUERY = 250;

/** The monitors with these numbers, by number. A deleted monitor is missing. */
export async function findMonitors(
  db: D1Database,
  numbers: ReadonlySet<number>,
): Promise<Map<number, MonitorRow>> {
  const wanted = [...numbers];
  const rows = new Map<number, MonitorRow>();
  for (let from = 0; from < wanted.length; from += NUMBERS_PER_QUERY) {
    const part = await database(db)
      .select()
      .from(monitors)
      .where(isListed(monitors.number, wanted.slice(from, from + NUMBERS_PER_QUERY)));
    for (const row of part) rows.set(row.number, row);
  }
  return rows;
}

/** The monitors with these ids, by id. */
export async function findMonitorsById(
  db: D1Database,
  ids: readonly string[],
): Promise<Map<string, MonitorRow>> {
  const rows = await database(db).select().from(monitors).where(isListed(monitors.id, ids));
  return new Map(rows.map((row) => [row.id, row]));
}

/** Columns of JSON are text in it. */
const jsonOf = (row: MonitorRow) => ({
  ...row,
  ...{ check: JSON.stringify(row.check), locations: JSON.stringify(row.locations) },
  ...{ alert: JSON.stringify(row.alert), channels: JSON.stringify(row.channels) },
  ...{ tags: JSON.stringify(row.tags), dependsOn: JSON.stringify(row.dependsOn) },
  ...{ public: row.public ? 1 : 0, paused: row.paused ? 1 : 0 },
});

const insertMonitors = (db: D1Database, rows: readonly MonitorRow[]): Statement[] =>
  inParts(rows.map(jsonOf)).map((json) =>
    insertFrom(db, monitors, fieldsOf(monitors), sql`from json_each(${json}) n`),
  );

/** A monitor as it will be, and as it is stored. Null: it is new. */
export interface MonitorChange {
  readonly row: MonitorRow;
  readonly existing: Pick<MonitorRow, 'secrets'> | null;
}

/**
 * Inserts new monitors and writes every column of existing ones, their version included. Secrets that did not change are
 * left alone: they may have been encrypted with another key since `existing` was read.
 */
export function writeMonitors(db: D1Database, changes: readonly MonitorChange[]): Statement[] {
  const { number: _, id: _id, secrets, ...columns } = fieldsOf(monitors);
  const replace = (wanted: readonly MonitorChange[], set: typeof columns & { secrets?: SQL }): Statement[] =>
    inParts(wanted.map(({ row }) => jsonOf(row))).map((json) => updateFrom(db, json, set));
  const known = changes.filter(({ existing }) => existing !== null);
  const isSame = ({ row, existing }: MonitorChange): boolean => row.secrets === existing?.secrets;
  return [
    ...insertMonitors(
      db,
      changes.flatMap(({ row, existing }) => (existing === null ? [row] : [])),
    ),
    ...replace(known.filter(isSame), columns),
    ...replace(
      known.filter((change) => !isSame(change)),
      { ...columns, secrets },
    ),
  ];
}

/** Each row of the JSON array changes the monitor with its number. */
const updateFrom = (
  db: D1Database,
  json: string,
  set: Partial<Record<keyof typeof monitors.$inferInsert, SQL>>,
  condition: SQL = sql`true`,
): Statement =>
  database(db)
    .update(monitors)
    .set(set as Record<string, SQL>)
    .from(sql`json_each(${json}) n`)
    .where(sql`${monitors.number} = ${field('number')} and ${condition}`);

export const removeMonitors = (db: D1Database, numbers: readonly number[]): Statement =>
  database(db).delete(monitors).where(isListed(monitors.number, numbers));

export const setDependencies = (
  db: D1Database,
  changes: readonly Pick<MonitorRow, 'number' | 'dependsOn'>[],
): Statement[] =>
  inParts(changes.map(({ number, dependsOn }) => ({ number, dependsOn: JSON.stringify(dependsOn) }))).map(
    (json) => updateFrom(db, json, { dependsOn: field('dependsOn'), version: sql`${monitors.version} + 1` }),
  );

/** With a `condition`: writes nothing unless it holds. */
export const setChannels = (
  db: D1Database,
  changes: readonly { readonly number: number; readonly channels: 'default' | readonly string[] }[],
  condition?: SQL,
): Statement[] =>
  inParts(changes.map(({ number, channels: listed }) => ({ number, channels: JSON.stringify(listed) }))).map(
    (json) =>
      updateFrom(db, json, { channels: field('channels'), version: sql`${monitors.version} + 1` }, condition),
  );
