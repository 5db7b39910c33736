// Owns the command `npm run backup`: what it asks for and what it prints. The mesh exports its rows.
import { resolve } from 'node:path';
import { BackupError, type LineOptions } from '../../src/services/backup/backup-lines.ts';
import { keyIds } from '../../src/store/encryption.ts';
import { readBackupFile, writeBackupFile } from './backup-file.ts';
import { inspect } from './file-format.ts';
import { meshAt } from './mesh.ts';
import { type Environment, readOptions } from './options.ts';
import { newPassphraseKey, type Resealer, reseal } from './sealing.ts';
import { takeBackup } from './take-backup.ts';

const USAGE = `npm run backup -- --url URL [--passphrase-file FILE] [OUTPUT]
npm run backup -- --data DIR [--url URL] [--passphrase-file FILE] [OUTPUT]

Writes everything that a mesh stores into one file, probemesh-<time>.backup.gz by default. The mesh goes on meanwhile.
PROBEMESH_API_KEY is an API key with the role admin. --data is the folder of a local mesh that runs: it has the key.

Secrets stay encrypted with the ENCRYPTION_KEY of the mesh. With a passphrase, from --passphrase-file or
PROBEMESH_BACKUP_PASSPHRASE, they are encrypted with that instead. This needs PROBEMESH_ENCRYPTION_KEY, or --data.
docs/guide/backup.md describes the file.`;

/** Another command line, file or key could fix these. */
const INVALID = 2;
export const FAILED = 1;

export interface Surroundings {
  readonly env: Environment;
  /** Paths are relative to it. */
  readonly cwd: string;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** Resolves with the exit code. */
export async function backupCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out } = surroundings;
  return reportErrors('backup', surroundings, async () => {
    const options = readOptions(args, surroundings.env, surroundings.cwd);
    if (options === null) {
      out(USAGE);
      return;
    }
    if (options.replace !== undefined) throw new BackupError('--replace is for npm run restore. Remove it.');
    const mesh = meshAt(options.url, options.apiKey);
    const { keys } = await mesh.json<{ keys: { current: string } }>('GET', '/backup');
    const passphrase = await passphraseOf(options, keys.current);
    const time = new Date()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
      .replaceAll(':', '-');
    const path = options.file ?? resolve(surroundings.cwd, `probemesh-${time}.backup.gz`);
    await writeBackupFile(path, takeBackup(mesh, { passphrase }));
    // Reads what was written: a backup that cannot be read is none.
    const { rows, header } = await inspect(readBackupFile(path));
    out(`${path}: ${rows} rows of ${header.mesh}.`);
    out(
      passphrase === null
        ? `Its secrets are encrypted with the key ${keys.current} of the mesh. Keep that key: without it, they are lost.`
        : 'Its secrets are encrypted with the passphrase. Keep it: without it, they are lost.',
    );
    const failed = passphrase?.resealer.failed() ?? 0;
    if (failed > 0)
      out(`${failed} secrets could not be decrypted, and must be written again after a restore.`);
  });
}

async function passphraseOf(
  { passphrase, keys }: NonNullable<ReturnType<typeof readOptions>>,
  current: string,
): Promise<(LineOptions['passphrase'] & { readonly resealer: Resealer }) | null> {
  if (passphrase === null) return null;
  if (keys === null)
    throw new BackupError(
      'A passphrase needs the ENCRYPTION_KEY of the mesh: set it as PROBEMESH_ENCRYPTION_KEY, or leave out the passphrase.',
    );
  if ((await keyIds(keys)).current !== current)
    throw new BackupError(`PROBEMESH_ENCRYPTION_KEY is not the key of the mesh, which is ${current}.`);
  const made = await newPassphraseKey(passphrase);
  return { sealing: made.sealing, resealer: reseal(keys, made.keys) };
}

/** Runs a command, and prints why it failed. */
export async function reportErrors(
  name: string,
  { err }: Pick<Surroundings, 'err'>,
  run: () => Promise<void>,
): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    const { message, cause } = error as Error;
    const text = cause instanceof Error ? `${message}: ${cause.message}` : message;
    for (const line of text.split('\n')) err(`${name}: ${line}`);
    return error instanceof BackupError ? INVALID : FAILED;
  }
}
