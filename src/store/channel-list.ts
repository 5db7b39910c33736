// Owns what pages show of channels: health, pending deliveries, the newest delivery, and how many monitors name them, in one
// statement. Opens no secret, and reads no sealed config.
import { type SQL, sql } from 'drizzle-orm';
import type { Restriction } from '../access/restriction.ts';
import type { ChannelRow } from './channels.ts';
import { database } from './database.ts';
import { MAX_PENDING_COUNT } from './pending-counts.ts';
import { channels as c, monitors as m } from './schema.ts';

type Configured = Pick<
  ChannelRow,
  | 'id'
  | 'type'
  | 'name'
  | 'publicConfig'
  | 'templates'
  | 'tags'
  | 'enabled'
  | 'disabledReason'
  | 'lastSuccessAt'
  | 'failingSince'
  | 'lastError'
  | 'failedAttempts'
  | 'version'
  | 'createdAt'
  | 'updatedAt'
>;

export interface ListedChannel extends Configured {
  /** Counted up to `MAX_PENDING_COUNT`. */
  readonly pending: number;
  /** Monitors inside the restriction that name it. Those with "default" do not. */
  readonly monitors: number;
  /** The newest one that was accepted or given up. Null: there is none. */
  readonly last: NewestDelivery | null;
}

export interface NewestDelivery {
  readonly notificationId: string;
  readonly event: string;
  readonly state: 'delivered' | 'failed';
  readonly finishedAt: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

/** By name. All that the restriction shows, or the one with this id. */
export async function listChannelsWithUse(
  db: D1Database,
  restriction: Restriction,
  id?: string,
): Promise<ListedChannel[]> {
  const isWanted = id === undefined ? sql`true` : sql`${c.id} = ${id}`;
  const rows = await database(db)
    .select({
      ...{ id: c.id, type: c.type, name: c.name, publicConfig: c.publicConfig, templates: c.templates },
      ...{ tags: c.tags, enabled: c.enabled, disabledReason: c.disabledReason },
      ...{ lastSuccessAt: c.lastSuccessAt, failingSince: c.failingSince, lastError: c.lastError },
      ...{ failedAttempts: c.failedAttempts, version: c.version },
      ...{ createdAt: c.createdAt, updatedAt: c.updatedAt },
      pending: sql<number>`(select count(*) from (select 1 from deliveries d
        where d.channel_id = ${c.id} and d.state = 'pending' limit ${MAX_PENDING_COUNT}))`,
      monitors: sql<number>`coalesce(u.number, 0)`,
      last: sql<
        string | null
      >`(select json_object('notificationId', d.notification_id, 'event', n.event, 'state', d.state,
          'finishedAt', d.finished_at, 'lastStatus', d.last_status, 'lastError', d.last_error)
        from (${newest('delivered')} union all ${newest('failed')}) d join notifications n on n.id = d.notification_id
        order by d.position desc limit 1)`,
    })
    .from(c)
    .leftJoin(namedBy(restriction), sql`u.id = ${c.id}`)
    .where(sql`${isWanted} and ${inside(restriction, sql`${c.tags}`)}`)
    .orderBy(sql`${c.name} collate nocase`, c.id);
  return rows.map((row) => ({
    ...row,
    last: row.last === null ? null : (JSON.parse(row.last) as NewestDelivery),
  }));
}

/** The literal of the state lets SQLite use the partial index. */
const newest = (state: 'delivered' | 'failed'): SQL => sql`select * from (select x.* from deliveries x
  where x.channel_id = ${c.id} and x.state = ${sql.raw(`'${state}'`)} and x.state <> 'pending'
  order by x.position desc limit 1)`;

const namedBy = (restriction: Restriction): SQL => sql`(select j.value id, count(*) number
  from ${m}, json_each(${m.channels}) j
  where json_type(${m.channels}) = 'array' and ${inside(restriction, sql`${m.tags}`)} group by 1) u`;

/** The same rule as `isInside`. */
export const inside = (restriction: Restriction, tags: SQL): SQL =>
  restriction === null
    ? sql`true`
    : sql`exists (select 1 from json_each(${tags}) t, json_each(${JSON.stringify(restriction)}) x
        where x.value = t.key or x.value = t.key || ':' || t.value)`;
