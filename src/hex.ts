// Owns hexadecimal digits of bytes. Imports nothing of ours.

/** Two digits a byte, in lower case. */
export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
