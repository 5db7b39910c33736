// Owns reading what a status page can name: monitors and their groups, channels, and identity providers.
import { database } from './database.ts';
import { channels, identityProviders, monitors } from './schema.ts';

export interface PageTargets {
  readonly monitors: readonly Pick<typeof monitors.$inferSelect, 'id' | 'group' | 'tags'>[];
  readonly channels: readonly Pick<typeof channels.$inferSelect, 'id' | 'type' | 'tags'>[];
  /** Ids. */
  readonly providers: ReadonlySet<string>;
}

/** Read in one transaction. */
export async function listPageTargets(db: D1Database): Promise<PageTargets> {
  const orm = database(db);
  const [ofMonitors, ofChannels, ofProviders] = await orm.batch([
    orm.select({ id: monitors.id, group: monitors.group, tags: monitors.tags }).from(monitors),
    orm.select({ id: channels.id, type: channels.type, tags: channels.tags }).from(channels),
    orm.select({ id: identityProviders.id }).from(identityProviders),
  ]);
  return {
    monitors: ofMonitors,
    channels: ofChannels,
    providers: new Set(ofProviders.map(({ id }) => id)),
  };
}
