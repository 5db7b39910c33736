// Owns what D1 knows about the health of the mesh, read in one statement: a few rows per question, however large the tables
// are. Does not judge: services/health does.
import { sql } from 'drizzle-orm';
import type { EncryptionKeys } from '../encryption-key.ts';
import type { Activity } from '../engine/model/activity.ts';
import type { TickStarter } from '../env.ts';
import {
  SCHEDULED_BACKUP_JSON,
  type ScheduledBackupFacts,
  scheduledBackupFacts,
} from './backup/scheduled-backup.ts';
import { channelPlace, monitorPlace, type SealedPlace, unseal } from './encryption.ts';
import { NOW } from './outbox-lines.ts';
import { activity, channels, deliveries, monitors, reportSchedules, shards } from './schema.ts';
import { readUnion, type Term, type UnionRow } from './union.ts';
import { WATCHDOGS, type WatchdogFacts, watchdogFacts } from './watchdogs.ts';

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

/** Messages to subscribers of status pages. Times are ms since the epoch. */
export interface MailingFacts {
  /** When the first one that is due was due. Null: none is. */
  readonly dueSince: number | null;
  /** The oldest mail among the next ones that failed three times. Null: none. */
  readonly failingSince: number | null;
  readonly lastError: string | null;
}

export interface HistoryFacts {
  /** Time of the oldest report or change that the history does not contain. Null: it contains all. */
  readonly pendingSince: number | null;
  /** Why the newest run of the compaction failed. Null after a success, and before the first run. */
  readonly error: string | null;
}

export interface TickStarters {
  /** Who started the newest tick. Null: a Worker that does not know it did. */
  readonly newest: TickStarter | null;
  /** When cron newest started a tick. Null: never since this is known. */
  readonly cronAt: number | null;
  /** The first tick of another starter after that. Null while cron starts the ticks. */
  readonly otherSince: number | null;
}

export interface HealthFacts {
  readonly activity: Activity | null;
  /** When the newest tick started. */
  readonly tickAt: number | null;
  /** Who starts the ticks. Default: unknown. */
  readonly starters?: TickStarters;
  /** D1's clock, ms since the epoch. */
  readonly databaseTime: number;
  /** Size of the database. Null if D1 does not return it. */
  readonly databaseBytes: number | null;
  readonly history: HistoryFacts;
  readonly channels: readonly ChannelFacts[];
  /** Report schedules that are enabled. Default: none. */
  readonly reportSchedules?: readonly ReportScheduleFacts[];
  readonly mailings?: MailingFacts;
  /** Regions of the watchdog that reported, or are expected to. Default: none. */
  readonly watchdogs?: readonly WatchdogFacts[];
  /** The backups that the mesh makes by itself. Null: it expects none yet. Default: none. */
  readonly scheduledBackup?: ScheduledBackupFacts | null;
  /** Stored secrets that were tried, and those that the key does not decrypt: `channel on-call`, `monitor web-shop`. */
  readonly secrets: { readonly tried: number; readonly undecryptable: readonly string[] };
}

/** After every time. */
const NEVER = 9e15;

/** Secrets of this many monitors are tried. A wrong key fails all of them. */
const MONITORS_TRIED = 10;

/** Columns of a read that has facts of the health among its rows. */
export const FACT_COLUMNS = ['id', 'n1', 'n2', 'n3', 'n4', 't1', 't2', 't3', 't4', 't5', 't6'] as const;
type FactColumn = (typeof FACT_COLUMNS)[number];

/**
 * A webhook of a stranger may fail for days, so only mails count: the provider refuses them all. A failed one waits, so the
 * next ones are looked at, and not the whole table.
 */
const NEXT_MAILS = sql.raw(`from (select * from mailing_deliveries where state = 'pending'
  order by next_attempt_at limit 20) d join subscribers s on s.id = d.subscriber_id
  where s.kind = 'email' and d.attempts >= 3`);
const mailingColumns = {
  // mesh-now.ts uses n3.
  t3: sql`(select min(at) from (select next_attempt_at as at from (select next_attempt_at from mailing_deliveries
    where state = 'pending' order by next_attempt_at limit 1) union all select created_at as at from (select created_at
    from mailings where cursor is not null order by created_at limit 1)))`,
  t2: sql`(select json_array(min(d.created_at), max(d.last_error)) ${NEXT_MAILS})`,
};

/** Before the first run of the compaction: the first change of a status. */
const history = sql`coalesce(
  (select json_array((select at from journal where id > seq order by id limit 1), error) from compaction where shard = 0),
  json_array((select at from status_changes order by id limit 1), null))`;

