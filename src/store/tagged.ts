// Owns reading the tags of all monitors and channels: they decide what a restricted person or key sees.
import { database } from './database.ts';
import { channels, monitors, schedules } from './schema.ts';
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

export type TaggedEntry = {
  readonly id: string;
  readonly name: string;
  readonly tags: Record<string, string>;
};

/** What a route can name: id, name and tags of all monitors, channels and schedules. */
export async function listRouteTargets(db: D1Database): Promise<{
  readonly monitors: readonly TaggedEntry[];
  readonly channels: readonly (TaggedEntry & { readonly enabled: boolean; readonly type: string })[];
  readonly schedules: readonly TaggedEntry[];
}> {
  const orm = database(db);
  const [ofMonitors, ofChannels, ofSchedules] = await orm.batch([
    orm.select({ id: monitors.id, name: monitors.name, tags: monitors.tags }).from(monitors),
    orm
      .select({
        ...{ id: channels.id, name: channels.name, tags: channels.tags },
        ...{ enabled: channels.enabled, type: channels.type },
      })
      .from(channels),
    orm.select({ id: schedules.id, name: schedules.name, tags: schedules.tags }).from(schedules),
  ]);
  return { monitors: ofMonitors, channels: ofChannels, schedules: ofSchedules };
}
