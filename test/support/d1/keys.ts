// Owns API keys with a role and a restriction for tests, and the entries of the audit log. Does not test keys.
import type { Role } from '../../../src/access/role.ts';
import { hashToken } from '../../../src/services/tokens.ts';
import { insertApiKey } from '../../../src/store/api-keys.ts';
import { runBatch } from '../../../src/store/database.ts';
import { type Answered, ask, bindings, clock } from './http-mesh.ts';

/** Stores a key and returns its token, which is `pm_` and its id. */
export async function keyOf(id: string, role: Role, tags: string[] | null = null): Promise<string> {
  const token = `pm_${id}`;
  const { now } = clock;
  const row = { id, name: id, hint: '', role, tags, createdBy: 'test', createdAt: now, updatedAt: now };
  await runBatch(bindings.DB, [insertApiKey(bindings.DB, { ...row, hash: await hashToken(token) })]);
  return token;
}

/** Removes keys and the audit log. `empty` keeps both. */
export async function forgetKeys(): Promise<void> {
  const tables = ['api_keys', 'used_tokens', 'audit_entries', 'audit_chain'];
  await bindings.DB.batch(tables.map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)));
}

type Body = object | undefined;

/** Requests with one key. */
export const asker = (token: string) => ({
  get: (path: string): Promise<Answered> => ask(path, { token }),
  post: (path: string, body: Body): Promise<Answered> => ask(path, { method: 'POST', token, body }),
  patch: (path: string, body: Body): Promise<Answered> => ask(path, { method: 'PATCH', token, body }),
  put: (path: string, body: Body): Promise<Answered> => ask(path, { method: 'PUT', token, body }),
  remove: (path: string): Promise<Answered> => ask(path, { method: 'DELETE', token }),
});

export interface Entry {
  readonly action: string;
  readonly actor: string;
  readonly target: string;
  readonly file: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of every entity.
  readonly before: any;
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of every entity.
  readonly after: any;
}

/** Oldest first, without those of keys. */
export async function auditEntriesOf(): Promise<Entry[]> {
  const { results } = await bindings.DB.prepare(
    `select action, actor_name as actor, target_id as target, file, "before", "after" from audit_entries
     where target_type <> 'api_key' order by seq`,
  ).all<Record<string, string | null>>();
  return results.map((row) => ({
    ...row,
    before: JSON.parse(row.before ?? 'null'),
    after: JSON.parse(row.after ?? 'null'),
  })) as unknown as Entry[];
}
