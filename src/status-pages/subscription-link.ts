// Owns what the subscriber key signs: links that confirm, change and end a subscription, hashes of addresses, and limits.
// Pure except for the key derivation. The key is not the encryption key: a rotation must not break the links of old mails.

import { isEqualText } from '../constant-time.ts';
/** 256 random bits that the mesh makes once. */
export interface SubscriberKey {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** `confirm`: makes a sign-up a subscription. `manage`: changes and ends it. */
type Purpose = 'confirm' | 'manage';

/** Half of a SHA-256: 2^128 signatures cannot be tried. */
const MAC_BYTES = 16;
const CONFIRM = /^([a-z0-9_]{1,40})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{22})$/;
const MANAGE = /^([a-z0-9_]{1,40})\.([A-Za-z0-9_-]{22})$/;

/** A mail is read days later at most. Then the sign-up is deleted. */
export const CONFIRM_LIFETIME_MS = 3 * 86_400_000;

/** The same for every attempt to send one mail: `signedUpAt` is the time of the sign-up. */
export async function confirmToken(key: SubscriberKey, id: string, signedUpAt: number): Promise<string> {
  const expires = Math.ceil((signedUpAt + CONFIRM_LIFETIME_MS) / 1_000).toString(36);
  return `${id}.${expires}.${await mac(key, `confirm ${id} ${expires}`)}`;
}

/** Works until the subscription ends: a reader may unsubscribe with a mail of last year. */
export const manageToken = async (key: SubscriberKey, id: string): Promise<string> =>
  `${id}.${await mac(key, `manage ${id}`)}`;

export interface SubscriberLink {
  readonly id: string;
  /** ms since the epoch. Null: it does not expire. */
  readonly expiresAt: number | null;
}

/** What a token names. Null if this mesh did not make it for this purpose. One that has expired is returned too. */
export async function readToken(
  key: SubscriberKey,
  purpose: Purpose,
  token: string,
): Promise<SubscriberLink | null> {
  if (purpose === 'manage') {
    const [, id = '', given = ''] = MANAGE.exec(token) ?? [];
    return id !== '' && isEqualText(await mac(key, `manage ${id}`), given) ? { id, expiresAt: null } : null;
  }
  const [, id = '', expires = '', given = ''] = CONFIRM.exec(token) ?? [];
  if (id === '' || !isEqualText(await mac(key, `confirm ${id} ${expires}`), given)) return null;
  return { id, expiresAt: Number.parseInt(expires, 36) * 1_000 };
}

/** What a subscriber is found by. The address is canonical: see address.ts. */
export const addressHash = (key: SubscriberKey, kind: string, address: string): Promise<string> =>
  mac(key, `address ${kind} ${address}`);

async function mac(key: SubscriberKey, text: string): Promise<string> {
  const signature = await crypto.subtle.sign('HMAC', await importKey(key), new TextEncoder().encode(text));
  return toBase64Url(new Uint8Array(signature).subarray(0, MAC_BYTES));
}

/** The newest key: a run makes many links. */
let imported: { readonly from: Uint8Array; readonly key: CryptoKey } | null = null;

async function importKey({ bytes }: SubscriberKey): Promise<CryptoKey> {
  if (imported?.from !== bytes) {
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
    ]);
    imported = { from: bytes, key };
  }
  return imported.key;
}

/** RFC 4648, section 5, without padding. */
const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
