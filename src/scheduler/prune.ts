// Owns how long rows are kept and how many are deleted at once. A tick calls it. Never throws: the next run tries again.
// Does not contain SQL: store/retention.ts does.
import { MAX_AGE_MS } from '../delivery/retry-policy.ts';
import type { EncryptionKeys } from '../encryption-key.ts';
import { log } from '../log.ts';
import { DEFAULT_RETENTION, isOverfull, journalRetentionMs, type Retention } from '../retention.ts';
import { CONFIRM_LIFETIME_MS } from '../status-pages/subscription-link.ts';
import { removeEndedAlerts } from '../store/alerts.ts';
import { deleteAuditEntries } from '../store/audit-retention.ts';
import { runBatch } from '../store/database.ts';
import { deleteOldMailings } from '../store/mailings.ts';
import { deletePings } from '../store/ping-retention.ts';
import {
  type Age,
  type Claimed,
  claimPruning,
  deleteDamaged,
  deleteEvidence,
  deleteJournal,
  deleteNotifications,
  deleteReceipts,
  journalPace,
  notificationPace,
} from '../store/retention.ts';
import { deleteExpiredSignIns } from '../store/sign-in-retention.ts';
import { deletableBelow } from '../store/snapshot/rows.ts';
import { deleteUnconfirmed, deleteWithoutPage } from '../store/subscribers.ts';

const DAY_MS = 86_400_000;
/** The time between two runs. Reading both checkpoints costs too much for every tick. */
const EVERY_MS = 600_000;
/** A tick deletes one of them. Together, they need more statements than D1 Free allows an invocation. */
const KINDS = ['journal', 'notifications', 'evidence', 'signIns', 'audit'] as const;
type Kind = (typeof KINDS)[number];
/** The period has one part for each kind. The first tick in a part deletes. */
const PART_MS = EVERY_MS / KINDS.length;
/** Rows that a rebuild moved aside are kept this long for a person. */
const DAMAGED_DAYS = 90;
const MAX_CLOCK_DIFFERENCE_MS = 60_000;

/** Rows of the journal that one run deletes at least, if they are old enough. */
const MIN_JOURNAL_ROWS = 100;
const MIN_JOURNAL_ROWS_UNDER_PRESSURE = 2_000;
/** Deletes keep up with twice the rows that are appended. Under pressure, with ten times. */
const KEEP_UP = 2;
const KEEP_UP_UNDER_PRESSURE = 10;
/** Rows of one statement, so that the commits of a tick do not wait long. */
const JOURNAL_STEP = 500;
const MAX_STEPS = 20;

const MIN_NOTIFICATIONS = 100;
const MAX_NOTIFICATIONS = 1_000;
const EVIDENCE_AT_ONCE = 200;
const ALERTS_AT_ONCE = 1_000;
const DAMAGED_AT_ONCE = 200;
const SUBSCRIBERS_AT_ONCE = 500;
const MAILINGS_AT_ONCE = 1_000;

/** Of each heartbeat. A heartbeat that is called every minute reaches the number first. */
const PING_DAYS = 90;
const PINGS_KEPT = 10_000;
const PING_STEP = 5_000;
const MAX_PING_STEPS = 10;

/** The keys sign the audit log. Without them, it is kept whole. */
interface PruneDeps extends Partial<EncryptionKeys> {
  readonly db: D1Database;
  readonly retention?: Retention;
  readonly maxDatabaseBytes?: number;
  /** Deletes the kind of this part of the period, as a tick does. Default: every kind. */
  readonly oneKind?: boolean;
  /** The clock to compare with D1's. Default: this machine's. */
  readonly comparedClock?: () => number;
}

/** Deletes what is older than the retention, at most every ten minutes. */
export async function prune(deps: PruneDeps, now: number): Promise<void> {
  const { db, retention = DEFAULT_RETENTION, maxDatabaseBytes = Number.POSITIVE_INFINITY } = deps;
  try {
    const claimed = deps.oneKind
      ? await claimPruning(db, now, PART_MS, now - (now % PART_MS) - 1)
      : await claimPruning(db, now, EVERY_MS);
    if (claimed === null) return;
    // A clock that is ahead would delete what is young.
    if (Math.abs((deps.comparedClock ?? Date.now)() - claimed.databaseTime) > MAX_CLOCK_DIFFERENCE_MS) return;
    const kinds = deps.oneKind ? [kindAt(now)] : KINDS;
    const journalMs = journalRetentionMs(retention.journalDays, claimed.databaseBytes, maxDatabaseBytes);
    const run: PruneRun = { deps, retention, claimed, journalMs, now };
    let total = 0;
    const counts: Record<string, number> = {};
    for (const kind of kinds) {
      const deleted = await DELETE_KIND[kind](run);
      for (const count of Object.values(deleted)) total += count;
      Object.assign(counts, deleted);
    }
    if (total === 0) return;
    log.info('storage.pruned', { ...counts, journalHours: Math.round(journalMs / 3_600_000) });
  } catch (error) {
    log.warn('storage.prune_failed', { error });
  }
}

const kindAt = (now: number): Kind => KINDS[Math.floor(now / PART_MS) % KINDS.length]!;

