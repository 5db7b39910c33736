// Owns the command `npm run restore`: verifies the file before anything is sent, and prints what is left to do.
import { BackupError } from '../../src/services/backup/backup-lines.ts';
import { keyIds } from '../../src/store/encryption.ts';
import { FAILED, reportErrors, type Surroundings } from './backup-command.ts';
import { readBackupFile } from './backup-file.ts';
import { type Contents, inspect } from './file-format.ts';
import { type Mesh, meshAt } from './mesh.ts';
import { keyFrom, type Options, readOptions } from './options.ts';
import { restoreBackup } from './restore-backup.ts';
import { passphraseKey, type Resealer, reseal } from './sealing.ts';

const USAGE = `npm run restore -- --url URL [--replace HOST] [--passphrase-file FILE] FILE
npm run restore -- --data DIR [--url URL] [--replace HOST] [--passphrase-file FILE] FILE

Writes a backup into an empty mesh. With --replace and the host of the mesh, everything that it has is deleted first.
PROBEMESH_API_KEY is an API key with the role admin. --data is the folder of a local mesh that runs: it has the key.
If a restore is interrupted, run it again.

The mesh needs the key that the secrets are encrypted with, as ENCRYPTION_KEY or ENCRYPTION_KEY_PREVIOUS. If it has another
one, PROBEMESH_ENCRYPTION_KEY is that of the mesh, and PROBEMESH_BACKUP_ENCRYPTION_KEY that of the backup, or
--passphrase-file its passphrase.`;

/** Resolves with the exit code. */
export async function restoreCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err } = surroundings;
  let isWhole = true;
  const code = await reportErrors('restore', surroundings, async () => {
    const options = readOptions(args, surroundings.env, surroundings.cwd);
    if (options === null) {
      out(USAGE);
      return;
    }
    const { file } = options;
    if (file === null) throw new BackupError('Name the file of a backup. --help shows the options.');
    const read = () => readBackupFile(file);
    const contents = await inspect(read());
    const { key, resealer } = await keyFor(options, contents, surroundings.env);
    const mesh = meshAt(options.url, options.apiKey);
    await restoreBackup(mesh, contents, read, { key, resealer, replace: options.replace });
    const { header, rows } = contents;
    out(`${options.url} is restored: ${rows} rows of ${header.mesh}, as it was at ${header.createdAt}.`);
    out('Nothing that was pending is sent. People sign in again.');
    const failed = resealer?.failed() ?? 0;
    if (failed > 0) out(`${failed} secrets could not be decrypted. Write them again.`);
    isWhole = await isStateWhole(mesh);
    if (!isWhole)
      err('restore: The state was damaged in the backup, and is rebuilt: see docs/guide/troubleshooting.md.');
  });
  return code === 0 && !isWhole ? FAILED : code;
}

/** The mesh replays the journal and compares. */
async function isStateWhole(mesh: Mesh): Promise<boolean> {
  return !(await mesh.json<{ rebuilt: boolean }>('POST', '/state/rebuild')).rebuilt;
}

async function keyFor(
  { keys, passphrase }: Options,
  { header: { sealing } }: Contents,
  env: Surroundings['env'],
): Promise<{ readonly key: string; readonly resealer: Resealer | null }> {
  const backupKey = keyFrom(env, 'PROBEMESH_BACKUP_ENCRYPTION_KEY');
  if (sealing.type === 'mesh') {
    if (backupKey === undefined) return { key: sealing.key, resealer: null };
    const from = { encryptionKey: backupKey };
    const { current } = await keyIds(from);
    if (current !== sealing.key)
      throw new BackupError(
        `PROBEMESH_BACKUP_ENCRYPTION_KEY is the key ${current}, but the backup has ${sealing.key}.`,
      );
    return to(from, keys);
  }
  if (passphrase === null)
    throw new BackupError(
      'The backup has a passphrase: set PROBEMESH_BACKUP_PASSPHRASE, or give --passphrase-file.',
    );
  return to(await passphraseKey(passphrase, sealing), keys);
}

async function to(from: NonNullable<Options['keys']>, keys: Options['keys']) {
  if (keys === null)
    throw new BackupError(
      'The ENCRYPTION_KEY of the mesh is needed to encrypt the secrets for it: set it as PROBEMESH_ENCRYPTION_KEY.',
    );
  return { key: (await keyIds(keys)).current, resealer: reseal(from, keys) };
}
