// Owns what the API reads of deliveries. Every page reads rows in proportion to its length.
// Does not own the attempts (outbox.ts), nor the redelivery of one (redelivery.ts).
import { type SQL, sql } from 'drizzle-orm';
import { database } from './database.ts';
import { deliveries } from './schema.ts';

export const DELIVERY_STATES = deliveries.state.enumValues;

type Columns = Pick<
  typeof deliveries.$inferSelect,
  | 'notificationId'
  | 'channelId'
  | 'position'
  | 'state'
  | 'turn'
  | 'attempts'
  | 'nextAttemptAt'
  | 'lastStatus'
  | 'lastError'
  | 'lastResponse'
  | 'warning'
  | 'routeId'
  | 'mergedInto'
  | 'finishedAt'
>;

export interface DeliveryRow extends Columns {
  readonly event: string;
  readonly at: number;
  readonly monitorId: string | null;
  readonly incidentId: string | null;
}

/** Position of the last delivery of a page. The order is (position, notificationId, channelId), newest first. */
export interface DeliveryPosition {
  readonly position: number;
  readonly notificationId: string;
  readonly channelId: string;
}

export interface DeliveryFilter {
  /** Undefined: those of every channel, also of deleted ones. */
  readonly channelIds?: readonly string[] | undefined;
  /** Reads nothing of other channels: where a page ends would show how much of theirs there is. */
  readonly onlyOfChannels?: boolean;
  readonly state?: (typeof DELIVERY_STATES)[number] | undefined;
  readonly event?: string | undefined;
  readonly monitorId?: string | undefined;
  readonly incidentId?: string | undefined;
  readonly after?: DeliveryPosition | undefined;
  readonly limit: number;
}

interface DeliveryPage {
  readonly rows: DeliveryRow[];
  readonly next: DeliveryPosition | null;
}

/** Notifications that one page reads at most, if it filters by what they are about. */
const MAX_SCANNED = 500;
/** The same for deliveries of given channels, of each state of each channel. */
const MAX_SCANNED_OF_CHANNELS = 200;

const COLUMNS = sql`
  d.notification_id "notificationId", d.channel_id "channelId", d.state, d.turn, d.attempts,
  d.next_attempt_at "nextAttemptAt", d.last_status "lastStatus", d.last_error "lastError", d.last_response "lastResponse", d.warning,
  d.route_id "routeId", nullif(d.merged_into, d.notification_id) "mergedInto", d.finished_at "finishedAt",
  n.event, n.at, n.monitor_id "monitorId", n.incident_id "incidentId"`;

/** At most `limit` deliveries, and the position for the next page (null on the last page). */
export async function listDeliveries(db: D1Database, filter: DeliveryFilter): Promise<DeliveryPage> {
  const walk = notificationsOf(filter);
  if (walk !== null && filter.onlyOfChannels) return filterDeliveries(db, filter);
  const query = walk === null ? byDelivery(filter) : byNotification(filter, walk);
  const rows = await database(db).all<DeliveryRow>(query);
  const page = rows.slice(0, filter.limit);
  const last = page.at(-1);
  if (rows.length > filter.limit && last) return { rows: page, next: positionOf(last) };
  return { rows: page, next: walk === null ? null : await endOfScan(db, walk) };
}

/** Walks the deliveries of the given channels, and keeps those that the filter matches. */
async function filterDeliveries(db: D1Database, filter: DeliveryFilter): Promise<DeliveryPage> {
  const walked = await database(db).all<DeliveryRow>(
    byDelivery({ ...filter, limit: MAX_SCANNED_OF_CHANNELS }),
  );
  const scanned = walked.slice(0, MAX_SCANNED_OF_CHANNELS);
  const { event, monitorId, incidentId, limit } = filter;
  const rows = scanned.filter(
    (row) =>
      (event === undefined || row.event === event) &&
      (monitorId === undefined || row.monitorId === monitorId) &&
      (incidentId === undefined || row.incidentId === incidentId),
  );
  if (rows.length > limit) return { rows: rows.slice(0, limit), next: positionOf(rows[limit - 1]!) };
  const last = walked.length > scanned.length ? scanned.at(-1) : undefined;
  return { rows, next: last ? positionOf(last) : null };
}

const positionOf = ({ position, notificationId, channelId }: DeliveryPosition): DeliveryPosition => ({
  position,
  notificationId,
  channelId,
});

