// Owns restoring a backup over the API: begins, empties the mesh, sends the rows in order, and completes. Every step can be
// repeated. Does not read files.
import type { Section } from '../../src/services/backup/backup-lines.ts';
import { type Contents, readParts } from './file-format.ts';
import { type Mesh, Refused } from './mesh.ts';
import type { Resealer } from './sealing.ts';

export interface RestoreOptions {
  /** Id of the key that the secrets are encrypted with when they are sent. */
  readonly key: string;
  /** Null: they are sent as they are. */
  readonly resealer: Resealer | null;
  /** Host of the mesh, to delete what it has. */
  readonly replace?: string | undefined;
  readonly progress?: (rows: number) => void;
}

/** Well below what a request may have, and far below the CPU time of one. */
const CHUNK_CHARACTERS = 600_000;
const CHUNK_ROWS = 2_000;

/** `read` reads the file from its beginning. `contents` is what it contains: it was verified before. */
export async function restoreBackup(
  mesh: Mesh,
  { header, sections, counts }: Contents,
  read: () => AsyncIterable<string>,
  { key, resealer, replace, progress }: RestoreOptions,
): Promise<void> {
  const { mesh: source, createdAt, migration } = header;
  const request = { mesh: source, createdAt, migration, key, tables: sections, replace };
  await mesh.json('POST', '/restore', JSON.stringify(request));
  while (!(await mesh.json<{ done: boolean }>('POST', '/restore/clear')).done);
  let section: Section = { table: '', columns: [] };
  let rows: string[] = [];
  let size = 0;
  let sent = 0;
  const send = async (): Promise<void> => {
    if (rows.length === 0) return;
    const { table, columns } = section;
    const body = `{"table":${JSON.stringify(table)},"columns":${JSON.stringify(columns)},"rows":[${rows.join(',')}]}`;
    await mesh.json('POST', '/restore/rows', body);
    sent += rows.length;
    progress?.(sent);
    rows = [];
    size = 0;
  };
  for await (const part of readParts(read())) {
    if (part.kind === 'header') continue;
    if (part.kind === 'section') {
      await send();
      section = part.section;
      continue;
    }
    const row = resealer ? await resealer.row(section, part.row) : part.row;
    if (size + row.length > CHUNK_CHARACTERS || rows.length >= CHUNK_ROWS) await send();
    rows.push(row);
    size += row.length;
  }
  await send();
  await finish(mesh, counts);
}

/** If its first response is lost, the repeat finds no restore in progress. */
async function finish(mesh: Mesh, counts: Contents['counts']): Promise<void> {
  try {
    await mesh.json('POST', '/restore/finish', JSON.stringify({ counts }));
  } catch (error) {
    if (!(error instanceof Refused) || !/^No restore is in progress/.test(error.message)) throw error;
  }
}
