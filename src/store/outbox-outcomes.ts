// Owns the writes that end or postpone a delivery. Each finishes a delivery and gives the next one of its line its turn in
// one transaction, so a crash leaves no line without a head. Does not decide outcomes: delivery does.
import { and, eq, gt, type SQL, sql } from 'drizzle-orm';
import { database, runBatch, type Statement } from './database.ts';
import type { DeliveryFacts, DueDelivery } from './outbox.ts';
import { jsonList, mayKnowIncident, promoteHeads, releaseWaiting } from './outbox-lines.ts';
import { channels, deliveries, notifications } from './schema.ts';

/** Outcome of an attempt. `nextAttemptAt` is null after the last one: the delivery is delivered or failed. */
export interface AttemptRecord {
  readonly delivered: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly nextAttemptAt: number | null;
  /** `no`: no connection was established, so the receiver cannot know of the attempt. */
  readonly reached: 'no' | 'maybe';
  /** What the attempt means for the channel. Null: nothing, it is about this notification only. */
  readonly channel: ChannelOutcome | null;
}

export interface ChannelOutcome {
  /** Failed attempts since the newest success. */
  readonly failures: number;
  readonly pausedUntil: number;
  /** The channel recovered: every waiting delivery is due at once. */
  readonly releases: boolean;
}

const pendingOf = (notificationId: string, channelId: string) =>
  and(
    eq(deliveries.notificationId, notificationId),
    eq(deliveries.channelId, channelId),
    sql`${deliveries.state} = 'pending'`,
  );

/** Writes the outcome of an attempt, with the statements that belong to it. A finished delivery stays unchanged. */
export async function writeAttempt(
  db: D1Database,
  channelId: string,
  delivery: Pick<DueDelivery, 'notificationId' | 'subject' | 'attempts' | 'reached'>,
  record: AttemptRecord,
  now: number,
  more: readonly Statement[] = [],
): Promise<void> {
  const { notificationId, subject, attempts, reached } = delivery;
  const finished = record.nextAttemptAt === null;
  const outcome = finished
    ? { state: record.delivered ? ('delivered' as const) : ('failed' as const), turn: null, finishedAt: now }
    : { nextAttemptAt: record.nextAttemptAt, turn: 'waiting' as const };
  // The claim has set it, in case of a crash.
  const notReached = reached === false && record.reached === 'no' ? { reached: false } : {};
  await runBatch(db, [
    database(db)
      .update(deliveries)
      .set({
        attempts: attempts + 1,
        lastStatus: record.status,
        lastError: record.error,
        ...outcome,
        ...notReached,
      })
      .where(pendingOf(notificationId, channelId)),
    ...(finished ? [promoteHeads(db, channelId, [subject])] : []),
    ...(record.channel ? channelOutcome(db, channelId, record.channel, now) : []),
    ...more,
  ]);
}

/** Attempts that run at the same time may end in any order: the larger count of failures wins. */
function channelOutcome(
  db: D1Database,
  channelId: string,
  { failures, pausedUntil, releases }: ChannelOutcome,
  now: number,
): Statement[] {
  const orm = database(db);
  if (failures > 0) {
    const most = sql`max(${channels.failures}, ${failures})`;
    return [orm.update(channels).set({ failures: most, pausedUntil }).where(eq(channels.id, channelId))];
  }
  return [
    orm
      .update(channels)
      .set({ failures: 0, pausedUntil: 0 })
      .where(and(eq(channels.id, channelId), gt(channels.failures, 0))),
    ...(releases ? [releaseWaiting(db, channelId, now)] : []),
  ];
}

/** Why deliveries end without an attempt. */
export interface Settlement {
  readonly expired: readonly DeliveryFacts[];
  readonly expiredError: string;
  /** Replaced by the notification that ends the same incident, or by the outage that a regional problem became. */
  readonly replaced: readonly DeliveryFacts[];
  /** The end of something that the receiver was never notified of. */
  readonly pointless: readonly DeliveryFacts[];
}

