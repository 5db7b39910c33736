// The folder that `npm start` keeps between starts: its layout, its secrets, and the lock that lets one start use it.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartRefused } from './options.ts';

export interface DataFolder {
  readonly dir: string;
  /** D1 and queues of the local Worker. */
  readonly state: string;
  /** The bundled Worker. */
  readonly worker: string;
  /** The Worker's vars and secrets. */
  readonly envFile: string;
  /** Names the migrations that are applied. */
  readonly migrated: string;
  /** Names the demo's ports, once the demo has been put in. */
  readonly demo: string;
  /** Logs and caches of wrangler. */
  readonly wrangler: string;
  /** Frees the folder for another start. */
  release(): void;
}

export interface Secrets {
  readonly adminToken: string;
  /** 32 bytes, base64. */
  readonly encryptionKey: string;
  /** Standard Webhooks form. */
  readonly inboxSecret: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const MARK = '.probemesh-data';

/** Takes the folder for this process. Throws {@link StartRefused} when another start has it, or it is somebody else's. */
export function openDataFolder(dir: string, fresh: boolean): DataFolder {
  const mark = join(dir, MARK);
  if (existsSync(dir) && !existsSync(mark) && readdirSync(dir).length > 0) {
    throw new StartRefused(
      `${dir} has files that are not probemesh's: give --data an empty folder, or a new name.`,
    );
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = join(dir, 'lock');
  takeLock(lock, dir);
  if (fresh) {
    for (const name of readdirSync(dir))
      if (name !== 'lock') rmSync(join(dir, name), { recursive: true, force: true });
  }
  writeFileSync(mark, 'Made by `npm start`; --fresh empties this folder.\n');
  return {
    dir,
    state: join(dir, 'state'),
    worker: join(dir, 'worker'),
    envFile: join(dir, 'worker.env'),
    migrated: join(dir, 'migrated'),
    demo: join(dir, 'demo.json'),
    wrangler: join(dir, 'wrangler'),
    release: () => rmSync(lock, { force: true }),
  };
}

function takeLock(lock: string, dir: string): void {
  const mine = JSON.stringify({ pid: process.pid, born: bornAt(process.pid) });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(lock, mine, { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(lock);
    if (holder && isAlive(holder.pid) && holder.born === bornAt(holder.pid)) {
      throw new StartRefused(
        `${dir} is in use by another probemesh (process ${holder.pid}): stop that one, or give --data another folder.`,
      );
    }
    rmSync(lock, { force: true });
  }
  throw new StartRefused(`${dir} is being taken by another probemesh right now: give --data another folder.`);
}

function readHolder(lock: string): { pid: number; born: string } | undefined {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as { pid: number; born: string };
  } catch {
    // Half-written by a start that was killed: nobody holds it.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Tells a process from a later one with the same number; empty where the system does not say (proc(5), starttime). */
function bornAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** The secrets of this folder, made at its first start. `PROBEMESH_ADMIN_TOKEN` wins over the kept token and is not kept. */
export function readSecrets(dir: string, tokenFromEnv: string | undefined): Secrets {
  const file = join(dir, 'secrets.json');
  if (!existsSync(file)) {
    const made: Secrets = {
      adminToken: randomBytes(24).toString('base64url'),
      encryptionKey: randomBytes(32).toString('base64'),
      inboxSecret: `whsec_${randomBytes(32).toString('base64')}`,
      accessKeyId: `AKIALOCAL${randomBytes(5).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64url'),
    };
    writeFileSync(file, JSON.stringify(made, null, 2), { mode: 0o600 });
  }
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  return tokenFromEnv ? { ...kept, adminToken: tokenFromEnv } : kept;
}
