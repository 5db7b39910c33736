// Owns the rows of the heartbeat among the settings: its address, and how the newest call ended. The address passes sealed.
import { and, eq, sql } from 'drizzle-orm';
import { database, isListed, type Statement } from './database.ts';
import { settings } from './schema.ts';

const NAME = 'heartbeat';
/** Apart from the address, so that a call changes no version. */
const RESULT = 'heartbeat_result';

export interface HeartbeatSetting {
  /** The host of the address, which is not secret. */
  readonly host: string;
  readonly sealed: string;
  readonly version: number;
}

/** How calls ended. Times are ms since the epoch. */
export interface HeartbeatResult {
  readonly at: number;
  /** Null without a response. */
  readonly status: number | null;
  /** Null: the newest call succeeded. */
  readonly error: string | null;
  readonly lastSuccessAt: number | null;
  /** The first failure since the last success. */
  readonly failingSince: number | null;
}

export interface StoredHeartbeat {
  readonly setting: HeartbeatSetting | null;
  readonly result: HeartbeatResult | null;
}

/** One statement: every tick runs it. */
export async function findHeartbeat(db: D1Database): Promise<StoredHeartbeat> {
  const rows = await database(db)
    .select()
    .from(settings)
    .where(isListed(settings.name, [NAME, RESULT]));
  const setting = rows.find(({ name }) => name === NAME);
  const result = rows.find(({ name }) => name === RESULT);
  return {
    setting: setting?.sealed
      ? { ...(setting.value as { host: string }), sealed: setting.sealed, version: setting.version }
      : null,
    result: (result?.value as HeartbeatResult | undefined) ?? null,
  };
}

/** Nothing if the row has another version than `version` now. 0: it is not stored. */
export const writeHeartbeat = (
  db: D1Database,
  { host, sealed, version }: HeartbeatSetting,
  now: number,
): Statement =>
  version === 0
    ? database(db)
        .insert(settings)
        .values({ name: NAME, value: { host }, sealed, updatedAt: now })
        .onConflictDoNothing()
    : database(db)
        .update(settings)
        .set({ value: { host }, sealed, updatedAt: now, version: version + 1 })
        .where(and(eq(settings.name, NAME), eq(settings.version, version)));

export const removeHeartbeatResult = (db: D1Database): Statement =>
  database(db).delete(settings).where(eq(settings.name, RESULT));

export const removeHeartbeat = (db: D1Database, { version }: Pick<HeartbeatSetting, 'version'>): Statement =>
  database(db)
    .delete(settings)
    .where(and(eq(settings.name, NAME), eq(settings.version, version)));

export async function saveHeartbeatResult(db: D1Database, result: HeartbeatResult): Promise<void> {
  await database(db)
    .insert(settings)
    .values({ name: RESULT, value: result, sealed: null, updatedAt: result.at })
    .onConflictDoUpdate({
      target: settings.name,
      set: { value: result, updatedAt: result.at, version: sql`${settings.version} + 1` },
    });
}
