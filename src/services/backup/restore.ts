// Restores a mesh from the rows of a backup: begins, empties, writes rows, and finishes in one transaction. Until then, the
// marker keeps ticks, commits and deliveries away, so a restore that was killed is simply repeated. Does not read files.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { log } from '../../log.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { readAuditChain } from '../../store/audit-log.ts';
import { finishStatements } from '../../store/backup/finish-restore.ts';
import { newestMigration } from '../../store/backup/read-rows.ts';
import { findBackupTable } from '../../store/backup/tables.ts';
import {
  clearSome,
  countRows,
  filledTables,
  type RowValues,
  writeRows,
} from '../../store/backup/write-rows.ts';
import { runBatch } from '../../store/database.ts';
import { type KeyIds, keyIds } from '../../store/encryption.ts';
import { listEnabledReportSchedules } from '../../store/report-schedules.ts';
import { type RestoreMarker, readRestore, writeRestore } from '../../store/restore-marker.ts';
import { duePeriod } from '../report-schedules/due-period.ts';

interface RestoreRequest {
  /** Address of the mesh that the backup is of, and when it was made. */
  readonly mesh: string;
  readonly createdAt: number;
  /** Its newest migration. Empty: not known. */
  readonly migration: string;
  readonly tables: readonly TableColumns[];
  /** Id of the key that the secrets are encrypted with. */
  readonly key: string;
  /** Host of this mesh, if what it has is to be deleted. */
  readonly replace?: string | undefined;
}

