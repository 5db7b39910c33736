// Owns the key of signatures that this Worker makes for itself. RFC 5869: derived from the encryption key, and separate.
import { decodeKey } from '../../encryption-key.ts';

/** The newest key by the text that it is derived from: a page has a token in each of its forms. */
let derived: { readonly from: string; readonly key: CryptoKey } | null = null;

export async function importHmacKey(encryptionKey: string): Promise<CryptoKey> {
  if (derived?.from !== encryptionKey) derived = { from: encryptionKey, key: await derive(encryptionKey) };
  return derived.key;
}

async function derive(encryptionKey: string): Promise<CryptoKey> {
  const bytes = decodeKey(encryptionKey);
  if (typeof bytes === 'string') throw new Error(`ENCRYPTION_KEY ${bytes}`);
  const base = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']);
  const info = new TextEncoder().encode('probemesh http');
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    base,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign', 'verify'],
  );
}
