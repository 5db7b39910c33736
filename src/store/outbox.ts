// Owns the outbox in D1: pending deliveries, and the lease that lets one consumer at a time send for a channel.
// Does not decide when and how often to send: delivery does.
import { and, asc, eq, isNull, lte, or, sql } from 'drizzle-orm';
import type { WebhookBody } from '../channels/notification.ts';
import { database } from './database.ts';
import { channels, deliveries, notifications } from './schema.ts';

export type LeasedChannel = Pick<typeof channels.$inferSelect, 'id' | 'type' | 'sealedConfig'>;

export interface DueDelivery {
  readonly notificationId: string;
  /** Attempts made so far. */
  readonly attempts: number;
  /** When it was queued, ms since the epoch: the commit of the notification, or later. */
  readonly at: number;
  readonly body: WebhookBody;
}

/** Outcome of an attempt. `nextAttemptAt` is null after the last one: the delivery is delivered or failed. */
export interface AttemptRecord {
  readonly delivered: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly nextAttemptAt: number | null;
}

/**
 * Takes or renews the channel's lease until `until`. Only the holder of `token` may send. Null if another consumer
 * holds the lease, or the channel is disabled or deleted.
 */
export async function takeLease(
  db: D1Database,
  channelId: string,
  token: string,
  now: number,
  until: number,
): Promise<LeasedChannel | null> {
  const free = or(isNull(channels.lease), eq(channels.lease, token), lte(channels.leasedUntil, now));
  const rows = await database(db)
    .update(channels)
    .set({ lease: token, leasedUntil: until })
    .where(and(eq(channels.id, channelId), eq(channels.enabled, true), free))
    .returning({ id: channels.id, type: channels.type, sealedConfig: channels.sealedConfig });
  return rows[0] ?? null;
}

/** Releases the lease, unless it expired and another consumer holds it now. */
export async function releaseLease(db: D1Database, channelId: string, token: string): Promise<void> {
  await database(db)
    .update(channels)
    .set({ lease: null, leasedUntil: 0 })
    .where(and(eq(channels.id, channelId), eq(channels.lease, token)));
}

/**
 * Due, and not behind an earlier pending notification of the same incident. A notification without an incident waits
 * for earlier ones of its monitor, so that "no data" is delivered before its end.
 */
const isDue = (now: number) => sql`
  ${deliveries.state} = 'pending' and ${deliveries.nextAttemptAt} <= ${now} and not exists (
    select 1 from deliveries earlier join notifications n on n.id = earlier.notification_id
    where earlier.channel_id = ${deliveries.channelId} and earlier.state = 'pending'
      and earlier.position < ${deliveries.position}
      and n.incident_id is ${notifications.incidentId} and n.monitor_id is ${notifications.monitorId})`;

/** The channel's first due delivery. */
export async function nextDue(db: D1Database, channelId: string, now: number): Promise<DueDelivery | null> {
  const rows = await database(db)
    .select({
      notificationId: notifications.id,
      attempts: deliveries.attempts,
      at: sql<number>`coalesce(${deliveries.queuedAt}, ${notifications.at})`,
      body: notifications.body,
    })
    .from(deliveries)
    .innerJoin(notifications, eq(notifications.id, deliveries.notificationId))
    .where(and(eq(deliveries.channelId, channelId), isDue(now)))
    .orderBy(asc(deliveries.position))
    .limit(1);
  const row = rows[0];
  return row ? { ...row, body: row.body as WebhookBody } : null;
}

/** Channels with a due delivery and no lease. Deleted channels are included, so that their deliveries are failed. */
export async function channelsWithDueDeliveries(db: D1Database, now: number): Promise<string[]> {
  const idle = or(isNull(channels.id), and(eq(channels.enabled, true), lte(channels.leasedUntil, now)));
  const rows = await database(db)
    .selectDistinct({ id: deliveries.channelId })
    .from(deliveries)
    .innerJoin(notifications, eq(notifications.id, deliveries.notificationId))
    .leftJoin(channels, eq(channels.id, deliveries.channelId))
    .where(and(isDue(now), idle));
  return rows.map(({ id }) => id);
}

const pendingOf = (notificationId: string, channelId: string) =>
  and(
    eq(deliveries.notificationId, notificationId),
    eq(deliveries.channelId, channelId),
    eq(deliveries.state, 'pending'),
  );

/** Writes the outcome of an attempt. A finished delivery stays unchanged. */
export async function recordAttempt(
  db: D1Database,
  channelId: string,
  delivery: Pick<DueDelivery, 'notificationId' | 'attempts'>,
  record: AttemptRecord,
  now: number,
): Promise<void> {
  const outcome =
    record.nextAttemptAt === null
      ? { state: record.delivered ? ('delivered' as const) : ('failed' as const), finishedAt: now }
      : { nextAttemptAt: record.nextAttemptAt };
  await database(db)
    .update(deliveries)
    .set({ attempts: delivery.attempts + 1, lastStatus: record.status, lastError: record.error, ...outcome })
    .where(pendingOf(delivery.notificationId, channelId));
}

/** Ends a delivery without an attempt. */
export async function failDelivery(
  db: D1Database,
  channelId: string,
  notificationId: string,
  error: string,
  now: number,
): Promise<void> {
  await database(db)
    .update(deliveries)
    .set({ state: 'failed', lastError: error, finishedAt: now })
    .where(pendingOf(notificationId, channelId));
}

/** Fails the pending deliveries of a deleted channel. */
export async function failDeliveriesOfDeletedChannel(
  db: D1Database,
  channelId: string,
  now: number,
): Promise<void> {
  await database(db)
    .update(deliveries)
    .set({ state: 'failed', lastError: 'the channel was deleted', finishedAt: now })
    .where(
      and(
        eq(deliveries.channelId, channelId),
        eq(deliveries.state, 'pending'),
        sql`not exists (select 1 from ${channels} where ${channels.id} = ${channelId})`,
      ),
    );
}
