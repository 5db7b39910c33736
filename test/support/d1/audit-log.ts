// Owns the audit log of a test: an empty one, entries as changes write them, and rows changed behind the program's back.
import { systemCaller } from '../../../src/access/caller.ts';
import type { EncryptionKeys } from '../../../src/encryption-key.ts';
import { ok } from '../../../src/result.ts';
import { runAudited } from '../../../src/store/audit.ts';

/** As before the first key: API keys are gone, and the one of the environment is stored again at its next use. */
export async function emptyAuditLog(db: D1Database): Promise<void> {
  const tables = ['audit_entries', 'audit_chain', 'api_keys', 'people', 'used_tokens'];
  await db.batch(tables.map((table) => db.prepare(`DELETE FROM ${table}`)));
}

/** One entry an hour. */
export async function writeEntries(db: D1Database, keys: EncryptionKeys, count: number, from: number) {
  for (let index = 0; index < count; index += 1) {
    await runAudited(db, keys, systemCaller(from + index * 3_600_000), async () =>
      ok({
        statements: [],
        record: {
          action: 'monitor.updated',
          target: { type: 'monitor', id: `m${index}`, name: `Monitor ${index}` },
          before: { intervalSeconds: 60 },
          after: { intervalSeconds: index },
        },
      }),
    );
  }
}

export interface StoredLog {
  readonly entries: readonly Record<string, unknown>[];
  readonly chain: readonly Record<string, unknown>[];
}

export async function readStoredLog(db: D1Database): Promise<StoredLog> {
  const [entries, chain] = await db.batch<Record<string, unknown>>([
    db.prepare('SELECT * FROM audit_entries ORDER BY seq'),
    db.prepare('SELECT * FROM audit_chain'),
  ]);
  return { entries: entries!.results, chain: chain!.results };
}

/** Replaces every row. */
export async function writeStoredLog(db: D1Database, { entries, chain }: StoredLog): Promise<void> {
  const insert = (table: string, rows: StoredLog['entries']) =>
    rows.map((row) => {
      const columns = Object.keys(row);
      return db
        .prepare(`INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`)
        .bind(...Object.values(row));
    });
  await db.batch([
    db.prepare('DELETE FROM audit_entries'),
    db.prepare('DELETE FROM audit_chain'),
    ...insert('audit_entries', entries),
    ...insert('audit_chain', chain),
  ]);
}
