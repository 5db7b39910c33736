// Owns reading and emptying the tables of people, sessions, identity providers and the audit log in tests.
import { bindings } from './http-mesh.ts';

const TABLES = [
  ...['people', 'sessions', 'identity_providers', 'api_keys', 'used_tokens', 'audit_entries', 'audit_chain'],
];

export const emptyAccess = async (): Promise<void> => {
  await bindings.DB.batch(TABLES.map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)));
};

export async function rowsOf(table: string): Promise<Record<string, unknown>[]> {
  return (await bindings.DB.prepare(`SELECT * FROM ${table} ORDER BY 1`).all()).results;
}

export interface WrittenEntry {
  readonly action: string;
  readonly target: string;
  readonly actor: string;
  // biome-ignore lint/suspicious/noExplicitAny: an entry has the fields of any entity.
  readonly before: any;
  // biome-ignore lint/suspicious/noExplicitAny: an entry has the fields of any entity.
  readonly after: any;
}

/** The entries since `after`, without those of the bootstrap key. */
export async function entries(): Promise<WrittenEntry[]> {
  const rows = await rowsOf('audit_entries');
  return rows
    .filter(({ target_type }) => target_type !== 'api_key')
    .map(({ action, target_id, actor_type, actor_name, before, after }) => ({
      action: String(action),
      target: String(target_id),
      actor: `${actor_type} ${actor_name}`,
      before: before === null ? null : JSON.parse(String(before)),
      after: after === null ? null : JSON.parse(String(after)),
    }));
}
