// Owns the redelivery of one finished delivery: why it is refused, and what is queued with it. Does not send.
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Caller } from '../access/caller.ts';
import type { EncryptionKeys } from '../encryption-key.ts';
import { err, ok } from '../result.ts';
import { type AuditedWrite, runAudited } from './audit.ts';
import { database } from './database.ts';
import type { DeliveryRow } from './deliveries.ts';
import { AFTER_NEWEST_COMMIT, NOW, promoteHeads } from './outbox-lines.ts';
import { channels, deliveries } from './schema.ts';

/** Why a delivery is not queued again. */
export type Refusal = 'unknown' | 'pending' | 'replaced' | 'end_pending' | 'channel';

/**
 * Makes a finished delivery pending again with all its attempts, behind what is pending for the same subject. If it is the
 * failed beginning of something that has ended, its end follows again: a receiver that learns of it now learns of its end.
 * Null: it is queued.
 */
export async function queueAgain(
  db: D1Database,
  keys: EncryptionKeys,
  caller: Caller,
  { notificationId, channelId }: Pick<DeliveryRow, 'notificationId' | 'channelId'>,
): Promise<Refusal | null> {
  const written = await runAudited<Refusal>(db, keys, caller, async () => {
    const its = and(eq(deliveries.notificationId, notificationId), eq(deliveries.channelId, channelId));
    const [delivery] = await database(db).select().from(deliveries).where(its);
    if (!delivery) return err('unknown');
    if (delivery.state === 'pending') return err('pending');
    const isReplaced = delivery.state === 'merged' && delivery.supersededBy === delivery.mergedInto;
    if (delivery.state === 'superseded' || isReplaced) return err('replaced');
    return ok(queueingOf(db, delivery));
  });
  if (!written.ok) return written.error;
  const [ends, queued] = written.value as [{ state: string }[], unknown[]];
  if (queued.length > 0) return null;
  return ends.some(({ state }) => state === 'pending') ? 'end_pending' : 'channel';
}

/** The first statement reads the ends of the notification, and the second returns what was queued. */
function queueingOf(db: D1Database, delivery: typeof deliveries.$inferSelect): AuditedWrite {
  const orm = database(db);
  const { notificationId, channelId, subject, urgency, state, attempts, lastError } = delivery;
  const its = and(eq(deliveries.notificationId, notificationId), eq(deliveries.channelId, channelId));
  const beginsAnew = state === 'failed' && delivery.reached !== null;
  const isEnabled = sql`exists (select 1 from ${channels} c where c.id = ${channelId} and c.enabled = 1)`;
  const isEnd = sql`${deliveries.channelId} = ${channelId} and ${deliveries.notificationId} in (${endsOf(notificationId)})`;
  const hasNoPendingEnd = sql`not exists (select 1 from ${deliveries} e where e.channel_id = ${channelId}
    and e.notification_id in (${endsOf(notificationId)}) and +e.state = 'pending')`;
  return {
    statements: [
      orm
        .select({ state: deliveries.state })
        .from(deliveries)
        .where(beginsAnew ? isEnd : sql`false`),
      orm
        .update(deliveries)
        .set(AGAIN)
        .where(and(its, eq(deliveries.state, state), isEnabled, beginsAnew ? hasNoPendingEnd : undefined))
        .returning({ id: deliveries.notificationId }),
    ],
    record: {
      action: 'delivery.redelivered',
      target: { type: 'delivery', id: `${notificationId}/${channelId}`, name: notificationId },
      before: { state, attempts, lastError },
      after: { state: 'pending', attempts: 0 },
    },
    options: { ifChanged: true },
    following: [
      orm
        .update(deliveries)
        .set(AGAIN)
        .where(
          beginsAnew
            ? sql`${isEnd} and ${deliveries.state} <> 'pending' and exists (select 1 from ${deliveries} b
              where b.notification_id = ${notificationId} and b.channel_id = ${channelId} and b.state = 'pending')`
            : sql`false`,
        ),
      orm
        .update(deliveries)
        .set({ urgency })
        .where(
          and(
            eq(deliveries.channelId, channelId),
            eq(deliveries.subject, subject),
            sql`${deliveries.state} = 'pending' and ${deliveries.urgency} > ${urgency}`,
          ),
        ),
      promoteHeads(db, channelId, [subject]),
    ],
  };
}

/** Columns of a delivery that is queued again. */
const AGAIN = {
  ...{ state: 'pending' as const, turn: null, released: false, attempts: 0, finishedAt: null },
  ...{ supersededBy: null, openedNotSent: false, position: AFTER_NEWEST_COMMIT, createdAt: NOW },
  heldUntil: null,
  // A message that carried others carries them again. What another one carried is sent on its own.
  mergedInto: sql`case when ${deliveries.mergedInto} = ${deliveries.notificationId} then ${deliveries.mergedInto} end`,
};

/** Ids of the notifications that end what this one began. An incident can begin as a regional problem and end as an outage. */
const endsOf = (notificationId: string): SQL => sql`
  select n.id from notifications o join notifications n on n.incident_id = o.incident_id and n.ends is not null
    where o.id = ${notificationId}
  union select ${notificationId} || '_ended'`;
