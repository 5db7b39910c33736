// Owns strict UTF-8 (RFC 3629): text from bytes, or the first bad byte. Does not guess another encoding.

/** The text with its byte order mark, or null. */
export function decodeUtf8(bytes: Uint8Array, options?: { readonly stream: boolean }): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, options);
  } catch {
    return null;
  }
}

/** The number of bytes before the first sequence that is not UTF-8. */
export function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const begins = middle <= bytes.length && beginningOf(bytes, middle) !== null;
    if (begins) good = middle;
    else bad = middle;
  }
  // The last bytes of `good` may begin the sequence that the next byte breaks.
  return new TextEncoder().encode(beginningOf(bytes, good) ?? '').length;
}

/** Without the bytes of a last character that is cut. */
const beginningOf = (bytes: Uint8Array, count: number): string | null =>
  decodeUtf8(bytes.subarray(0, count), { stream: true });

export const hexOf = (byte: number): string => `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
