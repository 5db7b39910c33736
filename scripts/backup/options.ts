// Owns the command lines of `npm run backup` and `npm run restore`: the mesh, its key, and what secrets are encrypted with.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeKey, type EncryptionKeys } from '../../src/encryption-key.ts';
import { BackupError } from '../../src/services/backup/backup-lines.ts';
import { type MeshAccess, readMeshAccess } from '../mesh-access.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Options extends MeshAccess {
  /** Of the mesh. Null: it is not given. */
  readonly keys: EncryptionKeys | null;
  /** Null: none is given. */
  readonly passphrase: string | null;
  readonly file: string | null;
  readonly replace: string | undefined;
}

const LOCAL_URL = 'http://127.0.0.1:8787';

/** Null: the person asks for help. Throws a {@link BackupError}. Paths are relative to `cwd`. */
export function readOptions(args: readonly string[], env: Environment, cwd: string): Options | null {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new BackupError(`${(error as Error).message} --help shows the options.`);
  }
  const { values, positionals } = parsed;
  if (values.help) return null;
  const [file, ...more] = positionals;
  if (more.length > 0) throw new BackupError(`One file is enough, but there are ${positionals.length}.`);
  const local = values.data === undefined ? null : readDataDir(resolve(cwd, values.data));
  const access = readMeshAccess(values.url ?? (local ? LOCAL_URL : undefined), env, local?.adminToken);
  if (typeof access === 'string') throw new BackupError(access);
  return {
    ...{ ...access, passphrase: readPassphrase(values['passphrase-file'], env, cwd) },
    keys: readKeys(env) ?? (local && { encryptionKey: local.encryptionKey }),
    ...{ file: file === undefined ? null : resolve(cwd, file), replace: values.replace },
  };
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      data: { type: 'string' },
      'passphrase-file': { type: 'string' },
      replace: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });

/** `npm start` keeps them in its folder. */
function readDataDir(dir: string): { readonly adminToken: string; readonly encryptionKey: string } {
  const file = join(dir, 'secrets.json');
  if (!existsSync(file))
    throw new BackupError(
      `${dir} is not the folder of a local mesh: it has no secrets.json. Start it with npm start.`,
    );
  return JSON.parse(readFileSync(file, 'utf8')) as { adminToken: string; encryptionKey: string };
}

function readKeys(env: Environment): EncryptionKeys | null {
  const encryptionKey = keyFrom(env, 'PROBEMESH_ENCRYPTION_KEY');
  if (encryptionKey === undefined) return null;
  return { encryptionKey, previousEncryptionKey: keyFrom(env, 'PROBEMESH_ENCRYPTION_KEY_PREVIOUS') };
}

/** Undefined if the variable is not set. Throws a {@link BackupError} that does not contain the key. */
export function keyFrom(env: Environment, name: string): string | undefined {
  const text = env[name];
  if (!text) return undefined;
  const key = decodeKey(text);
  if (typeof key === 'string') throw new BackupError(`${name} ${key}.`);
  return text;
}

/** From a file or the environment: an argument would be visible to every program of the machine. */
function readPassphrase(file: string | undefined, env: Environment, cwd: string): string | null {
  if (file === undefined) return env.PROBEMESH_BACKUP_PASSPHRASE || null;
  try {
    return readFileSync(resolve(cwd, file), 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new BackupError(`--passphrase-file cannot be read: ${(error as Error).message}`);
  }
}