/** The part of a statement that reads the facts. Three of the five selects that a union can have. */
export function factTerms(now: number): Term<FactColumn>[] {
  // The heads of the outbox's lines: of each urgency the first that is ready, and the first that waits no longer. One row
  // of an index each.
  const firstReady = (urgency: number) => sql`coalesce((select ${deliveries.nextAttemptAt} from ${deliveries}
    where ${deliveries.channelId} = ${channels.id} and ${deliveries.turn} = 'ready'
      and ${deliveries.urgency} = ${urgency} order by ${deliveries.position} limit 1), ${NEVER})`;
  const firstWaiting = sql`coalesce((select ${deliveries.nextAttemptAt} from ${deliveries}
    where ${deliveries.channelId} = ${channels.id} and ${deliveries.turn} = 'waiting'
      and ${deliveries.nextAttemptAt} <= ${now} order by ${deliveries.nextAttemptAt} limit 1), ${NEVER})`;
  const oldestDueAt = sql`nullif(min(${firstReady(0)}, ${firstReady(1)}, ${firstReady(2)}, ${firstWaiting}), ${NEVER})`;
  const { activeSince, measuringSince, idleSince, idleAgeMs, shard } = activity;
  const active = sql`(select json_object('shard', ${shard}, 'activeSince', ${activeSince},
    'measuringSince', ${measuringSince}, 'idleSince', ${idleSince}, 'idleAgeMs', ${idleAgeMs})
    from ${activity} limit 1)`;
  const { id, period, timeZone, sentPeriod, enabled, channels: reported } = reportSchedules;
  const reports = sql`(select json_group_array(json_object('id', ${id}, 'period', ${period}, 'timeZone', ${timeZone},
    'sentPeriod', ${sentPeriod}, 'channels', json(${reported}))) from ${reportSchedules} where ${enabled} = 1)`;
  return [
    {
      kind: 'channel',
      columns: {
        ...{ id: sql`${channels.id}`, n1: sql`${channels.enabled}`, n2: sql`${channels.failingSince}` },
        ...{ n3: sql`${channels.lastSuccessAt}`, n4: oldestDueAt, t1: sql`${channels.disabledReason}` },
        ...{ t2: sql`${channels.lastError}`, t3: sql`${channels.sealedConfig}` },
      },
      rest: sql`from ${channels} order by ${channels.id}`,
    },
    {
      kind: 'secret',
      columns: { id: sql`${monitors.id}`, n1: sql`${monitors.number}`, t1: sql`${monitors.secrets}` },
      rest: sql`from ${monitors} where ${monitors.secrets} is not null
        order by ${monitors.number} limit ${sql.raw(String(MONITORS_TRIED))}`,
    },
    {
      kind: 'mesh',
      columns: {
        n1: sql`(select ${shards.tickAt} from ${shards} order by ${shards.tickAt} desc limit 1)`,
        id: sql`(select json_array(${shards.tickSource}, ${shards.cronAt}, ${shards.otherSince}) from ${shards}
          order by ${shards.tickAt} desc limit 1)`,
        ...{ n2: NOW, t1: active, ...mailingColumns, t5: reports, t4: history, t6: WATCHDOGS },
        n4: SCHEDULED_BACKUP_JSON,
      },
      rest: sql``,
    },
  ];
}

/** The facts among the rows of {@link factTerms}. */
export async function factsOf(
  rows: readonly UnionRow<FactColumn>[],
  databaseBytes: number | null,
  keys: EncryptionKeys,
): Promise<HealthFacts> {
  const of = (kind: string): readonly UnionRow<FactColumn>[] => rows.filter((row) => row.kind === kind);
  const [mesh] = of('mesh');
  const channelRows = of('channel');
  return {
    activity: mesh!.t1 === null ? null : (JSON.parse(mesh!.t1 as string) as Activity),
    tickAt: mesh!.n1 as number | null,
    starters: startersOf(mesh!.id as string | null),
    databaseTime: mesh!.n2 as number,
    databaseBytes,
    history: historyFacts(mesh!.t4 as string),
    reportSchedules: JSON.parse(mesh!.t5 as string) as ReportScheduleFacts[],
    watchdogs: watchdogFacts(mesh!.t6 as string),
    scheduledBackup: scheduledBackupFacts(mesh!.n4 as string | null),
    mailings: mailingFacts(mesh!.t3 as number | null, mesh!.t2 as string),
    channels: channelRows.map((row) => ({
      id: row.id as string,
      enabled: row.n1 === 1,
      disabledReason: row.t1 as string | null,
      failingSince: row.n2 as number | null,
      lastSuccessAt: row.n3 as number | null,
      lastError: row.t2 as string | null,
      oldestDueAt: row.n4 as number | null,
    })),
    secrets: await trySecrets(
      keys,
      [
        ...channelRows.map(({ id, t3 }) => ({
          ...{ name: `channel ${id}`, place: channelPlace(id as string), sealed: t3 as string },
        })),
        ...of('secret').map(({ id, n1, t1 }) => ({
          ...{ name: `monitor ${id}`, place: monitorPlace(n1 as number), sealed: t1 as string },
        })),
      ].filter(({ sealed }) => sealed !== ''),
    ),
  };
}

function startersOf(json: string | null): TickStarters {
  const [newest, cronAt, otherSince] = JSON.parse(json ?? '[null, null, null]') as [
    TickStarter | null,
    number | null,
    number | null,
  ];
  return { newest, cronAt, otherSince };
}

function historyFacts(json: string): HistoryFacts {
  const [pendingSince, error] = JSON.parse(json) as [number | null, string | null];
  return { pendingSince, error };
}

function mailingFacts(dueSince: number | null, json: string): MailingFacts {
  const [failingSince, lastError] = JSON.parse(json) as [number | null, string | null];
  return { dueSince, failingSince, lastError };
}

/** One statement. Throws if D1 does not answer. */
export async function readHealthFacts(
  db: D1Database,
  keys: EncryptionKeys,
  now: number,
): Promise<HealthFacts> {
  const { rows, databaseBytes } = await readUnion(db, FACT_COLUMNS, factTerms(now));
  return factsOf(rows, databaseBytes, keys);
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
