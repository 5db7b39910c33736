// Owns the settings table: values of the whole mesh, one row each.
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { database, type Statement } from './database.ts';
import { settings } from './schema.ts';

export type SettingRow = typeof settings.$inferSelect;

/** What the setting `notifications` holds. */
export interface NotificationSettings {
  /** Channels of monitors that no route and no list of their own decides about. */
  readonly defaultChannels: readonly string[];
}

export const NOTIFICATIONS = 'notifications';

/** Names of locations for readers of status pages, by id. */
export const LOCATION_NAMES = 'location_names';

export async function findSetting(db: D1Database, name: string): Promise<SettingRow | null> {
  const rows = await database(db).select().from(settings).where(eq(settings.name, name));
  return rows[0] ?? null;
}

/** The default channels, and the version of the row (0: it is not stored yet). */
export async function readDefaultChannels(
  db: D1Database,
): Promise<{ readonly ids: readonly string[]; readonly version: number; readonly updatedAt: number }> {
  const row = await findSetting(db, NOTIFICATIONS);
  const value = row?.value as NotificationSettings | undefined;
  return {
    ids: value?.defaultChannels ?? [],
    version: row?.version ?? 0,
    updatedAt: row?.updatedAt ?? 0,
  };
}

/** Nothing if the row has another version than `version` now, or the condition is false. */
export const writeDefaultChannels = (
  db: D1Database,
  ids: readonly string[],
  version: number,
  now: number,
  condition?: SQL,
): Statement => {
  const value: NotificationSettings = { defaultChannels: ids };
  const orm = database(db);
  return version === 0
    ? orm
        .insert(settings)
        .values({ name: NOTIFICATIONS, value, sealed: null, updatedAt: now })
        .onConflictDoNothing()
    : orm
        .update(settings)
        .set({ value, updatedAt: now, version: sql`${settings.version} + 1` })
        .where(and(eq(settings.name, NOTIFICATIONS), eq(settings.version, version), condition));
};

/** An entry of the audit log is in the same transaction, so two changes never cross. */
export const writeLocationNames = (
  db: D1Database,
  names: Readonly<Record<string, string>>,
  now: number,
): Statement =>
  database(db)
    .insert(settings)
    .values({ name: LOCATION_NAMES, value: names, sealed: null, updatedAt: now })
    .onConflictDoUpdate({
      target: settings.name,
      set: { value: names, updatedAt: now, version: sql`${settings.version} + 1` },
    });
