// Owns noticing edits below some folders. Does not know what is built from them.
import { watch } from 'node:fs';
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
  const watchers = folders.map((folder) =>
    watch(join(root, folder), { recursive: true }, (_event, name) => {
      if (name === null || !SOURCE.test(name)) return;
      changed.add(join(folder, name));
      clearTimeout(timer);
      timer = setTimeout(flush, QUIET_MS);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
