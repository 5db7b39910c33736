// Owns which channels have something to send, now or in a moment. Every query reads rows in proportion to what it returns.
// Does not take deliveries: outbox.ts does.
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { database } from './database.ts';
import { type ClaimTimes, isAvailable } from './outbox.ts';
import { jsonList } from './outbox-lines.ts';
import { channels, deliveries } from './schema.ts';

/** No notification is held for longer. */
const MAX_HELD_MS = 30_000;

const hasDueDelivery = ({ now, maxWaitMs }: ClaimTimes): SQL => sql`(
  exists (select 1 from ${deliveries} r where r.channel_id = ${channels.id} and r.turn = 'ready')
  or exists (select 1 from ${deliveries} w where w.channel_id = ${channels.id} and w.turn = 'waiting'
    and w.next_attempt_at <= ${now})
  or exists (select 1 from ${deliveries} f where f.channel_id = ${channels.id} and f.turn = 'waiting'
    and f.next_attempt_at > ${now + maxWaitMs}))`;

/** Whether a consumer would find something to send for this channel. */
export async function hasDue(db: D1Database, channelId: string, times: ClaimTimes): Promise<boolean> {
  const rows = await database(db)
    .select({ id: channels.id })
    .from(channels)
    .where(and(eq(channels.id, channelId), isAvailable(times), hasDueDelivery(times)));
  return rows.length > 0;
}

/** Channels that a consumer would find something to send for, and deleted channels, so that their deliveries fail. */
export async function channelsWithDueDeliveries(db: D1Database, times: ClaimTimes): Promise<string[]> {
  const orm = database(db);
  const [due, deleted] = await orm.batch([
    orm
      .select({ id: channels.id })
      .from(channels)
      .where(and(isAvailable(times), hasDueDelivery(times))),
    // Jumps from one channel of the index to the next.
    orm.select({ id: sql<string>`found.id` }).from(sql`(
        with recursive pending(id) as (
          select min(channel_id) from ${deliveries} where state = 'pending'
          union all
          select (select min(d.channel_id) from ${deliveries} d where d.state = 'pending' and d.channel_id > pending.id)
          from pending where pending.id is not null)
        select id from pending where id is not null and id not in (select c.id from ${channels} c)) found`),
  ]);
  return [...due, ...deleted].map(({ id }) => id);
}

/** Channels that hold notifications to gather them, and when the first of these is due. */
export async function channelsWithHeldDeliveries(
  db: D1Database,
  { now }: Pick<ClaimTimes, 'now'>,
): Promise<{ readonly id: string; readonly at: number }[]> {
  const first = sql<number | null>`(select min(w.next_attempt_at) from ${deliveries} w
    where w.channel_id = ${channels.id} and w.turn = 'waiting' and w.next_attempt_at > ${now}
      and w.next_attempt_at <= ${now + MAX_HELD_MS} and w.held_until is not null and w.attempts = 0)`;
  const rows = await database(db)
    .select({ id: channels.id, at: first.as('at') })
    .from(channels)
    .where(eq(channels.enabled, true));
  return rows.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }]));
}

/** Channels whose newest attempt failed, of these. */
export async function failingChannels(db: D1Database, channelIds: readonly string[]): Promise<string[]> {
  const rows = await database(db)
    .select({ id: channels.id })
    .from(channels)
    .where(
      sql`${channels.id} in (select value from json_each(${jsonList(channelIds)})) and ${channels.failures} > 0`,
    );
  return rows.map(({ id }) => id);
}

/** When the channel's next attempt is due that is not due yet. Null if nothing waits. */
export async function nextAttemptAt(db: D1Database, channelId: string, now: number): Promise<number | null> {
  const rows = await database(db)
    .select({
      pausedUntil: channels.pausedUntil,
      hasReady: sql<number>`exists (select 1 from ${deliveries} r where r.channel_id = ${channels.id} and r.turn = 'ready')`,
      waitsUntil: sql<number | null>`(select min(w.next_attempt_at) from ${deliveries} w
        where w.channel_id = ${channels.id} and w.turn = 'waiting')`,
    })
    .from(channels)
    .where(and(eq(channels.id, channelId), eq(channels.enabled, true)));
  const row = rows[0];
  if (!row) return null;
  const { pausedUntil, hasReady, waitsUntil } = row;
  if (hasReady && pausedUntil > now) return pausedUntil;
  return waitsUntil === null ? null : Math.max(waitsUntil, pausedUntil);
}
