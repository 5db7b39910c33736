// Owns which deliveries one message carries: what can be gathered, and the mark of each before the first attempt. The mark
// never changes while the message is pending, so every attempt carries the same notifications. Does not decide what is
// gathered: src/delivery/gather.ts does.
import { and, eq, sql } from 'drizzle-orm';
import type { WebhookBody } from '../channels/notification.ts';
import { fromStored } from '../channels/stored-body.ts';
import { database } from './database.ts';
import type { DueDelivery } from './outbox.ts';
import { exceptFor } from './outbox.ts';
import { jsonList } from './outbox-lines.ts';
import { channels, deliveries, notifications } from './schema.ts';

/** A delivery that a message carries, or can carry, besides its own. */
export interface Carried {
  readonly notificationId: string;
  readonly subject: string;
  readonly state: (typeof deliveries.$inferSelect)['state'];
  readonly heldUntil: number | null;
  readonly routeId: string | null;
  readonly incidentId: string | null;
  readonly openedNotSent: boolean;
  readonly body: WebhookBody;
}

/** Notifications in one message at most, whatever its vendor allows. */
export const MAX_CARRIED = 100;
/** Longer bodies are read without their evidence: a message of many shows none of it. */
const LONG_BODY_CHARACTERS = 20_000;

const columns = {
  notificationId: deliveries.notificationId,
  subject: deliveries.subject,
  state: deliveries.state,
  heldUntil: deliveries.heldUntil,
  routeId: deliveries.routeId,
  incidentId: notifications.incidentId,
  openedNotSent: deliveries.openedNotSent,
  body: sql<string>`case when length(${notifications.body}) > ${LONG_BODY_CHARACTERS}
    then json_set(${notifications.body}, '$.data.evidence', json('[]')) else ${notifications.body} end`.as(
    'body',
  ),
};

const withBody = (row: Omit<Carried, 'body'> & { readonly body: string }): Carried => ({
  ...row,
  body: fromStored(JSON.parse(row.body)),
});

export interface Gatherable {
  /** What the message carries already, also if it was delivered or given up before. */
  readonly carried: readonly Carried[];
  /** Other heads of lines that were never attempted, the most severe first. */
  readonly ready: readonly Carried[];
  /** Those that wait to be gathered with this one. */
  readonly held: readonly Carried[];
}

/** What can go with a delivery that its consumer has claimed. */
export async function readGatherable(
  db: D1Database,
  channelId: string,
  lead: Pick<DueDelivery, 'notificationId' | 'heldUntil' | 'routeId' | 'mergedInto'>,
  inFlight: readonly string[],
): Promise<Gatherable> {
  const orm = database(db);
  const select = () =>
    orm
      .select(columns)
      .from(deliveries)
      .innerJoin(notifications, eq(notifications.id, deliveries.notificationId));
  const carried = select()
    .where(
      sql`${deliveries.mergedInto} = ${lead.notificationId} and ${deliveries.channelId} = ${channelId}
        and ${deliveries.notificationId} <> ${lead.notificationId}
        and ${deliveries.state} in ('pending', 'merged', 'failed')`,
    )
    .orderBy(deliveries.urgency, deliveries.position, sql`${deliveries}.rowid`)
    .limit(MAX_CARRIED);
  if (lead.mergedInto !== null) return { carried: (await carried).map(withBody), ready: [], held: [] };
  const isNew = sql`d.merged_into is null and d.attempts = 0 and d.superseded_by is null
    and d.notification_id <> ${lead.notificationId} ${exceptFor(inFlight)}`;
  const heldUntil = (at: number) =>
    select()
      .where(
        sql`${deliveries}.rowid in (select d.rowid from ${deliveries} d
          where d.channel_id = ${channelId} and d.turn = 'waiting' and d.next_attempt_at <= ${at}
            and d.held_until is not null and d.route_id is ${lead.routeId} and ${isNew}
          order by d.next_attempt_at limit ${MAX_CARRIED})`,
      )
      .orderBy(deliveries.urgency, deliveries.position, sql`${deliveries}.rowid`);
  const [before, ready, held = []] = await orm.batch([
    carried,
    select()
      .where(
        sql`${deliveries}.rowid in (select d.rowid from ${deliveries} d
          where d.channel_id = ${channelId} and d.turn = 'ready' and ${isNew}
          order by d.urgency, d.position, d.rowid limit ${MAX_CARRIED})`,
      )
      .orderBy(deliveries.urgency, deliveries.position, sql`${deliveries}.rowid`),
    ...(lead.heldUntil === null ? [] : [heldUntil(lead.heldUntil)]),
  ]);
  return { carried: before.map(withBody), ready: ready.map(withBody), held: held.map(withBody) };
}

/**
 * Puts a message together, before its first attempt. Only the holder of the lease may. Each of `others` counts as one that
 * can have reached its receiver from now on. False if the lease was lost: nothing may be sent.
 */
export async function putTogether(
  db: D1Database,
  channelId: string,
  token: string,
  lead: string,
  others: readonly string[],
): Promise<boolean> {
  const ids = jsonList([lead, ...others]);
  const isLead = sql`${deliveries.notificationId} = ${lead}`;
  const orm = database(db);
  const update = orm
    .update(deliveries)
    .set({
      mergedInto: lead,
      turn: sql`case when ${isLead} then ${deliveries.turn} end`,
      reached: sql`case when ${isLead} or ${deliveries.reached} is null then ${deliveries.reached} else 1 end`,
    })
    .where(
      and(
        sql`${deliveries.notificationId} in (select value from json_each(${ids})) and ${deliveries.channelId} = ${channelId}`,
        sql`+${deliveries.state} = 'pending'`,
        sql`exists (select 1 from ${channels} c where c.id = ${channelId} and c.lease = ${token})`,
      ),
    )
    .returning({ id: deliveries.notificationId });
  // A batch reports the rows that D1 counts.
  const [rows] = await orm.batch([update]);
  return rows.length === others.length + 1;
}

/** A channel that has sent enough in this minute waits until it is over. */
export async function pauseChannel(db: D1Database, channelId: string, until: number): Promise<void> {
  await database(db).update(channels).set({ pausedUntil: until }).where(eq(channels.id, channelId));
}
