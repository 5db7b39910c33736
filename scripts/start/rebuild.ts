// Owns what an edit rebuilds in `npm run dev`, one build after the other. Does not watch, and does not build.
// Logs a rebuild that fails, and waits for the next edit.
import { errorMessage } from '../../probes/contract/error-message.ts';

/** A part of the mesh that is built from sources. */
export interface Rebuildable {
  readonly name: string;
  /** Folders and files, as paths from the project's root. */
  readonly sources: readonly string[];
  /** Builds the part and replaces the one that runs. Rejects if that fails. */
  rebuild(): Promise<void>;
}

/** Takes edited files. Edits during a build are built after it, together. */
export function createRebuilder(
  parts: readonly Rebuildable[],
  log: (line: string) => void,
): (files: readonly string[]) => Promise<void> {
  const pending = new Set<string>();
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (pending.size > 0) {
      const files = [...pending];
      pending.clear();
      for (const part of parts) {
        const mine = files.filter((file) => part.sources.some((source) => isBelow(file, source)));
        if (mine.length > 0) await rebuild(part, mine, log);
      }
    }
    running = undefined;
  };
  return (files) => {
    for (const file of files) pending.add(file);
    running ??= run();
    return running;
  };
}

const isBelow = (file: string, source: string): boolean => file === source || file.startsWith(`${source}/`);

async function rebuild(part: Rebuildable, files: readonly string[], log: (line: string) => void) {
  const startedAt = performance.now();
  const [first = '', ...rest] = files;
  log(`${first}${rest.length > 0 ? ` and ${rest.length} more` : ''} changed: rebuilding the ${part.name} …`);
  try {
    await part.rebuild();
    log(`the ${part.name} is rebuilt (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
  } catch (error) {
    log(`the ${part.name} was not replaced: ${errorMessage(error)}`);
  }
}
