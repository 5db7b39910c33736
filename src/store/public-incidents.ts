// Owns the tables of public incidents and their updates: what the API, the pages and the coordinator read of them, and the
// statements of a change. Every change has an entry in the audit log, so changes never cross: see audit.ts.
// Does not decide what may be written: services/public-incidents does.
import { and, desc, eq, getTableColumns, ne, sql } from 'drizzle-orm';
import type { Restriction } from '../access/restriction.ts';
import type { OutgoingNotification, WebhookBody } from '../channels/notification.ts';
import type { StaticComponent } from '../status-pages/model.ts';
import type { Tags } from '../tags.ts';
import { inside } from './channel-list.ts';
import { database, isListed, type Statement } from './database.ts';
import { notificationInserts } from './outbox-insert.ts';
import {
  incidents,
  incidentUpdates,
  monitors,
  notifications,
  publicIncidents,
  statusPages,
} from './schema.ts';
import { readUnion } from './union.ts';

export type PublicIncidentRow = typeof publicIncidents.$inferSelect;
export type IncidentUpdateRow = typeof incidentUpdates.$inferSelect;

export interface PublicIncident extends PublicIncidentRow {
  /** Newest first. */
  readonly updates: readonly IncidentUpdateRow[];
}

/** As D1 returns it: booleans are numbers, and times are numbers already. */
const parseUpdates = (json: string): IncidentUpdateRow[] =>
  (JSON.parse(json) as (Omit<IncidentUpdateRow, 'notify'> & { notify: number })[]).map((update) => ({
    ...update,
    notify: update.notify === 1,
  }));

const JSON_COLUMNS = new Set(['components']);

const updateFields = sql.join(
  Object.entries(getTableColumns(incidentUpdates)).flatMap(([name, column]) => {
    const value = sql`u.${sql.identifier(column.name)}`;
    return [sql.raw(`'${name}'`), JSON_COLUMNS.has(name) ? sql`json(${value})` : value];
  }),
  sql`, `,
);

/** Drizzle leaves out the table of a column in a selection, but not in an expression inside it. A service limits the bytes of the updates of an incident, so they fit in a row of D1. */
const updates = sql<IncidentUpdateRow[]>`(
  select json_group_array(json_object(${updateFields})) from (
    select * from ${incidentUpdates} w where w.public_incident_id = ${sql`${publicIncidents.id}`}
    order by w.at desc, w.id desc) u)`
  .mapWith(parseUpdates)
  .as('updates');

const newestFirst = [desc(publicIncidents.startedAt), desc(publicIncidents.id)] as const;

/** With the updates of each. */
export const selectPublicIncidents = (db: D1Database) =>
  database(db)
    .select({ ...getTableColumns(publicIncidents), updates })
    .from(publicIncidents);

/** In any state but `discarded`. */
export async function findPublicIncidentById(db: D1Database, id: string): Promise<PublicIncident | null> {
  const [row] = await selectPublicIncidents(db).where(
    and(eq(publicIncidents.id, id), ne(publicIncidents.state, 'discarded')),
  );
  return row ?? null;
}

