// Makes the backup of the day: reads the mesh, and stores the file in the bucket of the binding BACKUPS. An object exists only
// once it is complete, and older ones are deleted only after that. Does not decide who asks for a run.
import { systemCaller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { describeError, log } from '../../log.ts';
import {
  type BackupClaim,
  claimBackup,
  recordBackup,
  recordFailure,
  recordUpload,
} from '../../store/backup/scheduled-backup.ts';
import { backupLines } from './backup-lines.ts';
import { ownSource } from './own-source.ts';
import { abandonUpload, deleteOldBackups, keyOf, storeLines } from './stored-objects.ts';

/** Runs are asked for every quarter of an hour, so a backup comes at the same time of each day, or a little later. */
const EVERY_MS = 24 * 3_600_000 - 300_000;
/** An invocation of a queue ends after 15 minutes. */
const LEASE_MS = 16 * 60_000;
const MAX_ERROR_CHARACTERS = 300;

type BackupConfig = Config & { readonly backups: R2Bucket };
type Outcome = 'not_due' | 'stored' | 'failed';

/** Never throws: a later run tries again, and the health of the mesh has the error. */
export async function backUpIfDue(config: BackupConfig, now: () => number): Promise<Outcome> {
  const { db, backups } = config;
  let claim: BackupClaim | null;
  try {
    claim = await claimBackup(db, { now: now(), leaseMs: LEASE_MS, everyMs: EVERY_MS });
  } catch (error) {
    log.error('backup.failed', { error });
    return 'failed';
  }
  if (claim === null) return 'not_due';
  try {
    if (claim.abandoned !== null) await abandonUpload(backups, claim.abandoned);
    const stored = await store(config, claim);
    log.info('backup.stored', { ...stored, seconds: Math.round((now() - claim.startedAt) / 1_000) });
  } catch (error) {
    log.error('backup.failed', { error });
    await recordFailure(db, claim, now(), describeError(error).slice(0, MAX_ERROR_CHARACTERS)).catch(
      (failure: unknown) => log.error('backup.failure_unrecorded', { error: failure }),
    );
    return 'failed';
  }
  await deleteOldBackups(backups, config, now()).catch((error: unknown) =>
    log.warn('backup.retention_failed', { error }),
  );
  return 'stored';
}

async function store(config: BackupConfig, claim: BackupClaim) {
  const { db, backups, publicUrl } = config;
  const { startedAt } = claim;
  const key = keyOf(publicUrl, startedAt);
  const lines = backupLines(ownSource(config, systemCaller(startedAt)), { passphrase: null });
  const written = await storeLines(backups, key, lines, (uploadId) =>
    recordUpload(db, claim, { key, uploadId }),
  );
  const stored = { at: startedAt, key, ...written };
  await recordBackup(db, stored);
  return stored;
}
