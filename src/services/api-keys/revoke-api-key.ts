// Revokes an API key at once and for good. The row stays, so that a request with the key is answered with the reason.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import type { ApiKeyRow } from '../../store/api-keys.ts';
import { changedFields } from '../../store/audit.ts';
import { lastAdminError } from '../last-admin.ts';
import { auditedKey } from './api-key.ts';
import { changeKey } from './change-key.ts';

/** Revoking a key twice changes nothing. */
export const revokeApiKey = (
  config: Config,
  caller: Caller,
  id: string,
  expectedVersion?: number,
): Promise<Result<ApiKeyRow, ValidationError | VersionError>> =>
  changeKey<never>(config, caller, id, expectedVersion, async (row) => {
    if (row.revokedAt !== null) return ok(null);
    const last = row.role === 'admin' ? await lastAdminError(config, { keyId: id }) : null;
    if (last)
      return err({
        ...last,
        message: `${last.message} If the key has leaked, rotate it with "overlapMinutes": 0 instead.`,
      });
    const values = { revokedAt: caller.now };
    const fields = changedFields(auditedKey(row), auditedKey({ ...row, ...values }));
    return ok({ action: 'api_key.revoked', values, ...fields, retires: true });
  });
