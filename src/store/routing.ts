// Owns reading everything that decides where notifications go: one statement, and another one if a route names a schedule.
// Does not decide: src/routing does.
import { type SQL, sql } from 'drizzle-orm';
import type { Route, Routing, Schedule } from '../routing/model.ts';
import type { RoutedNotification } from '../routing/route.ts';
import { database } from './database.ts';
import { channels, monitors, people, routes, schedules, settings } from './schema.ts';
import type { NotificationSettings } from './settings.ts';

export const NO_ROUTING: Routing = {
  routes: [],
  defaultChannels: [],
  schedules: new Map(),
  contacts: new Map(),
};

interface Part {
  readonly kind: string;
  readonly value: string;
}

/** JSON of every row, so that tables of other columns fit into one result. */
const ROUTES_AND_DEFAULTS = sql`
  select 'setting' kind, -1 place, '' id, value from ${settings} where name = 'notifications'
  union all
  select 'route', position, id, json_object('id', id, 'name', name, 'match', json(match),
    'continues', json(iif(continues, 'true', 'false')), 'steps', json(steps), 'repeatMinutes', repeat_minutes,
    'quietHours', json(quiet_hours)) from ${routes} where enabled = 1`;

const valuesOf = <T>(parts: readonly Part[], kind: string): T[] =>
  parts.flatMap((part) => (part.kind === kind ? [JSON.parse(part.value) as T] : []));

const routesAndDefaults = (parts: readonly Part[]): Pick<Routing, 'routes' | 'defaultChannels'> => ({
  routes: valuesOf<Route>(parts, 'route'),
  defaultChannels: valuesOf<NotificationSettings>(parts, 'setting')[0]?.defaultChannels ?? [],
});

export async function loadRouting(db: D1Database): Promise<Routing> {
  const decided = routesAndDefaults(await database(db).all<Part>(sql`${ROUTES_AND_DEFAULTS} order by 2, 3`));
  const namesSchedule = decided.routes.some(({ steps }) => steps.some((step) => step.schedules.length > 0));
  return {
    ...decided,
    ...(namesSchedule ? await loadOnCall(db) : { schedules: new Map(), contacts: new Map() }),
  };
}

export interface RoutedMonitors {
  /** Without who is on call. */
  readonly routing: Routing;
  /** Those that are not paused, by name. */
  readonly monitors: readonly NonNullable<RoutedNotification['monitor']>[];
  readonly channels: readonly { readonly id: string; readonly enabled: 0 | 1 }[];
}

/** What decides where notifications of all monitors go, or of the one with this id. One statement. */
export async function loadRoutedMonitors(db: D1Database, only: string | null): Promise<RoutedMonitors> {
  const parts = await database(db).all<Part>(sql`${ROUTES_AND_DEFAULTS}
    union all
    select 'channel', 0, id, json_object('id', id, 'enabled', enabled) from ${channels}
    union all
    select 'monitor', 0, name, json_object('id', id, 'group', group_name, 'tags', json(tags),
      'channels', json(channels)) from ${monitors} where paused = 0 and ${only === null ? sql`true` : sql`id = ${only}`}
    order by 2, 3`);
  return {
    routing: { ...NO_ROUTING, ...routesAndDefaults(parts) },
    monitors: valuesOf(parts, 'monitor'),
    channels: valuesOf(parts, 'channel'),
  };
}

/** Schedules, and the channels of people. */
export async function loadOnCall(db: D1Database): Promise<Pick<Routing, 'schedules' | 'contacts'>> {
  const parts = await database(db).all<Part & { id: string }>(sql`
    select 'schedule' kind, id, json_object('id', id, 'name', name, 'timeZone', time_zone,
      'rotations', json(rotations), 'overrides', json(overrides)) value from ${schedules}
    union all
    select 'person', id, channels from ${people} where channels <> '[]' and disabled = 0`);
  const of = <T>(kind: string): Map<string, T> =>
    new Map(parts.flatMap((part) => (part.kind === kind ? [[part.id, JSON.parse(part.value) as T]] : [])));
  return { schedules: of<Schedule>('schedule'), contacts: of<string[]>('person') };
}

/** Monitors that all routes treat alike: how many, and the first of them. */
export interface RoutedGroup {
  readonly count: number;
  readonly first: { readonly id: string; readonly name: string };
  readonly monitor: NonNullable<RoutedNotification['monitor']>;
}

/** As {@link loadRoutedMonitors}, but monitors with the same group, tags and channels are one row. One statement. */
export async function loadRoutedGroups(
  db: D1Database,
  isShown: SQL,
): Promise<Omit<RoutedMonitors, 'monitors'> & { readonly groups: readonly RoutedGroup[] }> {
  const parts = await database(db).all<Part>(sql`${ROUTES_AND_DEFAULTS}
    union all
    select 'channel', 0, id, json_object('id', id, 'enabled', enabled) from ${channels}
    union all
    select 'monitor', 0, id, json_object('count', count(*), 'first', json_object('id', id, 'name', min(name)),
      'monitor', json_object('id', id, 'group', group_name, 'tags', json(tags), 'channels', json(channels)))
      from ${monitors} where paused = 0 and ${isShown}
      group by group_name, tags, channels, iif(id in (select n.value from ${routes}, json_each(${routes.match}, '$.monitors') n
        where enabled = 1), id, '')
    order by 2, 3`);
  return {
    routing: { ...NO_ROUTING, ...routesAndDefaults(parts) },
    groups: valuesOf(parts, 'monitor'),
    channels: valuesOf(parts, 'channel'),
  };
}
