// The outbox in D1: deliveries on their way, and the lease that lets one consumer at a time send for a channel.
// Rules of when and how often belong to the deliverer; this file only asks and writes.
import { and, asc, eq, isNull, lte, or, sql } from 'drizzle-orm';
import type { WebhookBody } from '../channels/notification.ts';
import { channels, deliveries, notifications } from './schema.ts';
import { database } from './shard.ts';

export type LeasedChannel = Pick<typeof channels.$inferSelect, 'id' | 'type' | 'sealedConfig'>;

export interface DueDelivery {
  readonly notificationId: string;
  /** Attempts made so far. */
  readonly attempts: number;
  /** When the notification was committed, ms since the epoch. */
  readonly at: number;
  readonly body: WebhookBody;
}

/** What an attempt came to. `nextAttemptAt` null: no further one; then it was delivered, or has failed for good. */
export interface AttemptRecord {
  readonly delivered: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly nextAttemptAt: number | null;
}

/**
 * Takes or renews the channel's lease until `until`; the holder of `token` alone may send. Null when somebody else
 * holds it, or the channel is disabled or gone.
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

/** Gives the lease back, unless it expired and somebody else has it by now. */
export async function releaseLease(db: D1Database, channelId: string, token: string): Promise<void> {
  await database(db)
    .update(channels)
    .set({ lease: null, leasedUntil: 0 })
    .where(and(eq(channels.id, channelId), eq(channels.lease, token)));
}

/**
 * Due, and not behind an earlier notification of the same incident that is still pending. What belongs to no incident
 * waits for its own monitor's earlier notifications instead, so that "blind" comes before its end.
 */
const isDue = (now: number) => sql`
  ${deliveries.state} = 'pending' and ${deliveries.nextAttemptAt} <= ${now} and not exists (
    select 1 from deliveries earlier join notifications told on told.id = earlier.notification_id
    where earlier.channel_id = ${deliveries.channelId} and earlier.state = 'pending'
      and earlier.position < ${deliveries.position}
      and told.incident_id is ${notifications.incidentId} and told.monitor_id is ${notifications.monitorId})`;

/** The first delivery of the channel that may be attempted now. */
export async function nextDue(db: D1Database, channelId: string, now: number): Promise<DueDelivery | null> {
  const rows = await database(db)
    .select({
      notificationId: notifications.id,
      attempts: deliveries.attempts,
      at: notifications.at,
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

/** Channels with a delivery to attempt and nobody at it; deleted channels too, for their deliveries end there. */
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

/** Writes what an attempt came to. A delivery that is finished already stays as it is. */
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

/** The receiver wants nothing more (410 Gone): the channel sends nothing until somebody enables it again. */
export async function disableChannel(db: D1Database, channelId: string, now: number): Promise<void> {
  await database(db)
    .update(channels)
    .set({ enabled: false, updatedAt: now })
    .where(eq(channels.id, channelId));
}

/** Ends the deliveries of a channel that was deleted, and of no other. */
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
