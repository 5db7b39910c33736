// Owns the table of on-call schedules. Does not compute who is on call: src/routing does.
import { and, asc, eq } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { people, routes, schedules } from './schema.ts';

export type ScheduleRow = typeof schedules.$inferSelect;

export const listSchedules = (db: D1Database): Promise<ScheduleRow[]> =>
  database(db).select().from(schedules).orderBy(asc(schedules.name), asc(schedules.id));

export async function findSchedule(db: D1Database, id: string): Promise<ScheduleRow | null> {
  const rows = await database(db).select().from(schedules).where(eq(schedules.id, id));
  return rows[0] ?? null;
}

/** Nothing if the id is taken. */
export const insertSchedule = (db: D1Database, row: ScheduleRow): Statement =>
  database(db).insert(schedules).values(row).onConflictDoNothing();

/** Nothing if the stored row has another version than the one before. Writes the version of `row`. */
export const replaceSchedule = (db: D1Database, row: ScheduleRow): Statement =>
  database(db)
    .update(schedules)
    .set(row)
    .where(and(eq(schedules.id, row.id), eq(schedules.version, row.version - 1)));

export const removeSchedule = (
  db: D1Database,
  { id, version }: Pick<ScheduleRow, 'id' | 'version'>,
): Statement =>
  database(db)
    .delete(schedules)
    .where(and(eq(schedules.id, id), eq(schedules.version, version)));

/** Writes the people of schedules, as they are without a person who goes. */
export const setPeopleOfSchedules = (
  db: D1Database,
  rows: readonly ScheduleRow[],
  now: number,
): Statement[] =>
  rows.map((row) => replaceSchedule(db, { ...row, version: row.version + 1, updatedAt: now }));

export type OnCallPerson = Pick<
  typeof people.$inferSelect,
  'id' | 'name' | 'username' | 'email' | 'tags' | 'disabled' | 'channels'
>;

/** Everyone who may be on call, without credentials. */
export const listOnCallPeople = (db: D1Database): Promise<OnCallPerson[]> =>
  database(db)
    .select({
      ...{ id: people.id, name: people.name, username: people.username, email: people.email },
      ...{ tags: people.tags, disabled: people.disabled, channels: people.channels },
    })
    .from(people)
    .orderBy(asc(people.id));

export type ScheduleUser = Pick<typeof routes.$inferSelect, 'id' | 'name' | 'tags' | 'steps' | 'version'>;

/** The routes with a step that notifies the people of the schedule. */
export async function routesUsingSchedule(db: D1Database, id: string): Promise<ScheduleUser[]> {
  const rows = await database(db)
    .select({
      id: routes.id,
      name: routes.name,
      tags: routes.tags,
      steps: routes.steps,
      version: routes.version,
    })
    .from(routes)
    .orderBy(asc(routes.id));
  return rows.filter(({ steps }) => steps.some((step) => step.schedules.includes(id)));
}

/** The routes without the schedule. A route that another request changes meanwhile stays. */
export const detachSchedule = (
  db: D1Database,
  users: readonly ScheduleUser[],
  id: string,
  now: number,
): Statement[] =>
  users.map(({ id: route, version, steps }) =>
    database(db)
      .update(routes)
      .set({
        steps: steps.map((step) => ({ ...step, schedules: step.schedules.filter((one) => one !== id) })),
        version: version + 1,
        updatedAt: now,
      })
      .where(and(eq(routes.id, route), eq(routes.version, version))),
  );
