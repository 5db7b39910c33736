// Owns what a list of monitors needs beside its rows, in one statement: names of locations, channels, saved views, and
// whether the mesh still runs. Does not judge that: services/health/stopped.ts does.
import { sql } from 'drizzle-orm';
import type { Caller } from '../access/caller.ts';
import { isInside } from '../access/restriction.ts';
import type { ShortestIntervals } from '../engine/model/activity.ts';
import { HEARTBEAT_LOCATION_NUMBER, HEARTBEAT_TYPE } from '../engine/model/heartbeat.ts';
import type { LocationNames } from '../status-pages/location-names.ts';
import { type StoredView, type ViewOwners, viewOwners, viewsOf } from './saved-views.ts';
import { activity, channels, journal, monitors, settings, shards } from './schema.ts';
import { LOCATION_NAMES } from './settings.ts';
import { readUnion, type Term } from './union.ts';

/** Times are ms since the epoch, and null before the first of its kind. */
export interface RunningFacts {
  /** Since when a monitor is active. Null: none is. */
  readonly activeSince: number | null;
  readonly measuringSince: number | null;
  readonly tickAt: number | null;
  readonly reportAt: number | null;
  readonly shortest: ShortestIntervals;
}

export interface ListSurroundings {
  readonly running: RunningFacts;
  readonly locationNames: LocationNames;
  /** Those inside, by name. */
  readonly channels: readonly { readonly id: string; readonly name: string }[];
  readonly sharedViews: readonly StoredView[];
  readonly ownViews: readonly StoredView[];
}

const COLUMNS = ['id', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 't1'] as const;

export async function readListSurroundings(
  db: D1Database,
  caller: Pick<Caller, 'actor' | 'restriction'>,
): Promise<ListSurroundings> {
  const { restriction } = caller;
  const owners = viewOwners(caller);
  const { rows } = await readUnion(db, COLUMNS, termsOf(owners));
  const of = (kind: string) => rows.filter((row) => row.kind === kind);
  const setting = (name: string): unknown => {
    const row = of('setting').find(({ id }) => id === name);
    return row === undefined ? undefined : JSON.parse(row.t1 as string);
  };
  const [mesh] = of('mesh');
  return {
    running: {
      activeSince: mesh!.n1 as number | null,
      measuringSince: mesh!.n2 as number | null,
      tickAt: mesh!.n3 as number | null,
      reportAt: mesh!.n4 as number | null,
      shortest: { anyMs: msOf(mesh!.n5), probedMs: msOf(mesh!.n6) },
    },
    locationNames: (setting(LOCATION_NAMES) as LocationNames | undefined) ?? {},
    channels: of('channel')
      .flatMap(({ id, t1 }) => {
        const { name, tags } = JSON.parse(t1 as string) as { name: string; tags: Record<string, string> };
        return isInside(restriction, { tags }) ? [{ id: id as string, name }] : [];
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    sharedViews: viewsOf(setting(owners.shared)),
    ownViews: owners.own === null ? [] : viewsOf(setting(owners.own)),
  };
}

const msOf = (seconds: unknown): number | null => (seconds === null ? null : (seconds as number) * 1_000);

const active = sql`from ${activity} where ${activity.idleSince} is null order by ${activity.shard} limit 1`;

const termsOf = ({ shared, own }: ViewOwners): readonly Term<(typeof COLUMNS)[number]>[] => [
  {
    kind: 'setting',
    columns: { id: sql`${settings.name}`, t1: sql`${settings.value}` },
    rest: sql`from ${settings} where ${settings.name} in (${LOCATION_NAMES}, ${shared}, ${own ?? shared})`,
  },
  {
    kind: 'channel',
    columns: {
      id: sql`${channels.id}`,
      t1: sql`json_object('name', ${channels.name}, 'tags', json(${channels.tags}))`,
    },
    rest: sql`from ${channels}`,
  },
  {
    kind: 'mesh',
    columns: {
      n1: sql`(select ${activity.activeSince} ${active})`,
      n2: sql`(select ${activity.measuringSince} ${active})`,
      n3: sql`(select max(${shards.tickAt}) from ${shards})`,
      // A row of a tick is there soon, however many changes the API made.
      n4: sql`(select ${journal.at} from ${journal} where ${journal.kind} = 'report'
        and ${journal.location} <> ${HEARTBEAT_LOCATION_NUMBER} order by ${journal.id} desc limit 1)`,
      n5: sql`(select min(${monitors.intervalSeconds}) from ${monitors} where not ${monitors.paused})`,
      n6: sql`(select min(${monitors.intervalSeconds}) from ${monitors} where not ${monitors.paused}
        and ${monitors.check} ->> '$.type' <> ${HEARTBEAT_TYPE})`,
    },
    rest: sql``,
  },
];