interface TableColumns {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Changes nothing but the marker. Returns whether an earlier restore was not completed. */
export async function startRestore(
  config: Config,
  request: RestoreRequest,
  { now }: Caller,
): Promise<Result<boolean, ValidationError>> {
  const { db, publicUrl } = config;
  const unknown = request.tables.map(unknownOf).find((problem) => problem !== null);
  if (unknown) return err({ kind: 'invalid', path: ['tables'], message: unknown });
  const newer = newerMigration(request.migration, await newestMigration(db));
  if (newer !== null) return err({ kind: 'invalid', path: ['migration'], message: newer });
  const keys = await keyIds(config);
  if (request.key !== keys.current && request.key !== keys.previous)
    return err({ kind: 'invalid', path: ['key'], message: wrongKey(request.key, keys) });
  const earlier = await readRestore(db);
  const filled = earlier === null ? await filledTables(db) : [];
  const { host } = new URL(publicUrl);
  if (request.replace !== undefined && request.replace !== host)
    return err({ kind: 'invalid', path: ['replace'], message: `Must be the host of this mesh, "${host}".` });
  if (filled.length > 0 && request.replace === undefined)
    return err({
      kind: 'conflict',
      path: ['replace'],
      message: `The mesh is not empty: it has ${filled.join(', ')}. Restore into an empty mesh, or send its host as "replace" to delete all of it.`,
    });
  const chain = earlier === null ? await readAuditChain(db) : null;
  const marker: RestoreMarker = {
    ...{ startedAt: now, mesh: request.mesh, createdAt: request.createdAt, cleared: false },
    replacedAudit:
      earlier === null ? chain && { seq: chain.lastSeq, hash: chain.lastHash } : earlier.replacedAudit,
  };
  await runBatch(db, [writeRestore(db, marker)]);
  log.warn('restore.started', { mesh: request.mesh, replaced: filled });
  return ok(earlier !== null);
}

const wrongKey = (key: string, { current, previous }: KeyIds): string =>
  `The secrets of the backup are encrypted with the key ${key}, but this mesh has ${previous === null ? current : `${current} and ${previous}`}. Set that key as ENCRYPTION_KEY_PREVIOUS, or give npm run restore both keys.`;

/** Names of migrations begin with a number. Null: the backup is not newer, or it is not known whether it is. */
function newerMigration(ofBackup: string, ofMesh: string): string | null {
  if (ofBackup === '' || ofMesh === '' || Number.parseInt(ofBackup, 10) <= Number.parseInt(ofMesh, 10))
    return null;
  return `The backup has the migration ${ofBackup}, but this mesh has ${ofMesh}. ${NEWER}`;
}

const NEWER = 'The backup is of a newer version of probemesh: deploy that version, then restore.';

/** What this version does not know of a table. Null: it knows all of it. */
function unknownOf({ table, columns }: TableColumns): string | null {
  const known = findBackupTable(table);
  if (known === null) return `This mesh has no table "${table}". ${NEWER}`;
  const names = new Set(known.columns.map(({ name }) => name));
  const unknown = columns.find((name) => !names.has(name));
  return unknown === undefined ? null : `The table "${table}" has no column "${unknown}". ${NEWER}`;
}

const NOT_STARTED: ValidationError = {
  kind: 'conflict',
  path: [],
  message: 'No restore is in progress. Start it with POST /api/v1/restore.',
};
const NOT_CLEARED: ValidationError = {
  kind: 'conflict',
  path: [],
  message: 'What the mesh had is not deleted yet. Send POST /api/v1/restore/clear until it is done.',
};

/** Each one is a transaction over all tables. */
const CLEARS_AT_ONCE = 5;

/** Returns whether nothing is left to delete. */
export async function clearForRestore({ db }: Pick<Config, 'db'>): Promise<Result<boolean, ValidationError>> {
  const marker = await readRestore(db);
  if (marker === null) return err(NOT_STARTED);
  for (let count = 0; count < CLEARS_AT_ONCE; count += 1) {
    if (!(await clearSome(db))) continue;
    await runBatch(db, [writeRestore(db, { ...marker, cleared: true })]);
    return ok(true);
  }
  return ok(false);
}

/** One transaction. A repeat changes nothing. */
export async function restoreRows(
  { db }: Pick<Config, 'db'>,
  { table: name, columns, rows }: TableColumns & { readonly rows: readonly RowValues[] },
): Promise<Result<number, ValidationError>> {
  const problem = unknownOf({ table: name, columns });
  if (problem !== null) return err({ kind: 'invalid', path: ['columns'], message: problem });
  const wrong = rows.findIndex((row) => row.length !== columns.length);
  if (wrong !== -1)
    return err({
      kind: 'invalid',
      path: ['rows', wrong],
      message: `Must have ${columns.length} values, one for each column.`,
    });
  const marker = await readRestore(db);
  if (marker === null) return err(NOT_STARTED);
  if (!marker.cleared) return err(NOT_CLEARED);
  await writeRows(db, findBackupTable(name)!, columns, rows);
  return ok(rows.length);
}

/** `counts`: rows of the backup by table. From its transaction on, the mesh runs. */
export async function finishRestore(
  config: Config,
  counts: Readonly<Record<string, number>>,
  caller: Caller,
): Promise<Result<null, ValidationError>> {
  const { db, publicUrl } = config;
  const marker = await readRestore(db);
  if (marker === null) return err(NOT_STARTED);
  if (!marker.cleared) return err(NOT_CLEARED);
  const found = await countRows(db);
  const wrong = Object.keys(found).find((name) => found[name] !== (counts[name] ?? 0));
  if (wrong !== undefined)
    return err({
      kind: 'conflict',
      path: ['counts', wrong],
      message: `The table "${wrong}" has ${found[wrong]} rows, but the backup has ${counts[wrong] ?? 0}. Repeat the restore.`,
    });
  const due = (await listEnabledReportSchedules(db)).flatMap((schedule): [string, number][] => {
    const period = duePeriod(schedule, caller.now);
    return period === null ? [] : [[schedule.id, period.from]];
  });
  const { mesh, createdAt, replacedAudit } = marker;
  const finished = await runAudited<ValidationError>(db, config, caller, async () =>
    // Another request may have finished it.
    (await readRestore(db)) === null
      ? err(NOT_STARTED)
      : ok({
          statements: finishStatements(db, caller.now, new Map(due)),
          record: {
            action: 'mesh.restored',
            target: { type: 'mesh', id: new URL(publicUrl).host, name: publicUrl },
            before: replacedAudit && { auditLog: replacedAudit },
            after: { mesh, createdAt: new Date(createdAt).toISOString() },
          },
        }),
  );
  if (!finished.ok) return finished;
  log.warn('restore.finished', { mesh, createdAt });
  return ok(null);
}
