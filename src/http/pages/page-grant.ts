// Owns the signed texts that open a status page: the grant in a cookie, the link of a mail, and the hand-over from the sign-in
// to a page with its own host. Each is for one page, for what its access was when the text was made, and for some time.
// Does not decide who gets a text.
import { timingSafeEqual } from 'hono/utils/buffer';
import type { EncryptionKeys } from '../../encryption-key.ts';
import { toHex } from '../../hex.ts';
import type { StatusPage } from '../../status-pages/model.ts';
import { importHmacKey } from '../access/hmac-key.ts';

export type GrantKind = 'grant' | 'link' | 'hand-over';
type PageOfGrant = Pick<StatusPage, 'id' | 'accessVersion'>;

export interface Grant {
  /** What else the text is bound to: random, or the hash of a value that the browser holds. */
  readonly subject: string;
  readonly expiresAt: number;
}

/** Half of a SHA-256: 2^128 signatures cannot be tried. */
const MAC_BYTES = 16;
const FORMAT = /^([0-9a-z]{1,9})\.([A-Za-z0-9_]{1,80})\.([0-9a-f]{32})$/;

/** `subject` consists of letters, digits and `_`. */
export async function signGrant(
  { encryptionKey }: EncryptionKeys,
  kind: GrantKind,
  page: PageOfGrant,
  { subject, expiresAt }: Grant,
): Promise<string> {
  const time = Math.floor(expiresAt / 1000).toString(36);
  return `${time}.${subject}.${await mac(encryptionKey, kind, page, time, subject)}`;
}

/** Null if this mesh did not sign the text for this page, if access to the page changed since, or if the text has expired. */
export async function readGrant(
  { encryptionKey, previousEncryptionKey }: EncryptionKeys,
  kind: GrantKind,
  page: PageOfGrant,
  text: string | null | undefined,
  now: number,
): Promise<Grant | null> {
  const [, time = '', subject = '', given = ''] = FORMAT.exec(text ?? '') ?? [];
  if (given === '') return null;
  const keys = [encryptionKey, previousEncryptionKey].filter((key) => key !== undefined);
  let isOurs = false;
  for (const key of keys)
    if (await timingSafeEqual(await mac(key, kind, page, time, subject), given)) isOurs = true;
  const expiresAt = Number.parseInt(time, 36) * 1000;
  return isOurs && expiresAt > now ? { subject, expiresAt } : null;
}

async function mac(
  encryptionKey: string,
  kind: GrantKind,
  { id, accessVersion }: PageOfGrant,
  time: string,
  subject: string,
): Promise<string> {
  const text = `status page ${kind} ${id} ${accessVersion} ${time} ${subject}`;
  const key = await importHmacKey(encryptionKey);
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text));
  return toHex(new Uint8Array(signature).subarray(0, MAC_BYTES));
}
