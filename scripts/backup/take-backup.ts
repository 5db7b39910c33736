// Owns reading a mesh for a backup over its API. Does not write the file, and does not order its lines.
import {
  BackupError,
  type BackupPlan,
  type BackupSource,
  backupLines,
  type LineOptions,
} from '../../src/services/backup/backup-lines.ts';
import { type Mesh, Refused } from './mesh.ts';

/** The lines of the file. */
export const takeBackup = (mesh: Mesh, options: LineOptions): AsyncGenerator<string> =>
  backupLines(sourceOf(mesh), options);

const sourceOf = (mesh: Mesh): BackupSource => ({
  plan: () => mesh.json<BackupPlan>('GET', '/backup'),
  async page(table, after) {
    const rows: string[] = [];
    for await (const line of mesh.lines('GET', `/backup/tables/${table}?after=${after}`)) rows.push(line);
    const last = rows.pop() ?? '';
    if (!last.startsWith('{'))
      throw new BackupError(`A page of ${table} is cut off. Check the connection, and repeat the backup.`);
    return { rows, next: (JSON.parse(last) as { next: number | null }).next };
  },
  async cut(position) {
    const lines = mesh.lines('POST', '/backup/cut', JSON.stringify(position));
    try {
      return resumed(await lines.next(), lines);
    } catch (error) {
      if (error instanceof Refused && error.status === 409) return null;
      throw error;
    }
  },
});

/** A generator whose first value was taken to see whether it has one. */
async function* resumed(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
