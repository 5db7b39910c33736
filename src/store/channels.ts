// Owns the channels table: what people configure of a channel. Sealed configs pass through; no secret is opened here.
// Does not own the lease of a channel: outbox.ts does.
import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { ENABLED_AFRESH, enablingStatements } from './channel-enabling.ts';
import { database, type Statement } from './database.ts';
import { setChannels } from './monitors.ts';
import { resumeChannel } from './outbox-lines.ts';
import { channels, monitors, receipts } from './schema.ts';

export type ChannelRow = typeof channels.$inferSelect;
export type NewChannelRow = typeof channels.$inferInsert;

export const listChannels = (db: D1Database): Promise<ChannelRow[]> =>
  database(db).select().from(channels).orderBy(asc(channels.name), asc(channels.id));

export async function findChannel(db: D1Database, id: string): Promise<ChannelRow | null> {
  const rows = await database(db).select().from(channels).where(eq(channels.id, id));
  return rows[0] ?? null;
}

/** Nothing if the id is taken. Its result is the new row. */
export const insertChannel = (db: D1Database, row: NewChannelRow): Statement =>
  database(db).insert(channels).values(row).onConflictDoNothing().returning();

/** An update, and what it entails. The result of `update` is the new row. */
export interface ChannelUpdate {
  readonly update: Statement;
  /** For the same transaction, behind the update. */
  readonly following: readonly Statement[];
}

/**
 * Writes what people configure and leaves the lease alone. Nothing if the row has another version now, or is gone. If the
 * channel is enabled then, what waits is due; if it was not before, what is open is queued. Deliveries expire after
 * `maxAgeMs`.
 */
export function updateChannel(
  db: D1Database,
  { id, version, enabled: wasEnabled }: Pick<ChannelRow, 'id' | 'version' | 'enabled'>,
  next: NewChannelRow,
  maxAgeMs: number,
): ChannelUpdate {
  const { name, sealedConfig, publicConfig, templates, tags, enabled, updatedAt } = next;
  const update = database(db)
    .update(channels)
    .set({
      ...{ name, sealedConfig, publicConfig, enabled, updatedAt, version: version + 1 },
      ...(tags === undefined ? {} : { tags }),
      ...(templates === undefined ? {} : { templates }),
      ...(enabled ? ENABLED_AFRESH : {}),
    })
    .where(and(eq(channels.id, id), eq(channels.version, version)))
    .returning();
  const resuming = wasEnabled ? resumeChannel(db, id) : enablingStatements(db, id, updatedAt, maxAgeMs);
  return { update, following: enabled ? [forgetReceipts(db, id), ...resuming] : [] };
}

/** Another address or another room does not know the messages of before. */
const forgetReceipts = (db: D1Database, id: string): Statement =>
  database(db).delete(receipts).where(eq(receipts.channelId, id));

export const upsertChannel = (db: D1Database, row: NewChannelRow): Statement => {
  const { createdAt: _, ...values } = row;
  return database(db)
    .insert(channels)
    .values(row)
    .onConflictDoUpdate({
      target: channels.id,
      set: {
        ...values,
        version: sql`${channels.version} + 1`,
        ...(row.enabled ? ENABLED_AFRESH : {}),
      },
    });
};

export const removeChannelsExcept = (db: D1Database, ids: Iterable<string>): Statement =>
  database(db)
    .delete(channels)
    .where(sql`${channels.id} not in (select value from json_each(${JSON.stringify([...ids])}))`);

const namesChannel = (id: string) =>
  sql`json_type(${monitors.channels}) = 'array' AND EXISTS (SELECT 1 FROM json_each(${monitors.channels}) WHERE value = ${id})`;

export type ChannelUser = Pick<typeof monitors.$inferSelect, 'id' | 'name' | 'number' | 'channels' | 'tags'>;

/** The monitors that list this channel, by id. Monitors with "default" do not list it. */
export function monitorsUsing(db: D1Database, id: string): Promise<ChannelUser[]> {
  const { id: monitorId, name, number, channels: listed, tags } = monitors;
  return database(db)
    .select({ id: monitorId, name, number, channels: listed, tags })
    .from(monitors)
    .where(namesChannel(id))
    .orderBy(asc(monitors.id));
}

/** Whether the channel still has this version. */
export const isVersion = ({ id, version }: Pick<ChannelRow, 'id' | 'version'>): SQL =>
  sql`exists (select 1 from ${channels} where ${and(eq(channels.id, id), eq(channels.version, version))})`;

/**
 * Deletes the channel, and removes it from the monitors that list it. Neither happens if the channel has another version
 * now. For a commit: a monitor that is written at the same time conflicts with it.
 */
export const removeChannel = (
  db: D1Database,
  { id, version }: Pick<ChannelRow, 'id' | 'version'>,
  users: readonly ChannelUser[],
): Statement[] => [
  forgetReceipts(db, id),
  ...setChannels(
    db,
    users.map(({ number, channels: listed }) => ({
      number,
      channels: listed === 'default' ? listed : listed.filter((one) => one !== id),
    })),
    isVersion({ id, version }),
  ),
  database(db)
    .delete(channels)
    .where(and(eq(channels.id, id), eq(channels.version, version))),
];
