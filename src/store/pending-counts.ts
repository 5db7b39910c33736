// Owns how many deliveries are pending for each channel. Does not list them: deliveries.ts does.
import { sql } from 'drizzle-orm';
import { database } from './database.ts';

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
