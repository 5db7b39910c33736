// Owns the secrets of a status page: the hash of its password, and the key of its feeds. Does not decide who may read it.
import type { EncryptionKeys } from '../../encryption-key.ts';
import { seal, statusPagePlace, unseal } from '../../store/encryption.ts';
import type { StatusPageRow } from '../../store/status-pages.ts';
import { hashPassword } from '../local-accounts/password.ts';
import { newToken } from '../tokens.ts';

/** Of a page with a password. */
export interface PageSecrets {
  /** PHC string. */
  readonly passwordHash: string;
  /** Programs send it, because they cannot fill in a form. */
  readonly feedKey: string;
}

/** Null if the page has no secrets. Throws if no configured key opens them. */
export const openPageSecrets = async (
  keys: EncryptionKeys,
  { id, sealed }: Pick<StatusPageRow, 'id' | 'sealed'>,
): Promise<PageSecrets | null> =>
  sealed === null ? null : unseal<PageSecrets>(keys, statusPagePlace(id), sealed);

/** With a new key: who knew the old password knew the old key. */
export const newPageSecrets = async (password: string): Promise<PageSecrets> => ({
  passwordHash: await hashPassword(password),
  feedKey: newToken('pk'),
});

export const sealPageSecrets = (keys: EncryptionKeys, id: string, secrets: PageSecrets): Promise<string> =>
  seal(keys, statusPagePlace(id), secrets);
