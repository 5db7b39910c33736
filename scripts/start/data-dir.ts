// Owns the folder that `npm start` keeps between starts: its layout, its secrets, and the lock that lets one start use it.
// Does not delete anything that it holds, except with --fresh.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newToken } from '../../src/services/tokens.ts';
import { type FolderLock, LOCK_FILES, lockFolder } from './folder-lock.ts';
import { StartError } from './options.ts';

export interface DataDir {
  readonly dir: string;
  /** D1 and queues of the local Worker. */
  readonly state: string;
  /** The bundled Worker. */
  readonly worker: string;
  /** The Worker's vars and secrets. */
  readonly envFile: string;
  /** Names the migrations that are applied. */
  readonly migrated: string;
  /** Names the demo's ports, once the demo is part of the mesh. */
  readonly demo: string;
  /** Parameters and buckets of the local AWS. */
  readonly aws: string;
  /** Logs and caches of wrangler. */
  readonly wrangler: string;
  /** Frees the folder for another start. */
  release(): void;
}

export interface Secrets {
  /** An API key of the role admin: the key `bootstrap`, unless the environment sets another one. */
  readonly adminToken: string;
  /** Makes the first admin among people, once. */
  readonly setupToken: string;
  /** 32 bytes, base64. */
  readonly encryptionKey: string;
  /** Standard Webhooks form. */
  readonly inboxSecret: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const MARK = '.probemesh-data';
/**
 * Raise it with a change that a folder of before cannot follow, such as a new migration baseline.
 * 1: until the migrations were replaced by one baseline; its mark lacks a number. 2: until the next baseline. 3: since then.
 */
export const LAYOUT = 5;
const markText = `Made by \`npm start\`; --fresh empties this folder.\nlayout ${LAYOUT}\n`;

export interface DataDirOptions {
  /** Empties the folder first. */
  readonly fresh: boolean;
  /** The command that would empty it, for error messages. */
  readonly freshCommand: string;
}

/** Takes the folder for this process. Throws {@link StartError} if it is in use, of another program, or of another layout. */
export function openDataDir(dir: string, { fresh, freshCommand }: DataDirOptions): DataDir {
  const mark = join(dir, MARK);
  const layout = layoutOf(dir, mark);
  if (layout !== undefined && layout !== LAYOUT && !fresh) {
    const age = layout < LAYOUT ? 'an earlier' : 'a later';
    throw new StartError(`${dir} was made by ${age} version of probemesh: run ${freshCommand} to empty it.`);
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = takeLock(dir);
  if (fresh) {
    for (const name of readdirSync(dir))
      if (!LOCK_FILES.includes(name)) rmSync(join(dir, name), { recursive: true, force: true });
  }
  writeFileSync(mark, markText);
  return {
    dir,
    state: join(dir, 'state'),
    worker: join(dir, 'worker'),
    envFile: join(dir, 'worker.env'),
    migrated: join(dir, 'migrated'),
    demo: join(dir, 'demo.json'),
    aws: join(dir, 'aws'),
    wrangler: join(dir, 'wrangler'),
    release: () => lock.release(),
  };
}

/** Undefined for a folder that is missing or empty. Throws {@link StartError} if its files are not probemesh's. */
function layoutOf(dir: string, mark: string): number | undefined {
  if (!existsSync(dir) || readdirSync(dir).length === 0) return undefined;
  if (!existsSync(mark)) {
    throw new StartError(
      `${dir} has files that are not probemesh's: give --data an empty folder, or a new name.`,
    );
  }
  return Number(/^layout (\d+)$/m.exec(readFileSync(mark, 'utf8'))?.[1] ?? 1);
}

function takeLock(dir: string): FolderLock {
  const lock = lockFolder(dir);
  if ('release' in lock) return lock;
  const { pid } = lock.heldBy;
  const holder = pid === null ? 'another probemesh' : `another probemesh (process ${pid})`;
  throw new StartError(`${dir} is in use by ${holder}: stop that process, or give --data another folder.`);
}

/** The secrets of this folder, made at its first start. A key of the environment replaces the stored one and is not stored. */
export function readSecrets(dir: string, keyFromEnv: string | undefined): Secrets {
  const file = join(dir, 'secrets.json');
  if (!existsSync(file)) {
    const made: Secrets = {
      adminToken: newToken('pm'),
      setupToken: newToken('pmt'),
      encryptionKey: randomBytes(32).toString('base64'),
      inboxSecret: `whsec_${randomBytes(32).toString('base64')}`,
      accessKeyId: `AKIALOCAL${randomBytes(5).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64url'),
    };
    writeFileSync(file, JSON.stringify(made, null, 2), { mode: 0o600 });
  }
  const stored = JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  return keyFromEnv ? { ...stored, adminToken: keyFromEnv } : stored;
}
