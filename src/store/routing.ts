// Owns reading everything that decides where notifications go, in one batch. Does not decide: src/routing does.
import { asc, eq, sql } from 'drizzle-orm';
import type { Routing } from '../routing/model.ts';
import { database } from './database.ts';
import { channels, people, routes, schedules, settings } from './schema.ts';

export const NO_ROUTING: Routing = {
  routes: [],
  defaultChannels: [],
  schedules: new Map(),
  contacts: new Map(),
};

/** What the setting `notifications` holds. */
export interface NotificationSettings {
  readonly defaultChannels: readonly string[];
}

export async function loadRouting(db: D1Database): Promise<Routing> {
  const orm = database(db);
  const [routeRows, scheduleRows, contacts, [stored], everyChannel] = await orm.batch([
    orm.select().from(routes).where(eq(routes.enabled, true)).orderBy(asc(routes.position), asc(routes.id)),
    orm.select().from(schedules),
    orm
      .select({ id: people.id, channels: people.channels })
      .from(people)
      .where(sql`${people.channels} <> '[]'`),
    orm.select().from(settings).where(eq(settings.name, 'notifications')),
    orm.select({ id: channels.id }).from(channels),
  ]);
  const chosen = stored?.value as NotificationSettings | undefined;
  return {
    routes: routeRows,
    defaultChannels: chosen?.defaultChannels ?? everyChannel.map(({ id }) => id),
    schedules: new Map(scheduleRows.map((row) => [row.id, row])),
    contacts: new Map(contacts.map((row) => [row.id, row.channels])),
  };
}
