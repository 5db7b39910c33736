// Owns the writes that end or postpone a delivery. Each finishes a delivery and gives the next one of its line its turn in
// one transaction, so a crash leaves no line without a head. Does not decide outcomes: delivery does.
import { and, eq, gt, sql } from 'drizzle-orm';
import { database, runBatch, type Statement } from './database.ts';
import type { DeliveryFacts, DueDelivery } from './outbox.ts';
import {
  failCarried,
  finishCarried,
  forgetReached,
  markOpenedNotSent,
  mergeReplaced,
  pendingAmong,
  splitOff,
} from './outbox-carried.ts';
import { jsonList, promoteAllHeads, promoteHeads, releaseWaiting } from './outbox-lines.ts';
import { channels, deliveries, receipts } from './schema.ts';

/** Outcome of an attempt. `nextAttemptAt` is null after the last one: the delivery is delivered or failed. */
export interface AttemptRecord {
  readonly delivered: boolean;
  readonly status: number | null;
  readonly error: string | null;
  /** The beginning of the response, without secrets. */
  readonly response: string | null;
  readonly warning: string | null;
  readonly nextAttemptAt: number | null;
  /** `no`: no connection was established, so the receiver cannot know of the attempt. */
  readonly reached: 'no' | 'maybe';
  /** What the attempt means for the channel. Null: nothing, it is about this notification only. */
  readonly channel: ChannelOutcome | null;
  /** What the receiver returned for the condition `key`. Null: nothing that a later message needs. */
  readonly receipt: { readonly key: string; readonly receipt: string } | null;
  /** The receiver refuses the message as a whole: each notification is sent on its own. */
  readonly splits: boolean;
}

export interface ChannelOutcome {
  /** Failed attempts since the newest success. */
  readonly failures: number;
  readonly pausedUntil: number;
  /** The channel recovered: every waiting delivery is due at once. */
  readonly releases: boolean;
  /** The message counts: of more than this many in a minute, one is made. Null: the channel has no such limit. */
  readonly perMinute: number | null;
}

const MINUTE_MS = 60_000;

const pendingOf = (notificationId: string, channelId: string) =>
  and(
    eq(deliveries.notificationId, notificationId),
    eq(deliveries.channelId, channelId),
    sql`${deliveries.state} = 'pending'`,
  );

type Attempted = Pick<DueDelivery, 'notificationId' | 'subject' | 'attempts' | 'reached'>;

/**
 * Writes the outcome of an attempt, with the statements that belong to it. A finished delivery stays unchanged. `carried`
 * are the other deliveries of the message: they end with it.
 */
export async function writeAttempt(
  db: D1Database,
  channelId: string,
  delivery: Attempted,
  record: AttemptRecord,
  now: number,
  carried: readonly Pick<DueDelivery, 'notificationId' | 'subject'>[] = [],
): Promise<void> {
  const { notificationId, subject, attempts, reached } = delivery;
  const finished = record.nextAttemptAt === null;
  const outcome = finished
    ? { state: record.delivered ? ('delivered' as const) : ('failed' as const), turn: null, finishedAt: now }
    : { nextAttemptAt: record.nextAttemptAt, turn: 'waiting' as const };
  // The claim has set it, in case of a crash.
  const notReached = reached === false && record.reached === 'no';
  const others = idsOf(carried);
  const ofOthers = !finished && !record.splits ? [] : carried.map((one) => one.subject);
  await runBatch(db, [
    database(db)
      .update(deliveries)
      .set({
        attempts: attempts + 1,
        lastStatus: record.status,
        lastError: record.error,
        lastResponse: record.response,
        warning: record.warning,
        ...outcome,
        ...(notReached ? { reached: false } : {}),
      })
      .where(pendingOf(notificationId, channelId)),
    ...(record.splits ? [splitOff(db, channelId, notificationId)] : []),
    ...(finished && carried.length > 0
      ? [
          record.delivered
            ? finishCarried(db, channelId, others, now)
            : failCarried(db, channelId, [notificationId], now),
        ]
      : []),
    ...(!finished && notReached && others.length > 0 ? [forgetReached(db, channelId, others)] : []),
    ...(finished || record.splits ? [promoteHeads(db, channelId, [subject, ...ofOthers])] : []),
    ...(record.channel ? channelOutcome(db, channelId, record.channel, now) : []),
    ...(record.receipt ? [storeReceipt(db, channelId, record.receipt, now)] : []),
  ]);
}

