// Owns the encryption of values that must not be readable in the database: AES-GCM-256 through WebCrypto.
// Does not know what it encrypts.

/** Version of the encrypted form, so that another one can follow without a migration. */
const PREFIX = 'v1.';
const KEY_BYTES = 32;
/** NIST SP 800-38D 8.2: 96 random bits, never used twice under one key. */
const IV_BYTES = 12;

/**
 * JSON of `value`, encrypted: `v1.` and the base64 of IV and ciphertext. `keyBase64` is 32 bytes, base64.
 * Throws if the key has another length.
 */
export async function seal(keyBase64: string, value: unknown): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const key = await keyFor(keyBase64, 'encrypt');
  const cipher = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain));
  const sealed = new Uint8Array(iv.length + cipher.length);
  sealed.set(iv);
  sealed.set(cipher, iv.length);
  return PREFIX + btoa(Array.from(sealed, (byte) => String.fromCharCode(byte)).join(''));
}

/** The value that `seal` encrypted. Throws for another key, and for a changed text. */
export async function unseal<T>(keyBase64: string, sealed: string): Promise<T> {
  const key = await keyFor(keyBase64, 'decrypt');
  const bytes = sealed.startsWith(PREFIX) ? decodeBase64(sealed.slice(PREFIX.length)) : null;
  if (bytes === null || bytes.length <= IV_BYTES) {
    throw new Error('the encrypted value is malformed: write the secret again');
  }
  const iv = bytes.subarray(0, IV_BYTES);
  let plain: ArrayBuffer;
  try {
    plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytes.subarray(IV_BYTES));
  } catch (error) {
    const advice =
      'ENCRYPTION_KEY is not the key that encrypted it, or the value was changed. Restore the key, or write the secret again';
    throw new Error(`the encrypted value cannot be decrypted: ${advice}`, { cause: error });
  }
  return JSON.parse(new TextDecoder().decode(plain)) as T;
}

/** The newest key of each usage: one key decrypts many secrets. */
const keys: Partial<Record<'encrypt' | 'decrypt', { keyBase64: string; key: CryptoKey }>> = {};

async function keyFor(keyBase64: string, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  const known = keys[usage];
  if (known?.keyBase64 === keyBase64) return known.key;
  const key = await importKey(keyBase64, usage);
  keys[usage] = { keyBase64, key };
  return key;
}

function importKey(keyBase64: string, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  const bytes = decodeBase64(keyBase64);
  if (bytes?.length !== KEY_BYTES) {
    const found = bytes === null ? 'it is not base64' : `it has ${bytes.length} bytes`;
    throw new Error(
      `ENCRYPTION_KEY must be ${KEY_BYTES} bytes as base64, but ${found}: create one with "openssl rand -base64 32"`,
    );
  }
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, [usage]);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
