// Owns what the API reads of deliveries, and the redelivery of one. Every page reads rows in proportion to its length.
// Does not own the attempts: outbox.ts does.
import { and, eq, ne, type SQL, sql } from 'drizzle-orm';
import { database } from './database.ts';
import { channels, deliveries, notifications } from './schema.ts';

export const DELIVERY_STATES = deliveries.state.enumValues;

type Columns = Omit<typeof deliveries.$inferSelect, 'queuedAt'>;

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
  readonly channelId?: string | undefined;
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

const COLUMNS = sql`
  d.notification_id "notificationId", d.channel_id "channelId", d.position, d.state, d.attempts,
  d.next_attempt_at "nextAttemptAt", d.last_status "lastStatus", d.last_error "lastError", d.finished_at "finishedAt",
  n.event, n.at, n.monitor_id "monitorId", n.incident_id "incidentId"`;

const NEWEST_FIRST = sql`order by d.position desc, d.notification_id desc, d.channel_id desc`;

/** At most `limit` deliveries, and the position for the next page (null on the last page). */
export async function listDeliveries(db: D1Database, filter: DeliveryFilter): Promise<DeliveryPage> {
  const walk = notificationsOf(filter);
  const query = walk === null ? byDelivery(filter) : byNotification(filter, walk);
  const rows = await database(db).all<DeliveryRow>(query);
  const page = rows.slice(0, filter.limit);
  const last = page.at(-1);
  if (rows.length > filter.limit && last) return { rows: page, next: positionOf(last) };
  return { rows: page, next: walk === null ? null : await endOfScan(db, walk) };
}

const positionOf = ({ position, notificationId, channelId }: DeliveryPosition): DeliveryPosition => ({
  position,
  notificationId,
  channelId,
});

/** Each state has its own stretch of the index, so each is read up to the limit. */
function byDelivery({ channelId, state, after, limit }: DeliveryFilter): SQL {
  const ofState = (wanted: string): SQL => sql`
    select * from (
      select d.* from deliveries d
      where ${allOf([
        sql`d.state = ${wanted}`,
        channelId === undefined ? undefined : sql`d.channel_id = ${channelId}`,
        isAfter(after),
      ])}
      ${NEWEST_FIRST} limit ${limit + 1})`;
  const states = state === undefined ? DELIVERY_STATES : [state];
  return sql`
    select ${COLUMNS} from (${sql.join(states.map(ofState), sql` union all `)}) d
    join notifications n on n.id = d.notification_id
    ${NEWEST_FIRST} limit ${limit + 1}`;
}

const isAfter = (after: DeliveryPosition | undefined): SQL | undefined =>
  after &&
  sql`d.position <= ${after.position} and (d.position, d.notification_id, d.channel_id)
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
  select ${COLUMNS} from (select * ${walk} limit ${MAX_SCANNED}) n
  join deliveries d on d.notification_id = n.id
  where ${allOf([
    filter.event === undefined ? undefined : sql`n.event = ${filter.event}`,
    filter.monitorId === undefined ? undefined : sql`n.monitor_id = ${filter.monitorId}`,
    filter.channelId === undefined ? undefined : sql`d.channel_id = ${filter.channelId}`,
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
    select ${COLUMNS} from deliveries d join notifications n on n.id = d.notification_id
    where d.notification_id = ${notificationId} and d.channel_id = ${channelId}`);
  return row ?? null;
}

/** Makes a finished delivery pending again, due now, with all its attempts. False if it is pending, or cannot be sent. */
export async function queueAgain(
  db: D1Database,
  notificationId: string,
  channelId: string,
  now: number,
): Promise<boolean> {
  const rows = await database(db)
    .update(deliveries)
    .set({ state: 'pending', attempts: 0, nextAttemptAt: now, queuedAt: now, finishedAt: null })
    .where(
      and(
        eq(deliveries.notificationId, notificationId),
        eq(deliveries.channelId, channelId),
        ne(deliveries.state, 'pending'),
        sql`exists (select 1 from ${channels} where ${channels.id} = ${channelId} and ${channels.enabled} = 1)`,
        sql`exists (select 1 from ${notifications} where ${notifications.id} = ${notificationId})`,
      ),
    )
    .returning({ id: deliveries.notificationId });
  return rows.length > 0;
}

/** Pending deliveries are counted up to this number. */
export const MAX_PENDING_COUNT = 1_000;

/** Number of pending deliveries by channel. Of one channel if its id is given. */
export async function pendingCounts(db: D1Database, channelId?: string): Promise<Map<string, number>> {
  const rows = await database(db).all<{ id: string; pending: number }>(sql`
    select c.id, (select count(*) from (
      select 1 from deliveries d where d.channel_id = c.id and d.state = 'pending' limit ${MAX_PENDING_COUNT})) pending
    from channels c ${channelId === undefined ? sql`` : sql`where c.id = ${channelId}`}`);
  return new Map(rows.map(({ id, pending }) => [id, pending]));
}
