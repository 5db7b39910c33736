// Owns what D1 knows about the health of the mesh: a few rows per question, however large the tables are; and the one
// row that ticks keep about it. Does not judge: services/health does.
import { asc, desc, eq, isNotNull, lt, sql } from 'drizzle-orm';
import type { EncryptionKeys } from '../encryption-key.ts';
import type { Activity } from '../engine/model/activity.ts';
import { findActivity } from './activity.ts';
import { database, runBatch } from './database.ts';
import { channelPlace, monitorPlace, type SealedPlace, unseal } from './encryption.ts';
import { type SystemNotification, systemNotificationStatements } from './notifications.ts';
import { NOW } from './outbox-lines.ts';
import { fitReasons } from './row-budgets.ts';
import { activity, channels, deliveries, health, monitors, reportSchedules, shards } from './schema.ts';

/** What a channel shows of itself. */
export interface ChannelFacts {
  readonly id: string;
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  readonly failingSince: number | null;
  readonly lastSuccessAt: number | null;
  readonly lastError: string | null;
  /** When its oldest pending delivery was due. Null without one that is due. */
  readonly oldestDueAt: number | null;
}

export type ReportScheduleFacts = Pick<
  typeof reportSchedules.$inferSelect,
  'id' | 'period' | 'timeZone' | 'sentPeriod' | 'channels'
>;
export interface HistoryFacts {
  /** Time of the oldest report or change that the history does not contain. Null: it contains all. */
  readonly pendingSince: number | null;
  /** Why the newest run of the compaction failed. Null after a success, and before the first run. */
  readonly error: string | null;
}

export interface HealthFacts {
  readonly activity: Activity | null;
  /** When the newest tick started. */
  readonly tickAt: number | null;
  /** D1's clock, ms since the epoch. */
  readonly databaseTime: number;
  /** Size of the database. Null if D1 does not return it. */
  readonly databaseBytes: number | null;
  readonly history: HistoryFacts;
  readonly channels: readonly ChannelFacts[];
  /** Report schedules that are enabled. Default: none. */
  readonly reportSchedules?: readonly ReportScheduleFacts[];
  /** Stored secrets that were tried, and those that the key does not decrypt: `channel on-call`, `monitor web-shop`. */
  readonly secrets: { readonly tried: number; readonly undecryptable: readonly string[] };
}

/** After every time. */
const NEVER = 9e15;

/** Secrets of this many monitors are tried. A wrong key fails all of them. */
const MONITORS_TRIED = 10;

/** Throws if D1 does not answer. */
export async function readHealthFacts(
  db: D1Database,
  keys: EncryptionKeys,
  now: number,
): Promise<HealthFacts> {
  const orm = database(db);
  // The heads of the outbox's lines: of each urgency the first that is ready, and the first that waits no longer. One row
  // of an index each.
  const firstReady = (urgency: number) => sql`coalesce((select ${deliveries.nextAttemptAt} from ${deliveries}
    where ${deliveries.channelId} = ${channels.id} and ${deliveries.turn} = 'ready'
      and ${deliveries.urgency} = ${urgency} order by ${deliveries.position} limit 1), ${NEVER})`;
  const firstWaiting = sql`coalesce((select ${deliveries.nextAttemptAt} from ${deliveries}
    where ${deliveries.channelId} = ${channels.id} and ${deliveries.turn} = 'waiting'
      and ${deliveries.nextAttemptAt} <= ${now} order by ${deliveries.nextAttemptAt} limit 1), ${NEVER})`;
  const oldestDueAt = sql<
    number | null
  >`nullif(min(${firstReady(0)}, ${firstReady(1)}, ${firstReady(2)}, ${firstWaiting}), ${NEVER})`;
  const [ticks, active, channelRows, monitorRows, reports, clock] = await orm.batch([
    orm.select({ at: shards.tickAt }).from(shards).orderBy(desc(shards.tickAt)).limit(1),
    orm.select().from(activity).limit(1),
    orm
      .select({
        id: channels.id,
        enabled: channels.enabled,
        disabledReason: channels.disabledReason,
        failingSince: channels.failingSince,
        lastSuccessAt: channels.lastSuccessAt,
        lastError: channels.lastError,
        sealed: channels.sealedConfig,
        oldestDueAt,
      })
      .from(channels)
      .orderBy(asc(channels.id)),
    orm
      .select({ id: monitors.id, number: monitors.number, sealed: monitors.secrets })
      .from(monitors)
      .where(isNotNull(monitors.secrets))
      .orderBy(asc(monitors.number))
      .limit(MONITORS_TRIED),
    orm
      .select({
        ...{ id: reportSchedules.id, period: reportSchedules.period, timeZone: reportSchedules.timeZone },
        ...{ sentPeriod: reportSchedules.sentPeriod, channels: reportSchedules.channels },
      })
      .from(reportSchedules)
      .where(eq(reportSchedules.enabled, true)),
    orm.run(sql`select ${NOW} as "time", (select json_array(error, (
        select at from journal where id > seq order by id limit 1)) from compaction where shard = 0) as history,
      (select at from status_changes order by id limit 1) as "firstChangeAt"`),
  ]);
  const [present] = clock.results as [PresentRow];
  return {
    activity: active[0] ?? null,
    tickAt: ticks[0]?.at ?? null,
    databaseTime: present.time,
    databaseBytes: clock.meta.size_after ?? null,
    reportSchedules: reports,
    history: historyFacts(present),
    channels: channelRows.map(({ sealed: _, ...facts }) => facts),
    secrets: await trySecrets(
      keys,
      [
        ...channelRows.map(({ id, sealed }) => ({ name: `channel ${id}`, place: channelPlace(id), sealed })),
        ...monitorRows.map(({ id, number, sealed }) => ({
          name: `monitor ${id}`,
          place: monitorPlace(number),
          sealed: sealed ?? '',
        })),
      ].filter(({ sealed }) => sealed !== ''),
    ),
  };
}

