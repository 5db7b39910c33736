// Owns API keys for tests: made over the API as an admin makes them, and tables of access that a test empties.
import { type Answered, ask, bindings, clock, post } from './http-mesh.ts';

const TABLES = [
  ...['people', 'passkeys', 'recovery_codes', 'invitations', 'sessions', 'api_keys', 'used_tokens'],
  ...['sign_in_failures', 'identity_providers', 'audit_entries', 'audit_chain'],
];

/** Everything but monitors, channels and their history, which `empty` deletes. Sets the clock back. */
export async function emptyAccess(): Promise<void> {
  clock.now = 1_800_000_000_000;
  await bindings.DB.batch(TABLES.map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)));
}

export interface MadeKey {
  readonly id: string;
  readonly key: string;
}

export async function makeKey(
  role: string,
  tags: readonly string[] | null = null,
  expiresAt: string | null = null,
): Promise<MadeKey> {
  const created = await post('/api/v1/api-keys', { name: `A key of ${role}`, role, tags, expiresAt });
  if (created.status !== 201) throw new Error(`the key was rejected: ${created.text}`);
  return { id: created.json.id, key: created.json.key };
}

export const asKey =
  ({ key }: Pick<MadeKey, 'key'>) =>
  (path: string, method = 'GET', body?: unknown): Promise<Answered> =>
    ask(path, { method, token: key, ...(body === undefined ? {} : { body }) });

/** Actions of the audit log, oldest first, with the name of who did it. */
export async function auditTrail(): Promise<string[]> {
  const { results } = await bindings.DB.prepare(
    "SELECT action || ' by ' || actor_name AS entry FROM audit_entries ORDER BY seq",
  ).all<{ entry: string }>();
  return results.map(({ entry }) => entry);
}
