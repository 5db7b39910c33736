// Owns encrypting the secrets of a backup again: from the key of a mesh to that of a passphrase, and back. It happens here,
// because the API of a mesh returns no secret, and takes none that it could not have. Does not read files.
import { randomBytes, scrypt } from 'node:crypto';
import type { EncryptionKeys } from '../../src/encryption-key.ts';
import { BackupError, type Sealing, type Section } from '../../src/services/backup/backup-lines.ts';
import { isSigned, markOf, signEnd } from '../../src/store/audit-hash.ts';
import { keyIds, seal, unseal } from '../../src/store/encryption.ts';
import { sealedColumnOf } from '../../src/store/sealed-values.ts';

type PassphraseSealing = Extract<Sealing, { type: 'passphrase' }>;

/** RFC 7914. About 128 MB and half a second: a guess costs as much. */
const COST = { n: 2 ** 17, r: 8, p: 1 } as const;
const MIN_PASSPHRASE = 12;

const derive = (
  passphrase: string,
  { n, r, p, salt }: Pick<PassphraseSealing, 'n' | 'r' | 'p' | 'salt'>,
): Promise<EncryptionKeys> =>
  new Promise((resolve, reject) => {
    const options = { N: n, r, p, maxmem: 256 * n * r };
    scrypt(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), 32, options, (error, key) =>
      error ? reject(error) : resolve({ encryptionKey: key.toString('base64') }),
    );
  });

/** A key for one backup. Throws a {@link BackupError} for a short passphrase. */
export async function newPassphraseKey(
  passphrase: string,
  cost: Pick<PassphraseSealing, 'n' | 'r' | 'p'> = COST,
): Promise<{ readonly keys: EncryptionKeys; readonly sealing: PassphraseSealing }> {
  if (passphrase.length < MIN_PASSPHRASE)
    throw new BackupError(`The passphrase must have at least ${MIN_PASSPHRASE} characters.`);
  const derived = { ...cost, salt: randomBytes(16).toString('base64') };
  const keys = await derive(passphrase, derived);
  const { current } = await keyIds(keys);
  return { keys, sealing: { type: 'passphrase', key: current, kdf: 'scrypt', ...derived } };
}

/** The key of an existing backup. Throws a {@link BackupError} for another passphrase. */
export async function passphraseKey(passphrase: string, sealing: PassphraseSealing): Promise<EncryptionKeys> {
  const keys = await derive(passphrase, sealing);
  if ((await keyIds(keys)).current !== sealing.key)
    throw new BackupError('The passphrase is not the one that the backup was made with.');
  return keys;
}

/** Changes a row so that its secrets, and the signatures of the audit log, are those of another key. */
export interface Resealer {
  row(section: Section, row: string): Promise<string>;
  /** Values that `from` does not decrypt. They stay as they are: they must be written again. */
  failed(): number;
}

export function reseal(from: EncryptionKeys, to: EncryptionKeys): Resealer {
  let failed = 0;
  return {
    failed: () => failed,
    async row({ table, columns }, text) {
      if (table === 'audit_chain') return resign(columns, text);
      const sealed = sealedColumnOf(table);
      const at = sealed === null ? -1 : columns.indexOf(sealed.column);
      if (sealed === null || at === -1) return text;
      const row = JSON.parse(text) as (string | number | null)[];
      const value = row[at];
      if (typeof value !== 'string') return text;
      const place = sealed.placeOf(row[columns.indexOf(sealed.key)] as string | number);
      try {
        row[at] = await seal(to, place, await unseal<unknown>(from, place, value));
      } catch {
        failed += 1;
        return text;
      }
      return JSON.stringify(row);
    },
  };

  /** A signature that is not valid stays so. */
  function resign(columns: readonly string[], text: string): string {
    const row = JSON.parse(text) as (string | number | null)[];
    const index = (name: string): number => columns.indexOf(name);
    for (const [end, seqName, hashName, name] of [
      ['first', 'first_seq', 'first_previous', 'first_signature'],
      ['last', 'last_seq', 'last_hash', 'last_signature'],
    ] as const) {
      const signature = String(row[index(name)]);
      const position = { seq: Number(row[index(seqName)]), hash: String(row[index(hashName)]) };
      if (isSigned(from, end, { ...position, signature }))
        row[index(name)] = signEnd(to, end, position, markOf(signature));
    }
    return JSON.stringify(row);
  }
}
