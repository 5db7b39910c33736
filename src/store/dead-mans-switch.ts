// Owns the rows of the dead man's switch among the settings: its address, and how the newest call ended. The address passes sealed.
import { and, eq, sql } from 'drizzle-orm';
import { database, isListed, type Statement } from './database.ts';
import { settings } from './schema.ts';

/** What it was called when the first ones were stored. Rows keep their names. */
const NAME = 'heartbeat';
/** Apart from the address, so that a call changes no version. */
const RESULT = 'heartbeat_result';

export interface DeadMansSwitchSetting {
  /** The host of the address, which is not secret. */
  readonly host: string;
  readonly sealed: string;
  readonly version: number;
}

/** How calls ended. Times are ms since the epoch. */
export interface DeadMansSwitchResult {
  readonly at: number;
  /** Null without a response. */
  readonly status: number | null;
  /** Null: the newest call succeeded. */
  readonly error: string | null;
  readonly lastSuccessAt: number | null;
  /** The first failure since the last success. */
  readonly failingSince: number | null;
}

export interface StoredDeadMansSwitch {
  readonly setting: DeadMansSwitchSetting | null;
  readonly result: DeadMansSwitchResult | null;
}

/** One statement: every tick runs it. */
export async function findDeadMansSwitch(db: D1Database): Promise<StoredDeadMansSwitch> {
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
    result: (result?.value as DeadMansSwitchResult | undefined) ?? null,
  };
}

/** Nothing if the row has another version than `version` now. 0: it is not stored. */
export const writeDeadMansSwitch = (
  db: D1Database,
  { host, sealed, version }: DeadMansSwitchSetting,
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

export const removeDeadMansSwitchResult = (db: D1Database): Statement =>
  database(db).delete(settings).where(eq(settings.name, RESULT));

export const removeDeadMansSwitch = (
  db: D1Database,
  { version }: Pick<DeadMansSwitchSetting, 'version'>,
): Statement =>
  database(db)
    .delete(settings)
    .where(and(eq(settings.name, NAME), eq(settings.version, version)));

export async function saveDeadMansSwitchResult(db: D1Database, result: DeadMansSwitchResult): Promise<void> {
  await database(db)
    .insert(settings)
    .values({ name: RESULT, value: result, sealed: null, updatedAt: result.at })
    .onConflictDoUpdate({
      target: settings.name,
      set: { value: result, updatedAt: result.at, version: sql`${settings.version} + 1` },
    });
}
