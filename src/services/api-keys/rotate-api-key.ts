// Rotates an API key: a new secret, while the one before it works until the overlap ends.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { changedFields } from '../../store/audit.ts';
import { auditedKey, definitionError, definitionOf } from './api-key.ts';
import { type IssuedKey, issueSecret, revokedError } from './api-keys.ts';
import { changeKey } from './change-key.ts';

export interface Rotation {
  /** How long the secret before it still works. 0: it ends now. */
  readonly overlapMinutes: number;
  /** Ms since the epoch. Undefined: as before. */
  readonly expiresAt?: number | null | undefined;
}

/** A rotation during an overlap ends the oldest secret: at most two work at a time. */
export async function rotateApiKey(
  config: Config,
  caller: Caller,
  id: string,
  { overlapMinutes, expiresAt }: Rotation,
): Promise<Result<IssuedKey, ValidationError | VersionError>> {
  const { now } = caller;
  const { key, hash, hint } = await issueSecret();
  const changed = await changeKey<never>(config, caller, id, undefined, async (row) => {
    if (row.revokedAt !== null) return err(revokedError(row.name));
    const stored = definitionOf(row);
    const end = expiresAt === undefined ? row.expiresAt : expiresAt;
    if (end !== null && end <= now)
      return err({
        kind: 'conflict',
        path: ['expiresAt'],
        message: 'The API key has expired. Send a new `expiresAt` with the rotation, in the future or null.',
      });
    const invalid = definitionError({ ...stored, expiresAt: end }, now, stored);
    if (invalid) return err(invalid);
    const values = {
      ...{ hash, hint, expiresAt: end },
      ...{ previousHash: row.hash, previousExpiresAt: now + overlapMinutes * 60_000 },
    };
    const fields = changedFields(auditedKey(row), auditedKey({ ...row, ...values }));
    return ok({ action: 'api_key.rotated', values, ...fields, retires: true });
  });
  return changed.ok ? ok({ row: changed.value, key }) : changed;
}