interface PruneRun {
  readonly deps: PruneDeps;
  readonly retention: Retention;
  readonly claimed: Claimed;
  readonly journalMs: number;
  readonly now: number;
}

/** Each returns how many rows it has deleted, by their name in the log. */
const DELETE_KIND: Record<Kind, (run: PruneRun) => Promise<Record<string, number>>> = {
  async journal({ deps, retention, claimed, journalMs, now }) {
    const { db } = deps;
    const isPressed = journalMs < retention.journalDays * DAY_MS;
    const isFull = isOverfull(claimed.databaseBytes, deps.maxDatabaseBytes ?? Number.POSITIVE_INFINITY);
    return { journal: await pruneJournal(db, { before: now - journalMs, now }, isPressed, isFull) };
  },
  async notifications({ deps: { db }, retention, claimed, now }) {
    await deleteReceipts(db, ageOf(retention.deliveryDays, now));
    const notifications = await pruneNotifications(db, claimed.notificationCursor, retention, now);
    await runBatch(db, [removeEndedAlerts(db, now - retention.deliveryDays * DAY_MS, ALERTS_AT_ONCE)]);
    return { notifications };
  },
  async evidence({ deps: { db }, retention, now }) {
    const evidence = await deleteEvidence(db, ageOf(retention.evidenceDays, now), EVIDENCE_AT_ONCE);
    const damagedAge = ageOf(DAMAGED_DAYS, now);
    const damaged =
      (await deleteDamaged(db, 'damaged_journal', damagedAge, DAMAGED_AT_ONCE)) +
      (await deleteDamaged(db, 'damaged_snapshots', damagedAge, DAMAGED_AT_ONCE));
    return { evidence, damaged };
  },
  async signIns({ deps: { db }, retention, now }) {
    await deleteExpiredSignIns(db, now);
    await pruneSubscribers(db, retention, now);
    return { pings: await prunePings(db, now - PING_DAYS * DAY_MS) };
  },
  async audit({ deps, retention, now }) {
    return { audit: await pruneAudit(deps, retention, now) };
  },
};

/** A sign-up that was not confirmed in time, subscribers of deleted pages, and messages that have ended. */
async function pruneSubscribers(db: D1Database, { deliveryDays }: Retention, now: number): Promise<void> {
  await deleteUnconfirmed(db, now - CONFIRM_LIFETIME_MS, SUBSCRIBERS_AT_ONCE);
  await deleteWithoutPage(db, SUBSCRIBERS_AT_ONCE);
  await deleteOldMailings(db, now - deliveryDays * DAY_MS, MAILINGS_AT_ONCE);
}

const ageOf = (days: number, now: number): Age => ({ before: now - days * DAY_MS, now });

/** Verifies both checkpoints only if the oldest row is old enough. */
async function pruneJournal(
  db: D1Database,
  age: Age,
  isPressed: boolean,
  evenIfNotCompacted: boolean,
): Promise<number> {
  const pace = await journalPace(db, age.now);
  if (pace === null || (pace.oldestAt >= age.before && pace.oldestAt <= age.now)) return 0;
  const belowSeq = await deletableBelow(db);
  const least = isPressed ? MIN_JOURNAL_ROWS_UNDER_PRESSURE : MIN_JOURNAL_ROWS;
  const factor = isPressed ? KEEP_UP_UNDER_PRESSURE : KEEP_UP;
  const budget = Math.max(least, Math.ceil(factor * pace.rowsPerMs * EVERY_MS));
  let deleted = 0;
  for (let step = 0; step < MAX_STEPS && deleted < budget; step += 1) {
    const limit = Math.min(JOURNAL_STEP, budget - deleted);
    const fromId = pace.oldestId + deleted;
    const rows = await deleteJournal(db, { fromId, limit, belowSeq, age, evenIfNotCompacted });
    deleted += rows;
    if (rows < limit) break;
  }
  return deleted;
}

async function pruneNotifications(
  db: D1Database,
  cursor: number,
  { deliveryDays }: Retention,
  now: number,
): Promise<number> {
  const wanted = KEEP_UP * EVERY_MS * (await notificationPace(db, deliveryDays * DAY_MS));
  const limit = Math.min(MAX_NOTIFICATIONS, Math.max(MIN_NOTIFICATIONS, Math.ceil(wanted)));
  const age = ageOf(deliveryDays, now);
  return deleteNotifications(db, { cursor, limit, age, maxPendingMs: MAX_AGE_MS });
}

async function prunePings(db: D1Database, before: number): Promise<number> {
  let deleted = 0;
  for (let step = 0; step < MAX_PING_STEPS; step += 1) {
    const rows = await deletePings(db, { before, keep: PINGS_KEPT, limit: PING_STEP });
    deleted += rows;
    if (rows === 0) break;
  }
  return deleted;
}

async function pruneAudit(
  { db, encryptionKey, previousEncryptionKey }: PruneDeps,
  { auditDays }: Retention,
  now: number,
): Promise<number> {
  if (encryptionKey === undefined) return 0;
  return deleteAuditEntries(db, { encryptionKey, previousEncryptionKey }, ageOf(auditDays, now));
}
