// Owns the hash in the path of an asset: another content has another path, so browsers may keep each for a year.

/** FNV-1a in both directions. It distinguishes two files, and unlike SHA-256 it needs no await. */
export function contentHash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01234567;
  for (let index = 0; index < text.length; index += 1) {
    a = Math.imul(a ^ text.charCodeAt(index), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(text.length - 1 - index), 0x01000193);
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
