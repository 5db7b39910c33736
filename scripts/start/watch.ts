// Owns noticing edits below some folders. Does not know what is built from them.
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Editors write several times, and beside the file: temporary names are left out. */
const SOURCE = /\.(ts|tsx|mjs|json)$/;
const QUIET_MS = 150;

/**
 * Calls `onEdit` with the files that changed, as paths from `root`, once they have been quiet for a moment.
 * The answer stops watching.
 */
export function watchFolders(
  root: string,
  folders: readonly string[],
  onEdit: (files: readonly string[]) => void,
): () => void {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    const files = [...changed].sort();
    changed.clear();
    onEdit(files);
  };
  const report = (file: string): void => {
    if (!SOURCE.test(file)) return;
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(flush, QUIET_MS);
  };

  // One watcher for each folder. On Linux, a recursive watcher of Node loses a file that an editor replaces on saving.
  const watchers = new Map<string, FSWatcher>();
  const unwatch = (folder: string): void => {
    for (const [path, watcher] of watchers) {
      if (path !== folder && !path.startsWith(join(folder, '/'))) continue;
      watcher.close();
      watchers.delete(path);
    }
  };
  const watchTree = (folder: string, onFile: (file: string) => void): void => {
    const watcher = watch(join(root, folder), (event, name) => {
      if (name === null) return;
      const path = join(folder, name);
      report(path);
      // A folder appeared, went, or was replaced.
      if (event !== 'rename' || SOURCE.test(name)) return;
      unwatch(path);
      if (isFolder(join(root, path))) watchNested(path, report);
    });
    watcher.on('error', () => unwatch(folder));
    watchers.set(folder, watcher);
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) watchNested(path, onFile);
      else onFile(path);
    }
  };
  /** A folder may be deleted before its watcher starts. */
  const watchNested = (folder: string, onFile: (file: string) => void): void => {
    try {
      watchTree(folder, onFile);
    } catch (error) {
      unwatch(folder);
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  };
  for (const folder of folders) watchTree(folder, () => {});
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
