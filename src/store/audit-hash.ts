// Owns the hash chain of the audit log and the signatures of its two ends. Pure. Does not read or write rows.
import { Buffer } from 'node:buffer';
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { decodeKey, type EncryptionKeys } from '../encryption-key.ts';

/** Everything of an entry that its hash covers, in this order. */
export interface HashedEntry {
  readonly seq: number;
  readonly at: number;
  readonly actorType: string;
  readonly actorId: string;
  readonly actorName: string;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly file: string | null;
  readonly action: string;
  readonly targetType: string;
  readonly targetId: string;
  readonly targetName: string;
  /** JSON as text, exactly as it is stored. */
  readonly before: string | null;
  readonly after: string | null;
}

/** The hash before the first entry. */
export const GENESIS = '0'.repeat(64);

/** SHA-256 of the JSON array of the hash before it and the columns of the entry, hexadecimal. */
export const hashEntry = (previous: string, entry: HashedEntry): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        previous,
        entry.seq,
        entry.at,
        entry.actorType,
        entry.actorId,
        entry.actorName,
        entry.address,
        entry.userAgent,
        entry.file,
        entry.action,
        entry.targetType,
        entry.targetId,
        entry.targetName,
        entry.before,
        entry.after,
      ]),
    )
    .digest('hex');

export type End = 'first' | 'last';

/** HMAC-SHA256 of one end of the chain under the current key. */
export const signEnd = ({ encryptionKey }: EncryptionKeys, end: End, seq: number, hash: string): string =>
  signWith(encryptionKey, end, seq, hash);

/** Whether the current or the previous key signed this end. */
export const isSigned = (
  { encryptionKey, previousEncryptionKey }: EncryptionKeys,
  end: End,
  { seq, hash, signature }: { readonly seq: number; readonly hash: string; readonly signature: string },
): boolean =>
  [encryptionKey, previousEncryptionKey].some(
    (key) => key !== undefined && isSame(signWith(key, end, seq, hash), signature),
  );

/** RFC 5869: a key of its own for signatures, so that the encryption key is used for nothing else. */
function signWith(encryptionKey: string, end: End, seq: number, hash: string): string {
  const bytes = decodeKey(encryptionKey);
  if (typeof bytes === 'string') throw new Error(`ENCRYPTION_KEY ${bytes}`);
  const key = hkdfSync('sha256', bytes, '', 'probemesh audit log', 32);
  return createHmac('sha256', new Uint8Array(key)).update(`${end} ${seq} ${hash}`).digest('hex');
}

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
