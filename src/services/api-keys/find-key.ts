// Finds the API key of a request, and stores the bootstrap key of the environment as one when it is first used.
// Does not know roles of routes.
import { systemCaller } from '../../access/caller.ts';
import type { Role } from '../../access/role.ts';
import type { Config } from '../../env.ts';
import { err, ok } from '../../result.ts';
import {
  type ApiKeyRow,
  findApiKey,
  findApiKeyByHash,
  type NewApiKeyRow,
  upsertApiKey,
} from '../../store/api-keys.ts';
import { runAudited } from '../../store/audit.ts';
import { isUsed } from '../../store/used-tokens.ts';
import { hashToken } from '../tokens.ts';

export const BOOTSTRAP_KEY = 'bootstrap';

export type KeyProblem = 'unknown' | 'expired' | 'replaced' | 'revoked';
export type FoundKey =
  | { readonly key: ApiKeyRow & { readonly role: Role } }
  | { readonly problem: KeyProblem };

export async function findKey(config: Config, token: string, now: number): Promise<FoundKey> {
  const hash = await hashToken(token);
  const row = (await findApiKeyByHash(config.db, hash)) ?? (await storeBootstrapKey(config, hash, now));
  if (row === null) return { problem: 'unknown' };
  const problem = problemOf(row, hash, now);
  const { role } = row;
  if (problem !== null) return { problem };
  return role === null ? { problem: 'unknown' } : { key: { ...row, role } };
}

function problemOf(row: ApiKeyRow, hash: string, now: number): KeyProblem | null {
  if (row.revokedAt !== null) return 'revoked';
  if (row.expiresAt !== null && row.expiresAt <= now) return 'expired';
  const isCurrent = row.hash === hash;
  return isCurrent || (row.previousExpiresAt !== null && row.previousExpiresAt > now) ? null : 'replaced';
}

/**
 * The secret ADMIN_TOKEN_SHA256 becomes the key `bootstrap` when it is first used. After that it is a key like any other.
 * Another value of the secret replaces it. A value that was revoked or rotated is never stored again.
 */
async function storeBootstrapKey(config: Config, hash: string, now: number): Promise<ApiKeyRow | null> {
  const { db, adminTokenSha256 } = config;
  // The hash of a request is not a secret of this side: comparing it reveals nothing of the token.
  if (hash !== adminTokenSha256) return null;
  await runAudited(db, config, systemCaller(now), async () => {
    // Another request stored it meanwhile.
    if ((await findApiKeyByHash(db, hash)) !== null) return err('stored');
    if (await isUsed(db, hash)) return err('retired');
    const before = await findApiKey(db, BOOTSTRAP_KEY);
    return ok({
      statements: [upsertApiKey(db, bootstrapRow(hash, now))],
      record: {
        action: before === null ? 'api_key.created' : 'api_key.replaced',
        target: { type: 'api_key', id: BOOTSTRAP_KEY, name: BOOTSTRAP_KEY },
        before: null,
        after: { name: BOOTSTRAP_KEY, role: 'admin', tags: null, expiresAt: null },
      },
    });
  });
  return findApiKeyByHash(db, hash);
}

const bootstrapRow = (hash: string, now: number): NewApiKeyRow => ({
  id: BOOTSTRAP_KEY,
  name: BOOTSTRAP_KEY,
  hint: '',
  hash,
  previousHash: null,
  previousExpiresAt: null,
  role: 'admin',
  tags: null,
  createdBy: 'ADMIN_TOKEN_SHA256',
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  createdAt: now,
  updatedAt: now,
});
