// Owns the rule that an admin remains: a mesh without one can only be managed again by a new secret of the Worker.
// Does not change people or keys.
import type { Config } from '../env.ts';
import type { ValidationError } from '../result.ts';
import { findApiKeyByHash } from '../store/api-keys.ts';
import { type Admin, listLastingAdmins } from '../store/credentials.ts';
import { isUsed } from '../store/used-tokens.ts';

/** What a change takes the rights of an admin from: a person, a key, or all people of an identity provider. */
export type LeavingAdmin =
  | { readonly personId: string }
  | { readonly keyId: string }
  | { readonly issuer: string };

const isLeaving = ({ kind, id, issuer }: Admin, leaving: LeavingAdmin): boolean => {
  if ('personId' in leaving) return kind === 'person' && id === leaving.personId;
  if ('keyId' in leaving) return kind === 'key' && id === leaving.keyId;
  return issuer !== null && withoutSlash(issuer) === withoutSlash(leaving.issuer);
};

/** An issuer is the same with a slash at its end. */
const withoutSlash = (issuer: string): string => issuer.replace(/\/$/, '');

/**
 * An error if the change would take away the last admin. A key that expires and a person without a passkey, a password or
 * an enabled identity provider do not count: they may be gone tomorrow. Call it in the draft of the change.
 */
export async function lastAdminError(
  config: Config,
  leaving: LeavingAdmin,
  path: readonly string[] = [],
): Promise<ValidationError | null> {
  const admins = await listLastingAdmins(config.db);
  const staying = admins.filter((admin) => !isLeaving(admin, leaving));
  if (staying.length === admins.length || staying.length > 0) return null;
  if (await hasUnusedBootstrapKey(config)) return null;
  return {
    kind: 'conflict',
    path,
    message:
      'No admin would remain. First create an API key of the role admin without an expiry, or give another person who can sign in the role admin.',
  };
}

/** The secret ADMIN_TOKEN_SHA256 is an admin too, although it becomes a key only at its first use. */
async function hasUnusedBootstrapKey({ db, adminTokenSha256 }: Config): Promise<boolean> {
  if (adminTokenSha256 === null) return false;
  return (await findApiKeyByHash(db, adminTokenSha256)) === null && !(await isUsed(db, adminTokenSha256));
}
