// Finds the API key of a request, and stores the bootstrap key of the environment as one when it is first used.
// Does not know roles of routes.
import { systemCaller } from '../../access/caller.ts';
import type { Role } from '../../access/role.ts';
import type { Config } from '../../env.ts';
import { ok } from '../../result.ts';
import { type ApiKeyRow, findApiKey, findApiKeyByHash, upsertApiKey } from '../../store/api-keys.ts';
import { runAudited } from '../../store/audit.ts';
import { isUseConflict, useToken } from '../../store/used-tokens.ts';
import { hashToken } from '../tokens.ts';

export const BOOTSTRAP_KEY = 'bootstrap';

export type KeyProblem = 'unknown' | 'expired' | 'revoked';
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
  return isCurrent || (row.previousExpiresAt !== null && row.previousExpiresAt > now) ? null : 'expired';
}

/**
 * The secret ADMIN_TOKEN_SHA256 becomes the key `bootstrap` once. After that it is a key like any other: a revoked one
 * stays revoked, until the secret has another value.
 */
async function storeBootstrapKey(config: Config, hash: string, now: number): Promise<ApiKeyRow | null> {
  const { db, adminTokenSha256 } = config;
  // The hash of a request is not a secret of this side: comparing it reveals nothing of the token.
  if (hash !== adminTokenSha256) return null;
  const row = {
    id: BOOTSTRAP_KEY,
    name: BOOTSTRAP_KEY,
    hint: '',
    hash,
    previousHash: null,
    previousExpiresAt: null,
    role: 'admin' as const,
    tags: null,
    createdBy: 'ADMIN_TOKEN_SHA256',
    expiresAt: null,
    revokedAt: null,
    createdAt: now,
    updatedAt: now,
  };
  try {
    await runAudited(db, config, systemCaller(now), async () =>
      ok({
        statements: [useToken(db, hash, 'bootstrap', now, null), upsertApiKey(db, row)],
        record: {
          action: 'api_key.created',
          target: { type: 'api_key', id: BOOTSTRAP_KEY, name: BOOTSTRAP_KEY },
          before: null,
          after: { name: BOOTSTRAP_KEY, role: 'admin', tags: null, expiresAt: null },
        },
      }),
    );
  } catch (error) {
    // Another request stored it first, or it was stored, rotated and is not valid any more.
    if (!isUseConflict(error)) throw error;
    const stored = await findApiKey(db, BOOTSTRAP_KEY);
    return stored?.hash === hash ? stored : null;
  }
  return findApiKey(db, BOOTSTRAP_KEY);
}
