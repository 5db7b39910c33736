// Owns reading this mesh for a backup from within: the same pages and the same cut as over the API. Counts its statements,
// because an invocation has a limit. Does not write anything but the entry of the audit log.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { readPage } from '../../store/backup/read-rows.ts';
import { findBackupTable } from '../../store/backup/tables.ts';
import { BackupError, type BackupSource } from './backup-lines.ts';
import { exportCut, startBackup } from './export-backup.ts';

/** D1 takes 1,000 statements an invocation. The cut, and a page that has large rows, need the rest. */
const MAX_PAGES = 800;

export function ownSource(config: Config, caller: Caller): BackupSource {
  let pages = 0;
  return {
    async plan() {
      const started = await startBackup(config, caller);
      if (!started.ok) throw new BackupError(messageOf(started.error));
      const { since, history, ...plan } = started.value;
      return {
        ...plan,
        createdAt: new Date(caller.now).toISOString(),
        since: new Date(since).toISOString(),
        historyFrom: { ...history },
      };
    },
    async page(table, after) {
      pages += 1;
      if (pages > MAX_PAGES)
        throw new BackupError(
          `The mesh has more than ${MAX_PAGES} pages, which one run cannot read. Run npm run backup instead, or shorten OBSERVATION_DAYS.`,
        );
      return readPage(config.db, findBackupTable(table)!, after);
    },
    async cut({ since, compaction, ends }) {
      const cut = await exportCut(config, { since: Date.parse(since), compaction }, ends, caller);
      if (cut.ok) return withoutLineFeeds(cut.value);
      if (cut.error.kind === 'conflict' && cut.error.path[0] === 'compaction') return null;
      throw new BackupError(messageOf(cut.error));
    },
  };
}

const messageOf = (error: { readonly message: string }): string => error.message;

/** Each text is one line. */
async function* withoutLineFeeds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield line.slice(0, -1);
}
