// Creates and updates API keys. A key is returned once, when it is made, and only its SHA-256 is stored.
// Does not rotate or revoke one: rotate-api-key.ts and revoke-api-key.ts do.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { type ApiKeyRow, findApiKey, insertApiKey } from '../../store/api-keys.ts';
import { changedFields, runAudited } from '../../store/audit.ts';
import { lastAdminError } from '../last-admin.ts';
import { hashToken, newId, newToken } from '../tokens.ts';
import {
  type ApiKeyDefinition,
  auditedKey,
  definitionError,
  definitionOf,
  keyTarget,
  unknownKey,
} from './api-key.ts';
import { changeKey, type KeyError } from './change-key.ts';

/** A key with its secret: the only time that it is known. */
export interface IssuedKey {
  readonly row: ApiKeyRow;
  /** `pm_…` */
  readonly key: string;
}

/** `pm_` and four characters: enough to recognise a key, and too few to guess one. */
const HINT_LENGTH = 7;

/** A new secret and what is stored of it. */
export async function issueSecret(): Promise<{ key: string; hash: string; hint: string }> {
  const key = newToken('pm');
  return { key, hash: await hashToken(key), hint: key.slice(0, HINT_LENGTH) };
}

export async function createApiKey(
  config: Config,
  caller: Caller,
  definition: ApiKeyDefinition,
): Promise<Result<IssuedKey, ValidationError>> {
  const invalid = definitionError(definition, caller.now);
  if (invalid) return err(invalid);
  const { key, hash, hint } = await issueSecret();
  const { name, role, tags, expiresAt } = definition;
  const row = {
    ...{ id: newId('key'), name, hint, hash, previousHash: null, previousExpiresAt: null },
    ...{ role, tags: tags === null ? null : [...tags], createdBy: caller.actor.name },
    ...{ expiresAt, revokedAt: null, lastUsedAt: null, version: 1 },
    ...{ createdAt: caller.now, updatedAt: caller.now },
  };
  await runAudited(config.db, config, caller, async () =>
    ok({
      statements: [insertApiKey(config.db, row)],
      record: { action: 'api_key.created', target: keyTarget(row), before: null, after: auditedKey(row) },
    }),
  );
  return ok({ row, key });
}

/**
 * Applies `patch` to the stored key. Fails with `precondition_failed` if the key has another version than the expected one.
 */
export const updateApiKey = <E = never>(
  config: Config,
  caller: Caller,
  id: string,
  patch: (stored: ApiKeyDefinition) => Result<ApiKeyDefinition, E>,
  expectedVersion?: number,
): Promise<Result<ApiKeyRow, KeyError | VersionError | E>> =>
  changeKey<E>(config, caller, id, expectedVersion, async (row) => {
    if (row.revokedAt !== null) return err(revokedError(row.name));
    const stored = definitionOf(row);
    const patched = patch(stored);
    if (!patched.ok) return patched;
    const { name, role, tags, expiresAt } = patched.value;
    const invalid = definitionError(patched.value, caller.now, stored);
    if (invalid) return err(invalid);
    // A key that ends is not an admin that lasts.
    const leaves = row.role === 'admin' && (role !== 'admin' || expiresAt !== null);
    const last = leaves
      ? await lastAdminError(config, { keyId: id }, [role === 'admin' ? 'expiresAt' : 'role'])
      : null;
    if (last) return err(last);
    const values = { name, role, tags: tags === null ? null : [...tags], expiresAt };
    const { before, after } = changedFields(auditedKey(row), auditedKey({ ...row, ...values }));
    if (Object.keys(after as object).length === 0) return ok(null);
    return ok({ action: 'api_key.updated', values, before, after });
  });

export const revokedError = (name: string): ValidationError => ({
  kind: 'conflict',
  path: [],
  message: `The API key "${name}" was revoked, and that is final. Create another key.`,
});

export async function readApiKey(
  { db }: Pick<Config, 'db'>,
  id: string,
): Promise<Result<ApiKeyRow, ValidationError>> {
  const row = await findApiKey(db, id);
  return row === null ? err(unknownKey(id)) : ok(row);
}