const storeReceipt = (
  db: D1Database,
  channelId: string,
  { key, receipt }: NonNullable<AttemptRecord['receipt']>,
  updatedAt: number,
): Statement =>
  database(db)
    .insert(receipts)
    .values({ channelId, key, receipt, updatedAt })
    .onConflictDoUpdate({ target: [receipts.channelId, receipts.key], set: { receipt, updatedAt } });

/** Attempts that run at the same time may end in any order: the larger count of failures wins. */
function channelOutcome(
  db: D1Database,
  channelId: string,
  { failures, pausedUntil, releases, perMinute }: ChannelOutcome,
  now: number,
): Statement[] {
  const orm = database(db);
  if (failures > 0) {
    const most = sql`max(${channels.failures}, ${failures})`;
    return [orm.update(channels).set({ failures: most, pausedUntil }).where(eq(channels.id, channelId))];
  }
  return [
    perMinute === null
      ? orm
          .update(channels)
          .set({ failures: 0, pausedUntil: 0 })
          .where(and(eq(channels.id, channelId), gt(channels.failures, 0)))
      : countMessage(db, channelId, perMinute, now),
    ...(releases ? [releaseWaiting(db, channelId, now)] : []),
  ];
}

/** After as many messages as a minute may have, the channel waits for the next one. */
function countMessage(db: D1Database, channelId: string, perMinute: number, now: number): Statement {
  const isOver = sql`(${channels.minuteStartedAt} <= ${now - MINUTE_MS} or ${channels.minuteStartedAt} > ${now})`;
  const isLast = sql`(not ${isOver} and ${channels.minuteMessages} + 1 >= ${perMinute})`;
  return database(db)
    .update(channels)
    .set({
      failures: 0,
      minuteStartedAt: sql`case when ${isOver} then ${now} else ${channels.minuteStartedAt} end`,
      minuteMessages: sql`case when ${isOver} then 1 else ${channels.minuteMessages} + 1 end`,
      pausedUntil: sql`case when ${isLast} then ${channels.minuteStartedAt} + ${MINUTE_MS} else 0 end`,
    })
    .where(eq(channels.id, channelId));
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
  ): Statement[] => (rows.length === 0 ? [] : [finishAll(db, channelId, idsOf(rows), { state, error, now })]);
  const subjects = [...expired, ...replaced, ...pointless].map(({ subject }) => subject);
  const carried = expired.length === 0 ? [] : [failCarried(db, channelId, idsOf(expired), now)];
  const lines = expired.some((row) => row.carriesOthers) ? [promoteAllHeads(db, channelId)] : [];
  await runBatch(db, [
    ...(replaced.length === 0
      ? []
      : [
          mergeReplaced(db, channelId, idsOf(replaced), now),
          markOpenedNotSent(db, channelId, idsOf(replaced)),
        ]),
    ...carried,
    ...finish('failed', expired, expiredError),
    ...finish('superseded', pointless, POINTLESS),
    promoteHeads(db, channelId, subjects),
    ...lines,
  ]);
}

const idsOf = (rows: readonly Pick<DeliveryFacts, 'notificationId'>[]): string[] =>
  rows.map(({ notificationId }) => notificationId);

const finishAll = (
  db: D1Database,
  channelId: string,
  notificationIds: readonly string[],
  { state, error, now }: { state: 'failed' | 'superseded'; error: string; now: number },
): Statement =>
  database(db)
    .update(deliveries)
    .set({ state, turn: null, lastError: error, finishedAt: now })
    .where(pendingAmong(channelId, sql`select value from json_each(${jsonList(notificationIds)})`));

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