export interface PublicIncidentFilter {
  readonly state?: 'draft' | 'published' | undefined;
  readonly open?: boolean | undefined;
  readonly after?: { readonly startedAt: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** Drafts too, newest first. Those inside the restriction. */
export const listPublicIncidents = (
  db: D1Database,
  { state, open, after, limit }: PublicIncidentFilter,
  restriction: Restriction,
): Promise<PublicIncident[]> =>
  selectPublicIncidents(db)
    .where(
      and(
        state ? eq(publicIncidents.state, state) : ne(publicIncidents.state, 'discarded'),
        open === undefined ? undefined : sql`(${publicIncidents.resolvedAt} is null) = ${open ? 1 : 0}`,
        after &&
          sql`(${publicIncidents.startedAt}, ${publicIncidents.id}) < (${after.startedAt}, ${after.id})`,
        inside(restriction, sql`${publicIncidents.tags}`),
      ),
    )
    .orderBy(...newestFirst)
    .limit(limit);

export const insertPublicIncident = (db: D1Database, row: PublicIncidentRow): Statement =>
  database(db).insert(publicIncidents).values(row);

/** Nothing if the stored row has another version than the one before. Writes the version of `row`. */
export const replacePublicIncident = (db: D1Database, row: PublicIncidentRow): Statement =>
  database(db)
    .update(publicIncidents)
    .set(columnsOf(row))
    .where(and(eq(publicIncidents.id, row.id), eq(publicIncidents.version, row.version - 1)));

/** Without the updates that a {@link PublicIncident} has beside its columns. */
function columnsOf(row: PublicIncidentRow): PublicIncidentRow {
  const names = Object.keys(getTableColumns(publicIncidents)) as (keyof PublicIncidentRow)[];
  return Object.fromEntries(names.map((name) => [name, row[name]])) as PublicIncidentRow;
}

export const removePublicIncident = (db: D1Database, id: string): Statement[] => [
  database(db).delete(incidentUpdates).where(eq(incidentUpdates.publicIncidentId, id)),
  database(db).delete(publicIncidents).where(eq(publicIncidents.id, id)),
];

export const insertIncidentUpdate = (db: D1Database, row: IncidentUpdateRow): Statement =>
  database(db).insert(incidentUpdates).values(row);

export const replaceIncidentUpdate = (db: D1Database, row: IncidentUpdateRow): Statement =>
  database(db).update(incidentUpdates).set(row).where(eq(incidentUpdates.id, row.id));

export const removeIncidentUpdate = (db: D1Database, id: string): Statement =>
  database(db).delete(incidentUpdates).where(eq(incidentUpdates.id, id));

/** An incident that probes measured, as far as a public incident about it needs it. */
export type MeasuredIncident = Pick<
  typeof incidents.$inferSelect,
  | 'id'
  | 'state'
  | 'verdict'
  | 'startedAt'
  | 'resolvedAt'
  | 'monitorNumber'
  | 'monitorId'
  | 'location'
  | 'reason'
>;

export const measured = {
  ...{ id: incidents.id, state: incidents.state, verdict: incidents.verdict },
  ...{ startedAt: incidents.startedAt, resolvedAt: incidents.resolvedAt, location: incidents.location },
  ...{ monitorNumber: incidents.monitorNumber, monitorId: incidents.monitorId, reason: incidents.reason },
};

export const findMeasured = (db: D1Database, ids: readonly string[]): Promise<MeasuredIncident[]> =>
  database(db).select(measured).from(incidents).where(isListed(incidents.id, ids));

/** The newest notification of each incident that has one: what its channels know of it. */
export async function newestBodies(
  db: D1Database,
  incidentIds: readonly string[],
): Promise<readonly { readonly incidentId: string; readonly body: WebhookBody }[]> {
  const rows = await database(db).all<{ incidentId: string; body: string | null }>(sql`
    select i.value as "incidentId", (
      select n.body from ${notifications} n where n.incident_id = i.value
      order by n.position desc, n.id desc limit 1) as body
    from json_each(${JSON.stringify(incidentIds)}) i`);
  return rows.flatMap(({ incidentId, body }) =>
    body === null ? [] : [{ incidentId, body: JSON.parse(body) as WebhookBody }],
  );
}

/** What an incident can name: monitors with their groups and tags, status pages, and open incidents of monitors. */
export interface Nameable {
  readonly monitors: readonly Pick<typeof monitors.$inferSelect, 'id' | 'number' | 'group' | 'tags'>[];
  readonly pages: readonly {
    readonly id: string;
    readonly tags: Tags;
    readonly statics: readonly StaticComponent[];
  }[];
  readonly open: readonly MeasuredIncident[];
}

const measuredFields = sql.join(
  Object.entries(measured).flatMap(([name, column]) => [sql.raw(`'${name}'`), sql`${column}`]),
  sql`, `,
);

/** In one statement. */
export async function readNameable(db: D1Database): Promise<Nameable> {
  const { rows } = await readUnion(
    db,
    ['id', 'number', 'group', 'tags', 'value'],
    [
      {
        kind: 'monitor',
        columns: {
          ...{ id: sql`${monitors.id}`, number: sql`${monitors.number}` },
          ...{ group: sql`${monitors.group}`, tags: sql`${monitors.tags}` },
        },
        rest: sql`from ${monitors}`,
      },
      {
        kind: 'page',
        columns: {
          ...{ id: sql`${statusPages.id}`, tags: sql`${statusPages.tags}` },
          value: sql`${statusPages.config} -> '$.components.static'`,
        },
        rest: sql`from ${statusPages}`,
      },
      {
        kind: 'open',
        columns: { value: sql`json_object(${measuredFields})` },
        rest: sql`from ${incidents} where ${incidents.state} = 'open' and ${incidents.location} is null`,
      },
    ],
  );
  const of = (kind: string) => rows.filter((row) => row.kind === kind);
  return {
    monitors: of('monitor').map(({ id, number, group, tags }) => ({
      ...{ id: id as string, number: number as number, group: group as string | null },
      tags: JSON.parse(tags as string) as Tags,
    })),
    pages: of('page').map(({ id, tags, value }) => ({
      ...{ id: id as string, tags: JSON.parse(tags as string) as Tags },
      statics: JSON.parse((value as string | null) ?? '[]') as StaticComponent[],
    })),
    open: of('open').map(({ value }) => JSON.parse(value as string) as MeasuredIncident),
  };
}

interface IncidentUpdated extends OutgoingNotification {
  readonly incidentId: string;
}

/** For every channel that has a notification of the incident. A repeat of the id changes nothing. */
export const incidentUpdatedStatements = (
  db: D1Database,
  messages: readonly IncidentUpdated[],
  at: number,
): Statement[] =>
  notificationInserts(
    db,
    messages.map(({ id, body, incidentId }) => ({
      ...{ id, body, at, position: null, recipients: [], incidentId, follows: incidentId },
      monitorId: body.data.monitor?.id ?? null,
    })),
  );

/** In any state, discarded ones included. */
export async function hasPublicIncident(db: D1Database, id: string): Promise<boolean> {
  const rows = await database(db)
    .select({ id: publicIncidents.id })
    .from(publicIncidents)
    .where(eq(publicIncidents.id, id));
  return rows.length > 0;
}
