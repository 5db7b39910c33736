// Owns the lock of a folder: the kernel holds it for the process and frees it when the process ends, however it ends.
// Unlike a file with a process id, it also holds between containers that share the folder but not their process ids.
// Node has no flock. SQLite, which Node includes, locks its file with fcntl(2), or LockFileEx on Windows
// (sqlite.org/lockingv3.html).
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Files of the lock. They stay when the folder is emptied: a lock on a deleted file would hold nothing. */
export const LOCK_FILES: readonly string[] = ['lock.db', 'holder'];

/** Databases that are open. One that is collected as garbage would free its lock. */
const held = new Set<DatabaseSync>();

export interface FolderLock {
  release(): void;
}

/** Another process holds the folder. `pid` is its process id in its own container; null if it is unknown. */
export interface HeldFolder {
  readonly heldBy: { readonly pid: number | null };
}

/** Takes the folder, or returns who holds it. Throws if the file system cannot lock files. */
export function lockFolder(dir: string): FolderLock | HeldFolder {
  const database = new DatabaseSync(join(dir, 'lock.db'), { timeout: 0 });
  try {
    // The transaction stays open, and with it the lock.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!/locked|busy/i.test((error as Error).message)) throw error;
    return { heldBy: { pid: readHolder(dir) } };
  }
  writeFileSync(join(dir, 'holder'), `${process.pid}\n`);
  held.add(database);
  return {
    release() {
      if (!held.delete(database)) return;
      rmSync(join(dir, 'holder'), { force: true });
      database.close();
    },
  };
}

/** For the error message alone. */
function readHolder(dir: string): number | null {
  try {
    return Number.parseInt(readFileSync(join(dir, 'holder'), 'utf8'), 10) || null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
