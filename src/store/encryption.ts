// Owns the encryption of values that must not be readable in the database: AES-GCM-256 through WebCrypto.
// A value decrypts only in the place that it was encrypted for. Does not know what it encrypts, or when to re-encrypt.
import { decodeBase64, decodeKey, type EncryptionKeys } from '../encryption-key.ts';
import { toHex } from '../hex.ts';

/** Version of the encrypted form, so that another one can follow without a migration. */
const VERSION = 'v2';
/** NIST SP 800-38D 8.2: 96 random bits, never used twice under one key. */
const IV_BYTES = 12;
const SEALED = /^v2\.([0-9a-f]{8})\.([A-Za-z0-9+/]+={0,2})$/;

/**
 * Table, row and column of an encrypted value, or the cookie that holds it. It is authenticated, so a value that is copied
 * elsewhere does not decrypt.
 */
export type SealedPlace =
  | `channels/${string}/config`
  | `monitors/${number}/secrets`
  | `identity_providers/${string}/sealed_secret`
  | `sessions/${string}/id_token`
  | `flow/${string}`
  | `people/${string}/totp`
  | `settings/${string}/sealed`
  | `subscribers/${string}/address`
  | `status_pages/${string}/sealed`
  | `heartbeats/${number}/key`
  | 'device';

export const channelPlace = (id: string): SealedPlace => `channels/${id}/config`;
export const monitorPlace = (number: number): SealedPlace => `monitors/${number}/secrets`;
export const subscriberPlace = (id: string): SealedPlace => `subscribers/${id}/address`;
export const totpPlace = (personId: string): SealedPlace => `people/${personId}/totp`;
export const settingPlace = (name: string): SealedPlace => `settings/${name}/sealed`;
/** Sealed values are bound to this name: it was called a heartbeat. */
export const DEAD_MANS_SWITCH_PLACE = settingPlace('heartbeat');
/** Not a place in the database: the cookie of a browser in which a person has signed in. */
export const DEVICE_PLACE: SealedPlace = 'device';
export const heartbeatPlace = (number: number): SealedPlace => `heartbeats/${number}/key`;
export const statusPagePlace = (id: string): SealedPlace => `status_pages/${id}/sealed`;
export const providerPlace = (id: string): SealedPlace => `identity_providers/${id}/sealed_secret`;
export const sessionPlace = (hash: string): SealedPlace => `sessions/${hash}/id_token`;
/** Not a place in the database: the cookie of a sign-in in progress. */
export const flowPlace = (kind: string): SealedPlace => `flow/${kind}`;

/**
 * JSON of `value`, encrypted with the current key: `v2.`, the id of the key, and the base64 of IV and ciphertext.
 * Throws if the key is malformed.
 */
export async function seal(
  { encryptionKey }: EncryptionKeys,
  place: SealedPlace,
  value: unknown,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const { id, key } = await importKey('ENCRYPTION_KEY', encryptionKey);
  const cipher = new Uint8Array(await crypto.subtle.encrypt(algorithm(iv, place), key, plain));
  const sealed = new Uint8Array(iv.length + cipher.length);
  sealed.set(iv);
  sealed.set(cipher, iv.length);
  return `${VERSION}.${id}.${btoa(Array.from(sealed, (byte) => String.fromCharCode(byte)).join(''))}`;
}

/**
 * The value that `seal` encrypted for this place. Throws for a key that is not configured, for a value of another place,
 * and for a changed text. The error contains no part of the value.
 */
export async function unseal<T>(keys: EncryptionKeys, place: SealedPlace, sealed: string): Promise<T> {
  const configured = await importKeys(keys);
  const [, keyId = '', base64 = ''] = SEALED.exec(sealed) ?? [];
  const bytes = decodeBase64(base64);
  if (bytes === null || bytes.length <= IV_BYTES) {
    throw new Error('the encrypted value is malformed: write the secret again');
  }
  const known = configured.find(({ id }) => id === keyId);
  if (known === undefined) {
    const advice = 'Restore that key as ENCRYPTION_KEY or ENCRYPTION_KEY_PREVIOUS, or write the secret again';
    throw new Error(
      `the encrypted value cannot be decrypted: key ${keyId} encrypted it, and it is not configured. ${advice}`,
    );
  }
  const iv = bytes.subarray(0, IV_BYTES);
  let plain: ArrayBuffer;
  try {
    plain = await crypto.subtle.decrypt(algorithm(iv, place), known.key, bytes.subarray(IV_BYTES));
  } catch (error) {
    const advice = 'The value was changed, or it belongs to another row. Write the secret again';
    throw new Error(`the encrypted value cannot be decrypted: ${advice}`, { cause: error });
  }
  return JSON.parse(new TextDecoder().decode(plain)) as T;
}

/** The id of the key that encrypted the value. Null if the text is malformed. */
export const sealedWith = (sealed: string): string | null => SEALED.exec(sealed)?.[1] ?? null;

export interface KeyIds {
  readonly current: string;
  /** Null without a previous key. */
  readonly previous: string | null;
}

/** The ids of the configured keys. A sealed value begins with `v2.`, the id and a full stop. */
export async function keyIds(keys: EncryptionKeys): Promise<KeyIds> {
  const [current, previous] = await importKeys(keys);
  return { current: current!.id, previous: previous?.id ?? null };
}

const algorithm = (iv: Uint8Array<ArrayBuffer>, place: SealedPlace) => ({
  name: 'AES-GCM',
  iv,
  additionalData: new TextEncoder().encode(place),
});

interface ImportedKey {
  /** 8 hexadecimal digits: the beginning of a SHA-256. It identifies the key and reveals nothing of it. */
  readonly id: string;
  readonly key: CryptoKey;
}

/** Current and previous key, or the current one alone. */
function importKeys({ encryptionKey, previousEncryptionKey }: EncryptionKeys): Promise<ImportedKey[]> {
  const current = importKey('ENCRYPTION_KEY', encryptionKey);
  const isOne = previousEncryptionKey === undefined || previousEncryptionKey === encryptionKey;
  return Promise.all(
    isOne ? [current] : [current, importKey('ENCRYPTION_KEY_PREVIOUS', previousEncryptionKey)],
  );
}

/** The newest keys by their text: one key decrypts many secrets. */
const imported = new Map<string, ImportedKey>();
const MAX_IMPORTED = 4;

async function importKey(name: string, text: string): Promise<ImportedKey> {
  const known = imported.get(text);
  if (known) return known;
  const bytes = decodeKey(text);
  if (typeof bytes === 'string') throw new Error(`${name} ${bytes}`);
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const made = { id: await idOf(bytes), key };
  if (imported.size >= MAX_IMPORTED) imported.clear();
  imported.set(text, made);
  return made;
}

async function idOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const label = new TextEncoder().encode('probemesh encryption key ');
  const labelled = new Uint8Array([...label, ...bytes]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', labelled));
  return toHex(digest.subarray(0, 4));
}