const REPLACED = 'not sent: another notification replaces it, and no attempt reached the receiver';
const POINTLESS = 'not sent: the receiver was never notified of what it ends';

/** Ends deliveries without an attempt. */
export async function settleDeliveries(
  db: D1Database,
  channelId: string,
  { expired, expiredError, replaced, pointless }: Settlement,
  now: number,
): Promise<void> {
  const finish = (
    state: 'failed' | 'superseded',
    rows: readonly DeliveryFacts[],
    error: string,
    also?: SQL,
  ): Statement[] =>
    rows.length === 0 ? [] : [finishAll(db, channelId, idsOf(rows), { state, error, now }, also)];
  const subjects = [...expired, ...replaced, ...pointless].map(({ subject }) => subject);
  await runBatch(db, [
    ...finish('superseded', replaced, REPLACED, eq(deliveries.reached, false)),
    ...(replaced.length === 0 ? [] : [markOpenedNotSent(db, channelId, idsOf(replaced))]),
    ...finish('failed', expired, expiredError),
    ...finish('superseded', pointless, POINTLESS),
    promoteHeads(db, channelId, subjects),
  ]);
}

const idsOf = (rows: readonly Pick<DeliveryFacts, 'notificationId'>[]): string[] =>
  rows.map(({ notificationId }) => notificationId);

/** The plus keeps SQLite from a partial index with all that is pending for the channel: each row is found by its key. */
const pendingAmong = (channelId: string, notificationIds: SQL): SQL => sql`
  ${deliveries.notificationId} in (${notificationIds}) and ${deliveries.channelId} = ${channelId}
  and +${deliveries.state} = 'pending'`;

const finishAll = (
  db: D1Database,
  channelId: string,
  notificationIds: readonly string[],
  { state, error, now }: { state: 'failed' | 'superseded'; error: string; now: number },
  also?: SQL,
): Statement =>
  database(db)
    .update(deliveries)
    .set({ state, turn: null, lastError: error, finishedAt: now })
    .where(
      and(pendingAmong(channelId, sql`select value from json_each(${jsonList(notificationIds)})`), also),
    );

/** The notifications that are sent in place of those that were superseded just now, if nothing of the incident arrived. */
const markOpenedNotSent = (
  db: D1Database,
  channelId: string,
  notificationIds: readonly string[],
): Statement =>
  database(db)
    .update(deliveries)
    .set({ openedNotSent: true })
    .where(
      pendingAmong(
        channelId,
        sql`select b.superseded_by from json_each(${jsonList(notificationIds)}) r cross join ${deliveries} b
          join ${notifications} n on n.id = b.notification_id
          where b.notification_id = r.value and b.channel_id = ${channelId} and b.state = 'superseded'
            and not ${mayKnowIncident(sql`n.incident_id`, sql`${channelId}`)}`,
      ),
    );

const DELETED_AT_ONCE = 1_000;

/** Fails pending deliveries of a deleted channel. Returns whether some are left. */
export async function failDeliveriesOfDeletedChannel(
  db: D1Database,
  channelId: string,
  now: number,
): Promise<boolean> {
  const orm = database(db);
  const known = await orm.select({ id: channels.id }).from(channels).where(eq(channels.id, channelId));
  if (known.length > 0) return false;
  const rows = await orm
    .select({ notificationId: deliveries.notificationId, subject: deliveries.subject })
    .from(deliveries)
    .where(and(eq(deliveries.channelId, channelId), sql`${deliveries.state} = 'pending'`))
    .orderBy(deliveries.subject, deliveries.urgency, deliveries.position)
    .limit(DELETED_AT_ONCE);
  if (rows.length === 0) return false;
  const cut = rows.at(-1)!.subject;
  await runBatch(db, [
    finishAll(db, channelId, idsOf(rows), { state: 'failed', error: 'the channel was deleted', now }),
    // A channel of this id may be created meanwhile. Then the rest of this line is sent.
    promoteHeads(db, channelId, [cut]),
  ]);
  return rows.length === DELETED_AT_ONCE;
}
