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

/** An end of the log as it is stored. */
interface SignedEnd {
  readonly seq: number;
  readonly hash: string;
  readonly signature: string;
}

/**
 * HMAC-SHA256 of one end of the chain under the current key. `mark`: an earlier signature of this end was not valid, so
 * entries up to this number may have been changed or removed. A signature carries its mark, so that a later change does not
 * hide it.
 */
export const signEnd = (
  { encryptionKey }: EncryptionKeys,
  end: End,
  { seq, hash }: Pick<SignedEnd, 'seq' | 'hash'>,
  mark: number | null,
): string => `${mark === null ? '' : `${mark}.`}${macOf(encryptionKey, end, seq, hash, mark)}`;

/** Whether the current or the previous key signed this end, with its mark. */
export const isSigned = (keys: EncryptionKeys, end: End, signed: SignedEnd): boolean =>
  isSignedWith(keys.encryptionKey, end, signed) ||
  (keys.previousEncryptionKey !== undefined && isSignedWith(keys.previousEncryptionKey, end, signed));

export const isSignedWith = (key: string, end: End, { seq, hash, signature }: SignedEnd): boolean => {
  const [, mark, mac] = SIGNATURE.exec(signature) ?? [];
  if (mac === undefined) return false;
  return isSame(macOf(key, end, seq, hash, mark === undefined ? null : Number(mark)), mac);
};

/** Null without a mark. */
export function markOf(signature: string): number | null {
  const mark = SIGNATURE.exec(signature)?.[1];
  return mark === undefined ? null : Number(mark);
}

const SIGNATURE = /^(?:(\d{1,15})\.)?([0-9a-f]{64})$/;

function macOf(encryptionKey: string, end: End, seq: number, hash: string, mark: number | null): string {
  const text = `${end} ${seq} ${hash}${mark === null ? '' : ` ${mark}`}`;
  return createHmac('sha256', signingKey(encryptionKey)).update(text).digest('hex');
}

/** RFC 5869: a key of its own for signatures, so that the encryption key is used for nothing else. */
function signingKey(encryptionKey: string): Uint8Array {
  const bytes = decodeKey(encryptionKey);
  if (typeof bytes === 'string') throw new Error(`ENCRYPTION_KEY ${bytes}`);
  return new Uint8Array(hkdfSync('sha256', bytes, '', 'probemesh audit log', 32));
}

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Where a chain continues: the number of the next entry, and the hash before it. */
export interface ChainPosition {
  readonly seq: number;
  readonly hash: string;
}

/** What is wrong with an entry at a position of the chain. */
export type ChainFault = 'missing' | 'misplaced' | 'changed';

/** The position after the entry, or what is wrong with it: an entry before it is missing, or its content was changed. */
export function follow(
  { seq, hash }: ChainPosition,
  entry: HashedEntry & { readonly hash: string },
): ChainPosition | ChainFault {
  if (entry.seq > seq) return 'missing';
  if (entry.seq < seq) return 'misplaced';
  return hashEntry(hash, entry) === entry.hash ? { seq: seq + 1, hash: entry.hash } : 'changed';
}
