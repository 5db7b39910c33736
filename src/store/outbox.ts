// Owns what a consumer reads and takes of the outbox: the lease of a channel, its next delivery, and which channels have
// one. Writing outcomes belongs to outbox-outcomes.ts. Does not decide when and how often to send: delivery does.
// Every query reads rows in proportion to what it returns. Literals repeat the conditions of partial indexes on purpose.
import { and, eq, gte, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { WebhookBody } from '../channels/notification.ts';
import { fromStored } from '../channels/stored-body.ts';
import { database } from './database.ts';
import { jsonList, mayKnowIncident, NOW, rowidIn } from './outbox-lines.ts';
import { channels, deliveries, notifications, receipts } from './schema.ts';

export interface LeasedChannel
  extends Pick<
    typeof channels.$inferSelect,
    'id' | 'type' | 'sealedConfig' | 'createdAt' | 'templates' | 'minuteStartedAt' | 'minuteMessages'
  > {
  /** Failed attempts since the newest success. */
  readonly failures: number;
}

/** What decides about a delivery before it is sent. */
export interface DeliveryFacts {
  readonly notificationId: string;
  readonly subject: string;
  /** Time of the insert, by the clock of D1. */
  readonly createdAt: number;
  /** Whether an earlier attempt can have reached the receiver. Null if nothing depends on that. */
  readonly reached: boolean | null;
  /** The notification that is sent in place of this one, unless an attempt can have reached the receiver. */
  readonly supersededBy: string | null;
  /** The notification ends a condition whose beginning expired before any attempt could reach the receiver. */
  readonly beginningExpired: boolean;
  /** Its message carries other notifications that are pending. */
  readonly carriesOthers: boolean;
}

export interface DueDelivery extends DeliveryFacts {
  /** Attempts made so far. */
  readonly attempts: number;
  /** A success of another delivery made this one due before its time. */
  readonly released: boolean;
  readonly openedNotSent: boolean;
  readonly incidentId: string | null;
  /** Id of the notification that began what this one ends. */
  readonly ends: string | null;
  readonly routeId: string | null;
  /** It waited until then to be gathered with others. */
  readonly heldUntil: number | null;
  /** Its own id if its message was put together before. */
  readonly mergedInto: string | null;
  /** What was returned for the newest message about the same condition. */
  readonly receipt: string | null;
  readonly body: WebhookBody;
}

/** Times and limits of one claim, ms. */
export interface ClaimTimes {
  readonly now: number;
  /** The lease lasts this long from now. */
  readonly leaseMs: number;
  /** A waiting delivery, or a paused channel, whose time is farther away than this was written by a wrong clock. */
  readonly maxWaitMs: number;
  /** Older deliveries have expired. */
  readonly maxAgeMs: number;
}

/** Two clocks that are right differ by less. */
const CLOCK_TOLERANCE_MS = 5_000;

/** A consumer may work for the channel: it is enabled, not paused, and no other consumer holds its lease. */
export const isAvailable = ({ now, leaseMs, maxWaitMs }: ClaimTimes, token = ''): SQL => sql`(
  ${channels.enabled} = 1
  and (${channels.lease} is null or ${channels.lease} = ${token} or ${channels.leasedUntil} <= ${now}
    or ${channels.leasedUntil} > ${now + leaseMs + CLOCK_TOLERANCE_MS})
  and (${channels.pausedUntil} <= ${now} or ${channels.pausedUntil} > ${now + maxWaitMs}))`;

export const exceptFor = (inFlight: readonly string[]): SQL =>
  inFlight.length === 0
    ? sql``
    : sql`and d.notification_id not in (select value from json_each(${jsonList(inFlight)}))`;

const firstReady = (channelId: string, inFlight: readonly string[], limit: number): SQL => sql`
  select d.rowid from ${deliveries} d where d.channel_id = ${channelId} and d.turn = 'ready' ${exceptFor(inFlight)}
  order by d.urgency, d.position, d.rowid limit ${limit}`;

/** Only a condition that no attempt reported is over without a word. */
const beginningExpired = sql<number>`(exists (
  select 1 from ${deliveries} b where b.notification_id = ${notifications.ends}
    and b.channel_id = ${deliveries.channelId} and b.state = 'failed' and b.reached = 0)
  and not ${mayKnowIncident(sql`${notifications.incidentId}`, sql`${deliveries.channelId}`)})`;

const carriesOthers = sql<number>`exists (
  select 1 from ${deliveries} m where m.merged_into = ${deliveries.notificationId}
    and m.channel_id = ${deliveries.channelId} and m.state = 'pending'
    and m.notification_id <> ${deliveries.notificationId})`;

/** What a message is about: its incident, or the condition that it begins or ends. */
export const conditionOf = ({
  incidentId,
  ends,
  notificationId,
}: Pick<DueDelivery, 'incidentId' | 'ends' | 'notificationId'>) => incidentId ?? ends ?? notificationId;

const receiptOfCondition = sql<string | null>`(select r.receipt from ${receipts} r
  where r.channel_id = ${deliveries.channelId}
    and r.key = coalesce(${notifications.incidentId}, ${notifications.ends}, ${notifications.id}))`;

const facts = {
  notificationId: deliveries.notificationId,
  subject: deliveries.subject,
  createdAt: deliveries.createdAt,
  reached: deliveries.reached,
  supersededBy: deliveries.supersededBy,
  beginningExpired: beginningExpired.mapWith(Boolean),
  carriesOthers: carriesOthers.mapWith(Boolean),
};

/** The channel is null if another consumer holds the lease, or the channel is disabled, paused or deleted. */
export type Claim =
  | { readonly channel: null }
  | { readonly channel: LeasedChannel; readonly delivery: DueDelivery | null };

/**
 * Takes or renews the channel's lease and returns its first due delivery that is not in flight. Only the holder of
 * `token` may send. From now on the delivery counts as one that can have reached its receiver, so that a crash between
 * here and the record of the attempt loses nothing.
 */
export async function claimDelivery(
  db: D1Database,
  channelId: string,
  token: string,
  inFlight: readonly string[],
  times: ClaimTimes,
): Promise<Claim> {
  const orm = database(db);
  const until = times.now + times.leaseMs;
  const first = firstReady(channelId, inFlight, 1);
  const [leased, , due] = await orm.batch([
    orm
      .update(channels)
      .set({ lease: token, leasedUntil: until })
      .where(and(eq(channels.id, channelId), isAvailable(times, token)))
      .returning({
        id: channels.id,
        type: channels.type,
        sealedConfig: channels.sealedConfig,
        createdAt: channels.createdAt,
        failures: channels.failures,
        templates: channels.templates,
        minuteStartedAt: channels.minuteStartedAt,
        minuteMessages: channels.minuteMessages,
      }),
    orm
      .update(deliveries)
      .set({ turn: 'ready', released: false })
      .where(rowidIn(pauseIsOver(channelId, times))),
    orm
      .select({
        ...facts,
        attempts: deliveries.attempts,
        released: deliveries.released,
        openedNotSent: deliveries.openedNotSent,
        incidentId: notifications.incidentId,
        ends: notifications.ends,
        routeId: deliveries.routeId,
        heldUntil: deliveries.heldUntil,
        mergedInto: deliveries.mergedInto,
        receipt: receiptOfCondition,
        body: notifications.body,
      })
      .from(deliveries)
      .innerJoin(notifications, eq(notifications.id, deliveries.notificationId))
      .where(sql`${deliveries}.rowid = (${first})`),
    orm
      .update(deliveries)
      .set({ reached: true })
      .where(
        and(
          sql`${deliveries}.rowid = (${first})`,
          eq(deliveries.reached, false),
          or(isNull(deliveries.supersededBy), carriesOthers),
          gte(deliveries.createdAt, times.now - times.maxAgeMs),
          sql`exists (select 1 from ${channels} c where c.id = ${channelId} and c.lease = ${token}
            and c.leased_until = ${until})`,
        ),
      ),
  ]);
  const channel = leased[0];
  if (!channel) return { channel: null };
  const row = due[0];
  return { channel, delivery: row ? { ...row, body: fromStored(row.body as WebhookBody) } : null };
}

/**
 * Deliveries whose pause is over get their turn. While the channel fails, those that were not tried yet go first, so that
 * a few that their receiver always rejects hide no other.
 */
function pauseIsOver(channelId: string, { now, maxWaitMs }: ClaimTimes): SQL {
  const waiting = sql`select d.rowid from ${deliveries} d where d.channel_id = ${channelId} and d.turn = 'waiting'
    and (exists (select 1 from ${channels} c where c.id = ${channelId} and c.failures = 0)
      or not exists (select 1 from ${deliveries} r where r.channel_id = ${channelId} and r.turn = 'ready'))`;
  return sql`${waiting} and d.next_attempt_at <= ${now}
    union all ${waiting} and d.next_attempt_at > ${now + maxWaitMs}`;
}

/** The first due deliveries that are not in flight, without their bodies. */
export const readyDeliveries = (
  db: D1Database,
  channelId: string,
  inFlight: readonly string[],
  limit: number,
): Promise<DeliveryFacts[]> =>
  database(db)
    .select(facts)
    .from(deliveries)
    .innerJoin(notifications, eq(notifications.id, deliveries.notificationId))
    .where(rowidIn(firstReady(channelId, inFlight, limit)));

/** Releases the lease, unless it expired and another consumer holds it now. */
export async function releaseLease(db: D1Database, channelId: string, token: string): Promise<void> {
  await database(db)
    .update(channels)
    .set({ lease: null, leasedUntil: 0 })
    .where(and(eq(channels.id, channelId), eq(channels.lease, token)));
}

/** The clock of D1, ms since the epoch. */
export async function databaseTime(db: D1Database): Promise<number> {
  const rows = await database(db).all<{ at: number }>(sql`select ${NOW} as at`);
  return rows[0]!.at;
}
