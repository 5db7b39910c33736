// Owns backups in tests: over the real API, in memory, and their rows by table. Does not assert anything.
import { inspect, readParts } from '../../../scripts/backup/file-format.ts';
import { connectMesh, type Mesh } from '../../../scripts/backup/mesh.ts';
import { type RestoreOptions, restoreBackup } from '../../../scripts/backup/restore-backup.ts';
import { takeBackup } from '../../../scripts/backup/take-backup.ts';
import type { Bindings } from '../../../src/env.ts';
import { createApp } from '../../../src/http/app.ts';
import type { LineOptions } from '../../../src/services/backup/backup-lines.ts';
import { keyIds } from '../../../src/store/encryption.ts';
import { bindings, clock } from './http-mesh.ts';

const app = createApp(() => clock.now);

/** The mesh of the test. `env` changes its bindings. */
export const testMesh = (env: Partial<Bindings> = {}): Mesh =>
  connectMesh(
    async (path, init) =>
      app.request(
        `/api/v1${path}`,
        { ...init, headers: { authorization: 'Bearer test-token', 'content-type': 'application/json' } },
        { ...bindings, ...env },
      ),
    0,
  );

export async function backUp(
  mesh: Mesh = testMesh(),
  options: LineOptions = { passphrase: null },
): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of takeBackup(mesh, options)) lines.push(line);
  return lines;
}

export async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

/** Into the mesh of the test, with its key. */
export async function restore(
  lines: readonly string[],
  options: Partial<RestoreOptions> = {},
  mesh: Mesh = testMesh(),
): Promise<void> {
  const contents = await inspect(each(lines));
  const { current } = await keyIds({ encryptionKey: bindings.ENCRYPTION_KEY });
  await restoreBackup(mesh, contents, () => each(lines), { key: current, resealer: null, ...options });
}

export type Row = Readonly<Record<string, unknown>>;

/** Rows by table, as a restore leaves them: of two with the same key, the later one. Without rowids. */
export async function rowsByTable(lines: readonly string[]): Promise<Map<string, Row[]>> {
  const tables = new Map<string, Map<unknown, Row>>();
  let table = '';
  let columns: readonly string[] = [];
  for await (const part of readParts(each(lines))) {
    if (part.kind === 'section') ({ table, columns } = part.section);
    if (part.kind !== 'row') continue;
    const values = JSON.parse(part.row) as unknown[];
    const rows = tables.get(table) ?? new Map<unknown, Row>();
    rows.set(values[0], Object.fromEntries(columns.map((name, index) => [name, values[index]])));
    tables.set(table, rows);
  }
  return new Map(
    [...tables].map(([name, rows]) => [name, [...rows.values()].map(({ rowid: _, ...row }): Row => row)]),
  );
}

/** Deletes every row of every table. */
export async function wipe(): Promise<void> {
  const { results } = await bindings.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%' and name not like 'd1\\_%' escape '\\'",
  ).all<{ name: string }>();
  await bindings.DB.batch(results.map(({ name }) => bindings.DB.prepare(`delete from "${name}"`)));
}
