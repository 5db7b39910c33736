// Exports the rows of a mesh for a backup: where it stands, pages of the large tables, and the cut that makes all of it one
// moment. Secrets stay encrypted as they are stored. Does not write files: `npm run backup` does.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import {
  type BackupPosition,
  type Cut,
  type PageEnds,
  readCut,
  readPage,
  readPosition,
} from '../../store/backup/read-rows.ts';
import { BACKUP_TABLES, findBackupTable, PAGED_TABLES } from '../../store/backup/tables.ts';
import { type KeyIds, keyIds } from '../../store/encryption.ts';
import { isRestoring } from '../../store/restore-marker.ts';

interface BackupStart extends BackupPosition {
  readonly mesh: string;
  readonly keys: KeyIds;
  /** Tables that are read in pages, in this order. The cut has the others. */
  readonly paged: readonly string[];
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[] }[];
}

const RESTORING: ValidationError = {
  kind: 'conflict',
  path: [],
  message: 'A restore of this mesh is in progress. Repeat it until it is complete, then make the backup.',
};

export async function startBackup(
  config: Config,
  { now }: Caller,
): Promise<Result<BackupStart, ValidationError>> {
  if (await isRestoring(config.db)) return err(RESTORING);
  return ok({
    ...(await readPosition(config.db, now)),
    mesh: config.publicUrl,
    keys: await keyIds(config),
    paged: PAGED_TABLES.map(({ name }) => name),
    tables: BACKUP_TABLES.map(({ name, columns }) => ({ name, columns: columns.map((one) => one.name) })),
  });
}

/** Lines of JSON: the rows, then `{"next": …}`. A response without that line is not complete. */
export async function exportPage(
  { db }: Pick<Config, 'db'>,
  name: string,
  after: number,
): Promise<Result<string, ValidationError>> {
  const table = findBackupTable(name);
  if (table?.changed == null)
    return err({ kind: 'not_found', message: `No pages have the table "${name}". See GET /api/v1/backup.` });
  const { rows, next } = await readPage(db, table, after);
  return ok(linesOf(rows, { next }));
}

const linesOf = (rows: readonly string[], last: object): string =>
  `${rows.map((row) => `${row}\n`).join('')}${JSON.stringify(last)}\n`;

/** Lines of JSON: of each table `{"table": …, "columns": …}` and its rows, then `{"end": true}`. */
export async function exportCut(
  config: Config,
  position: Pick<BackupPosition, 'since' | 'compaction'>,
  ends: PageEnds,
  caller: Caller,
): Promise<Result<AsyncGenerator<string>, ValidationError>> {
  const { db, publicUrl } = config;
  if (await isRestoring(db)) return err(RESTORING);
  // Before the rows are read, so that the backup has the entry too.
  await runAudited<never>(db, config, caller, async () =>
    ok({
      statements: [],
      record: {
        action: 'backup.created',
        target: { type: 'mesh', id: new URL(publicUrl).host, name: publicUrl },
        before: null,
        after: null,
      },
    }),
  );
  const cut = await readCut(db, position, ends);
  if (cut === null)
    return err({
      kind: 'conflict',
      path: ['compaction'],
      message: 'The history was compacted meanwhile. Read the pages of series and days again, then the cut.',
    });
  return ok(cutLines(cut));
}

async function* cutLines(cut: readonly Cut[]): AsyncGenerator<string> {
  for (const { table, rows } of cut) {
    yield `${JSON.stringify({ table: table.name, columns: table.columns.map(({ name }) => name) })}\n`;
    for (const row of rows) yield `${row}\n`;
  }
  yield '{"end":true}\n';
}
