// Owns the rotation of the encryption key: each tick encrypts some of the values of the previous key with the current one,
// and signs the ends of the audit log with it.
// Does not choose the keys. Without a previous key, it reads nothing.
import type { EncryptionKeys } from '../encryption-key.ts';
import { log } from '../log.ts';
import { resignAuditLog } from '../store/audit-retention.ts';
import { keyIds, seal, unseal } from '../store/encryption.ts';
import { countSealed, replaceSealed, type SealedValue, valuesSealedWith } from '../store/sealed-values.ts';

/** Values of each column a tick. */
const MAX_VALUES = 50;
/** Characters a tick: a value may have 55,000, and a parameter of D1 takes at most 2 MB. */
const MAX_CHARACTERS = 400_000;

/** Never throws: what failed is tried again by the next tick. */
export async function resealSecrets(db: D1Database, keys: EncryptionKeys): Promise<void> {
  try {
    const ids = await keyIds(keys);
    if (ids.previous === null) return;
    const signed = await resignAuditLog(db, keys);
    if (signed > 0) log.info('audit.resigned', { ends: signed });
    const values = limitSize(await valuesSealedWith(db, ids.previous, MAX_VALUES));
    if (values.length === 0) return;
    const opened = await Promise.all(values.map((value) => reseal(keys, value)));
    const replacements = opened.filter((one) => one !== null);
    const resealed = await replaceSealed(db, replacements);
    const damaged = values.length - replacements.length;
    const { previous, unknown } = await countSealed(db, ids);
    log.info('secrets.resealed', { resealed, damaged, remaining: previous, unknown });
  } catch (error) {
    log.warn('secrets.reseal_failed', { error });
  }
}

function limitSize(values: readonly SealedValue[]): SealedValue[] {
  let characters = 0;
  return values.filter(({ sealed }) => {
    characters += sealed.length;
    return characters <= MAX_CHARACTERS;
  });
}

/** Null if the value does not decrypt: it was changed, or copied from another row. */
async function reseal(
  keys: EncryptionKeys,
  value: SealedValue,
): Promise<(SealedValue & { readonly next: string }) | null> {
  try {
    const opened = await unseal<unknown>(keys, value.place, value.sealed);
    return { ...value, next: await seal(keys, value.place, opened) };
  } catch {
    return null;
  }
}
