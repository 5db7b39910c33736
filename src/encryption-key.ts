// Owns the form of the keys that encrypt stored secrets: 32 bytes as base64. Does not encrypt.

/** `encryptionKey` encrypts and decrypts. `previousEncryptionKey` only decrypts what an earlier key encrypted. */
export interface EncryptionKeys {
  readonly encryptionKey: string;
  readonly previousEncryptionKey?: string | undefined;
}

const KEY_BYTES = 32;

/** The bytes of a key, or what is wrong with it and the fix. */
export function decodeKey(text: string): Uint8Array<ArrayBuffer> | string {
  const bytes = decodeBase64(text);
  const isPlaceholder = bytes?.every((byte) => byte === 0);
  if (bytes?.length === KEY_BYTES && !isPlaceholder) return bytes;
  const found =
    bytes === null ? 'it is not base64' : isPlaceholder ? 'all are zero' : `it has ${bytes.length} bytes`;
  return `must be ${KEY_BYTES} bytes as base64, but ${found}: create one with "openssl rand -base64 32"`;
}

/** Null if the text is not base64. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
