// What people ask of incidents. Reads only: the commit of a tick writes them.
import { and, asc, desc, eq, gte, lt, or, type SQL, sql } from 'drizzle-orm';
import { incidents, monitors } from './schema.ts';
import { database } from './shard.ts';

export type IncidentRow = typeof incidents.$inferSelect;

/** Where a page of incidents ended: the order is (startedAt, id), newest first. */
export interface IncidentPosition {
  readonly startedAt: number;
  readonly id: string;
}

export interface IncidentFilter {
  readonly state?: 'open' | 'resolved' | undefined;
  readonly monitorId?: string | undefined;
  readonly location?: string | undefined;
  readonly after?: IncidentPosition | undefined;
  readonly limit: number;
}

const newestFirst = [desc(incidents.startedAt), desc(incidents.id)] as const;

/** At most `limit` incidents, and where the next page begins (null on the last). */
export async function listIncidents(
  db: D1Database,
  filter: IncidentFilter,
): Promise<{ rows: IncidentRow[]; next: IncidentPosition | null }> {
  const { state, monitorId, location, after, limit } = filter;
  const rows = await database(db)
    .select()
    .from(incidents)
    .where(
      and(
        state ? eq(incidents.state, state) : undefined,
        monitorId ? eq(incidents.monitorId, monitorId) : undefined,
        location ? eq(incidents.location, location) : undefined,
        after ? isAfter(after) : undefined,
      ),
    )
    .orderBy(...newestFirst)
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last ? { startedAt: last.startedAt, id: last.id } : null;
  return { rows: page, next };
}

const isAfter = ({ startedAt, id }: IncidentPosition): SQL | undefined =>
  or(lt(incidents.startedAt, startedAt), and(eq(incidents.startedAt, startedAt), lt(incidents.id, id)));

export async function findIncident(db: D1Database, id: string): Promise<IncidentRow | null> {
  const rows = await database(db).select().from(incidents).where(eq(incidents.id, id));
  return rows[0] ?? null;
}

/** Public as it happened, and not made private since. */
const isPublic = and(
  eq(incidents.public, true),
  sql`NOT EXISTS (SELECT 1 FROM ${monitors} WHERE ${monitors.number} = ${incidents.monitorNumber} AND NOT ${monitors.public})`,
);

/** Open incidents, and those that ended since `since`; for everybody's eyes. */
export const listPublicIncidents = (db: D1Database, since: number, limit: number): Promise<IncidentRow[]> =>
  database(db)
    .select()
    .from(incidents)
    .where(and(isPublic, or(eq(incidents.state, 'open'), gte(incidents.resolvedAt, since))))
    .orderBy(asc(incidents.state), ...newestFirst)
    .limit(limit);

export async function findPublicIncident(db: D1Database, id: string): Promise<IncidentRow | null> {
  const rows = await database(db)
    .select()
    .from(incidents)
    .where(and(eq(incidents.id, id), isPublic));
  return rows[0] ?? null;
}
