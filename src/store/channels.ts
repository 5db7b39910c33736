// The channels table. Sealed configs pass through untouched; this file never sees a secret.
import { and, asc, eq, sql } from 'drizzle-orm';
import { channels, monitors } from './schema.ts';
import { database } from './shard.ts';

export type ChannelRow = typeof channels.$inferSelect;
export type NewChannelRow = typeof channels.$inferInsert;

export const listChannels = (db: D1Database): Promise<ChannelRow[]> =>
  database(db).select().from(channels).orderBy(asc(channels.name), asc(channels.id));

export async function findChannel(db: D1Database, id: string): Promise<ChannelRow | null> {
  const rows = await database(db).select().from(channels).where(eq(channels.id, id));
  return rows[0] ?? null;
}

/** Null when the id is taken. */
export async function insertChannel(db: D1Database, row: NewChannelRow): Promise<ChannelRow | null> {
  const rows = await database(db).insert(channels).values(row).onConflictDoNothing().returning();
  return rows[0] ?? null;
}

/** Writes what people configure and leaves the lease alone. Null when somebody else changed or deleted the row since. */
export async function updateChannel(
  db: D1Database,
  read: ChannelRow,
  next: NewChannelRow,
): Promise<ChannelRow | null> {
  const { name, sealedConfig, publicConfig, enabled, updatedAt } = next;
  const rows = await database(db)
    .update(channels)
    .set({ name, sealedConfig, publicConfig, enabled, updatedAt, version: read.version + 1 })
    .where(and(eq(channels.id, read.id), eq(channels.version, read.version)))
    .returning();
  return rows[0] ?? null;
}

const namesChannel = (id: string) =>
  sql`json_type(${monitors.channels}) = 'array' AND EXISTS (SELECT 1 FROM json_each(${monitors.channels}) WHERE value = ${id})`;

/** Ids of the monitors that name this channel (those with "all" do not name it). */
export async function monitorsUsing(db: D1Database, id: string): Promise<string[]> {
  const rows = await database(db)
    .select({ id: monitors.id })
    .from(monitors)
    .where(namesChannel(id))
    .orderBy(asc(monitors.id));
  return rows.map((row) => row.id);
}

/** Deletes unless a monitor names it by now. */
export async function deleteUnusedChannel(db: D1Database, id: string): Promise<boolean> {
  const rows = await database(db)
    .delete(channels)
    .where(and(eq(channels.id, id), sql`NOT EXISTS (SELECT 1 FROM ${monitors} WHERE ${namesChannel(id)})`))
    .returning({ id: channels.id });
  return rows.length > 0;
}
