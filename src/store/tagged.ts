// Owns reading the tags of all monitors and channels: they decide what a restricted person or key sees.
import { database } from './database.ts';
import { channels, monitors } from './schema.ts';
import type { ScopedMonitor } from './window-scope.ts';

export type TaggedChannel = Pick<typeof channels.$inferSelect, 'id' | 'tags'>;

/** Read in one transaction. */
export async function listTagged(
  db: D1Database,
): Promise<{ readonly monitors: readonly ScopedMonitor[]; readonly channels: readonly TaggedChannel[] }> {
  const orm = database(db);
  const [ofMonitors, ofChannels] = await orm.batch([
    orm.select({ id: monitors.id, number: monitors.number, tags: monitors.tags }).from(monitors),
    orm.select({ id: channels.id, tags: channels.tags }).from(channels),
  ]);
  return { monitors: ofMonitors, channels: ofChannels };
}
