// Owns reading everything that decides who is notified, with its names, in one statement: routes, channels, schedules, people,
// default channels, and the monitors that a question is about. For pages and previews. Does not decide: src/routing does.
import { type Column, type SQL, sql } from 'drizzle-orm';
import type { Restriction } from '../access/restriction.ts';
import type { Routing } from '../routing/model.ts';
import { inside } from './channel-list.ts';
import type { RouteRow } from './routes.ts';
import type { OnCallPerson, ScheduleRow } from './schedules.ts';
import { channels, monitorStates, monitors, people, routes, schedules, settings, windows } from './schema.ts';
import { NOTIFICATIONS, type NotificationSettings } from './settings.ts';
import { readUnion, type Term } from './union.ts';
import type { WindowRow } from './windows.ts';

export interface SetupChannel {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SetupMonitor {
  readonly id: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly group: string | null;
  readonly channels: 'default' | readonly string[];
  readonly paused: boolean;
  readonly flapping: boolean;
}

/** A monitor that the asked one depends on, through others too. */
export type Ancestor = Pick<SetupMonitor, 'id' | 'name' | 'tags'> & { readonly isDown: boolean };

export interface AlertingSetup {
  /** In the order in which they apply. */
  readonly routes: readonly RouteRow[];
  /** By name. */
  readonly channels: readonly SetupChannel[];
  readonly schedules: readonly ScheduleRow[];
  readonly people: readonly OnCallPerson[];
  /** `version` 0: the setting is not stored yet. */
  readonly defaults: { readonly ids: readonly string[]; readonly version: number };
  /** Those that routes name, and the asked one. */
  readonly monitors: readonly SetupMonitor[];
  /** The first ones by name, inside the restriction. Empty unless asked for. */
  readonly suggested: readonly Pick<SetupMonitor, 'id' | 'name'>[];
  /** Maintenances and silences. Empty without an asked monitor. */
  readonly windows: readonly WindowRow[];
  readonly ancestors: readonly Ancestor[];
}

export interface SetupQuestion {
  /** Id. */
  readonly monitor?: string | undefined;
  /** Suggests monitors to a caller with this restriction. */
  readonly suggestTo?: { readonly restriction: Restriction };
}

const MAX_SUGGESTED = 50;

type ColumnName = 'place' | 'id' | 'value';

/** A row as JSON, so that tables of other columns fit into one result. */
const term = (
  kind: string,
  place: SQL | Column,
  id: SQL | Column,
  value: SQL,
  rest: SQL,
): Term<ColumnName> => ({
  kind,
  columns: { place: sql`${place}`, id: sql`${id}`, value },
  rest,
});

const MONITOR = sql`json_object('id', ${monitors.id}, 'name', ${monitors.name}, 'tags', json(${monitors.tags}),
  'group', ${monitors.group}, 'channels', json(${monitors.channels}), 'paused', ${monitors.paused},
  'flapping', coalesce(${monitorStates.flapping}, 0))`;

const SETUP: readonly Term<ColumnName>[] = [
  term(
    'route',
    routes.position,
    routes.id,
    sql`json_object('id', ${routes.id}, 'name', ${routes.name}, 'position', ${routes.position},
      'match', json(${routes.match}), 'continues', ${routes.continues}, 'steps', json(${routes.steps}),
      'repeatMinutes', ${routes.repeatMinutes}, 'quietHours', json(${routes.quietHours}), 'enabled', ${routes.enabled},
      'tags', json(${routes.tags}), 'version', ${routes.version}, 'createdAt', ${routes.createdAt},
      'updatedAt', ${routes.updatedAt})`,
    sql`from ${routes}`,
  ),
  term(
    'channel',
    channels.name,
    channels.id,
    sql`json_object('id', ${channels.id}, 'name', ${channels.name}, 'type', ${channels.type},
      'enabled', ${channels.enabled}, 'tags', json(${channels.tags}))`,
    sql`from ${channels}`,
  ),
  term(
    'schedule',
    schedules.name,
    schedules.id,
    sql`json_object('id', ${schedules.id}, 'name', ${schedules.name}, 'timeZone', ${schedules.timeZone},
      'rotations', json(${schedules.rotations}), 'overrides', json(${schedules.overrides}), 'tags', json(${schedules.tags}),
      'version', ${schedules.version}, 'createdAt', ${schedules.createdAt}, 'updatedAt', ${schedules.updatedAt})`,
    sql`from ${schedules}`,
  ),
  term(
    'person',
    people.name,
    people.id,
    sql`json_object('id', ${people.id}, 'name', ${people.name}, 'username', ${people.username}, 'email', ${people.email},
      'tags', json(${people.tags}), 'disabled', ${people.disabled}, 'channels', json(${people.channels}))`,
    sql`from ${people}`,
  ),
  term(
    'setting',
    sql`0`,
    settings.name,
    sql`json_object('value', json(${settings.value}), 'version', ${settings.version})`,
    sql`from ${settings} where ${settings.name} = ${NOTIFICATIONS}`,
  ),
];

const monitorsOf = (asked: string | undefined): Term<ColumnName> =>
  term(
    'monitor',
    monitors.name,
    monitors.id,
    MONITOR,
    sql`from ${monitors} left join ${monitorStates} on ${monitorStates.number} = ${monitors.number}
      where ${asked === undefined ? sql`false` : sql`${monitors.id} = ${asked}`}
      or ${monitors.id} in (select j.value from ${routes} r, json_each(r.match, '$.monitors') j)`,
  );

const suggestedTo = (restriction: Restriction): Term<ColumnName> =>
  term(
    'suggested',
    monitors.name,
    monitors.id,
    sql`json_object('id', ${monitors.id}, 'name', ${monitors.name})`,
    sql`from ${monitors} where ${inside(restriction, sql`${monitors.tags}`)} order by ${monitors.name} collate nocase limit ${MAX_SUGGESTED}`,
  );

/** What may suppress a notification about the monitor. */
const suppressionsOf = (asked: string): Term<ColumnName>[] => [
  term(
    'window',
    windows.kind,
    windows.id,
    sql`json_object('kind', ${windows.kind}, 'id', ${windows.id}, 'name', ${windows.name},
      'monitors', json(${windows.monitors}), 'tags', json(${windows.tags}), 'schedule', json(${windows.schedule}))`,
    sql`from ${windows}`,
  ),
  term(
    'ancestor',
    sql`name`,
    sql`id`,
    sql`json_object('id', id, 'name', name, 'tags', json(tags), 'isDown', is_down)`,
    sql`from (with recursive above(id) as (
        select j.value from monitors m, json_each(m.depends_on) j where m.id = ${asked}
        union select j.value from above join monitors m on m.id = above.id, json_each(m.depends_on) j)
      select m.id, m.name, m.tags, coalesce(s.verdict = 'down', 0) is_down
      from above join monitors m on m.id = above.id left join monitor_states s on s.number = m.number
      where m.id <> ${asked})`,
  ),
];

export async function readAlertingSetup(
  db: D1Database,
  { monitor, suggestTo }: SetupQuestion = {},
): Promise<AlertingSetup> {
  const terms = [
    ...SETUP,
    monitorsOf(monitor),
    ...(suggestTo === undefined ? [] : [suggestedTo(suggestTo.restriction)]),
    ...(monitor === undefined ? [] : suppressionsOf(monitor)),
  ];
  const { rows } = await readUnion<ColumnName>(db, ['place', 'id', 'value'], terms);
  const sorted = rows.toSorted((a, b) => compare(a.place, b.place) || compare(a.id, b.id));
  const of = <T>(kind: string): T[] =>
    sorted.flatMap((row) => (row.kind === kind ? [JSON.parse(String(row.value)) as T] : []));
  const [setting] = of<{ value: NotificationSettings; version: number }>('setting');
  return {
    routes: of<RouteRow>('route').map((row) => withFlags(row, ['continues', 'enabled'])),
    channels: of<SetupChannel>('channel').map((row) => withFlags(row, ['enabled'])),
    schedules: of('schedule'),
    people: of<OnCallPerson>('person').map((row) => withFlags(row, ['disabled'])),
    defaults: { ids: setting?.value.defaultChannels ?? [], version: setting?.version ?? 0 },
    monitors: of<SetupMonitor>('monitor').map((row) => withFlags(row, ['paused', 'flapping'])),
    suggested: of('suggested'),
    windows: of('window'),
    ancestors: of<Ancestor>('ancestor').map((row) => withFlags(row, ['isDown'])),
  };
}

/** Positions are numbers, names are texts: of one kind, all are the same. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** SQLite has no booleans. */
const withFlags = <T extends object>(row: T, names: readonly (keyof T)[]): T => ({
  ...row,
  ...Object.fromEntries(names.map((name) => [name, Boolean(row[name])])),
});

/** What src/routing decides with. */
export const routingOf = ({
  routes: rows,
  defaults,
  schedules: all,
  people: everyone,
}: AlertingSetup): Routing => ({
  routes: rows.filter(({ enabled }) => enabled),
  defaultChannels: defaults.ids,
  schedules: new Map(all.map((schedule) => [schedule.id, schedule])),
  contacts: new Map(
    everyone.flatMap(({ id, disabled, channels: own }) => (disabled || own.length === 0 ? [] : [[id, own]])),
  ),
});