/** Each state of each channel has its own stretch of an index, so each is read up to the limit. */
function byDelivery({ channelIds, state, after, limit }: DeliveryFilter): SQL {
  const channel =
    channelIds === undefined
      ? CHANNELS_OF_DELIVERIES
      : sql`select value id from json_each(${JSON.stringify(channelIds)})`;
  const newest = (states: readonly string[], condition: SQL): SQL => sql`
    select d.* from known k cross join json_each(${JSON.stringify(states)}) s cross join deliveries d
    where d.rowid in (
      select x.rowid from deliveries x
      where ${allOf([sql`x.channel_id = k.id`, condition, isAfter(after)])}
      order by x.position desc, x.notification_id desc limit ${limit + 1})`;
  const states = state === undefined ? DELIVERY_STATES : [state];
  const isPending = (one: string): boolean => one === 'pending';
  // Literals repeat the conditions of the partial indexes.
  return sql`
    with recursive known(id) as (${channel})
    select d.position, ${COLUMNS} from (
      ${newest(states.filter(isPending), sql`x.state = 'pending'`)}
      union all
      ${newest(
        states.filter((one) => !isPending(one)),
        sql`x.state = s.value and x.state <> 'pending'`,
      )}) d
    join notifications n on n.id = d.notification_id
    order by d.position desc, d.notification_id desc, d.channel_id desc limit ${limit + 1}`;
}

/** Deleted ones included. Jumps from one channel to the next. */
const CHANNELS_OF_DELIVERIES = sql`
  select id from (
    select min(channel_id) id from deliveries where state = 'pending'
    union select min(channel_id) from deliveries where state <> 'pending')
  union
  select (select min(next.id) from (
    select min(x.channel_id) id from deliveries x where x.state = 'pending' and x.channel_id > known.id
    union all
    select min(y.channel_id) from deliveries y where y.state <> 'pending' and y.channel_id > known.id) next)
  from known where known.id is not null`;

const isAfter = (after: DeliveryPosition | undefined): SQL | undefined =>
  after &&
  sql`x.position <= ${after.position} and (x.position, x.notification_id, x.channel_id)
    < (${after.position}, ${after.notificationId}, ${after.channelId})`;

/** The stretch of an index of notifications that a page walks. Null if no filter is about the notification. */
function notificationsOf({ incidentId, monitorId, event, after }: DeliveryFilter): SQL | null {
  const column =
    incidentId !== undefined
      ? sql`incident_id = ${incidentId}`
      : monitorId !== undefined
        ? sql`monitor_id = ${monitorId}`
        : event !== undefined
          ? sql`event = ${event}`
          : null;
  if (column === null) return null;
  const from =
    after &&
    sql`position <= ${after.position} and (position, id) <= (${after.position}, ${after.notificationId})`;
  return sql`from notifications where ${allOf([column, from])} order by position desc, id desc`;
}

const byNotification = (filter: DeliveryFilter, walk: SQL): SQL => sql`
  select n.position, ${COLUMNS} from (select * ${walk} limit ${MAX_SCANNED}) n
  join deliveries d on d.notification_id = n.id
  where ${allOf([
    filter.event === undefined ? undefined : sql`n.event = ${filter.event}`,
    filter.monitorId === undefined ? undefined : sql`n.monitor_id = ${filter.monitorId}`,
    filter.channelIds &&
      sql`d.channel_id in (select value from json_each(${JSON.stringify(filter.channelIds)}))`,
    filter.state === undefined ? undefined : sql`d.state = ${filter.state}`,
    filter.after &&
      sql`(n.position, n.id, d.channel_id)
        < (${filter.after.position}, ${filter.after.notificationId}, ${filter.after.channelId})`,
  ])}
  order by n.position desc, n.id desc, d.channel_id desc limit ${filter.limit + 1}`;

/** Where the next page continues if this one read as many notifications as it may. Null if it read all. */
async function endOfScan(db: D1Database, walk: SQL): Promise<DeliveryPosition | null> {
  const query = sql`select position, id ${walk} limit 1 offset ${MAX_SCANNED - 1}`;
  const [last] = await database(db).all<{ position: number; id: string }>(query);
  return last ? { position: last.position, notificationId: last.id, channelId: '' } : null;
}

const allOf = (conditions: readonly (SQL | undefined)[]): SQL =>
  sql.join([sql`true`, ...conditions.filter((condition) => condition !== undefined)], sql` and `);

export async function findDelivery(
  db: D1Database,
  notificationId: string,
  channelId: string,
): Promise<DeliveryRow | null> {
  const [row] = await database(db).all<DeliveryRow>(sql`
    select d.position, ${COLUMNS} from deliveries d join notifications n on n.id = d.notification_id
    where d.notification_id = ${notificationId} and d.channel_id = ${channelId}`);
  return row ?? null;
}