interface PresentRow {
  readonly time: number;
  /** Error and oldest pending row, as JSON. Null before the first run. */
  readonly history: string | null;
  readonly firstChangeAt: number | null;
}

function historyFacts({ history, firstChangeAt }: PresentRow): HistoryFacts {
  if (history === null) return { pendingSince: firstChangeAt, error: null };
  const [error, pendingSince] = JSON.parse(history) as [string | null, number | null];
  return { pendingSince, error };
}

/** When the newest tick started, and since when a monitor is active. */
export async function readLiveness(
  db: D1Database,
): Promise<Pick<HealthFacts, 'tickAt'> & { activity: Activity | null }> {
  const ticks = database(db).select({ at: shards.tickAt }).from(shards).orderBy(desc(shards.tickAt)).limit(1);
  const [rows, active] = await Promise.all([ticks, findActivity(db)]);
  return { tickAt: rows[0]?.at ?? null, activity: active };
}

/** Whether each secret was decrypted, by key and encrypted text: a warm isolate decrypts nothing twice. */
const decrypted = new Map<string, boolean>();
const MAX_CACHED = 200;

interface StoredSecret {
  readonly name: string;
  readonly place: SealedPlace;
  readonly sealed: string;
}

async function trySecrets(
  keys: EncryptionKeys,
  stored: readonly StoredSecret[],
): Promise<HealthFacts['secrets']> {
  const undecryptable: string[] = [];
  for (const secret of stored) if (!(await isDecryptable(keys, secret))) undecryptable.push(secret.name);
  return { tried: stored.length, undecryptable };
}

async function isDecryptable(keys: EncryptionKeys, { place, sealed }: StoredSecret): Promise<boolean> {
  const key = JSON.stringify([keys.encryptionKey, keys.previousEncryptionKey, place, sealed]);
  const known = decrypted.get(key);
  if (known !== undefined) return known;
  const works = await unseal(keys, place, sealed).then(
    () => true,
    () => false,
  );
  if (decrypted.size >= MAX_CACHED) decrypted.clear();
  decrypted.set(key, works);
  return works;
}

export type HealthRow = typeof health.$inferSelect;

/** What the ticks have found so far. */
export async function findHealth(db: D1Database): Promise<HealthRow | null> {
  const rows = await database(db).select().from(health).orderBy(desc(health.seq)).limit(1);
  return rows[0] ?? null;
}

/**
 * Replaces the row before it, and stores the notification of the change, in one transaction. False if another tick has
 * written this `seq`: then nothing is written.
 */
export async function saveHealth(
  db: D1Database,
  row: HealthRow,
  notification: SystemNotification | null,
): Promise<boolean> {
  const orm = database(db);
  try {
    await runBatch(db, [
      orm.insert(health).values({ ...row, reasons: fitReasons(row.reasons) }),
      orm.delete(health).where(lt(health.seq, row.seq)),
      ...(notification ? await systemNotificationStatements(db, notification) : []),
    ]);
    return true;
  } catch (error) {
    const stored = await findHealth(db);
    if (stored !== null && stored.seq >= row.seq) return false;
    throw error;
  }
}
