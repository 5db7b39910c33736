// Owns the checksum of a row: the first 64 bits of SHA-256, as base64url. It finds damage. It proves no author.
import type { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** 11 characters hold 66 bits; the last two of them are always there. */
const LENGTH = 11;

/** Any other value, type, order or split of the columns gives another checksum, save one in 2^64. */
export function checksumOf(columns: readonly (string | number | null | Uint8Array)[]): string {
  const hash = createHash('sha256');
  // The lengths separate the bytes of neighbours.
  const shape = columns.map((column) => {
    if (typeof column === 'string') return ['text', column.length];
    return column instanceof Uint8Array ? ['bytes', column.length] : column;
  });
  hash.update(JSON.stringify(shape));
  for (const column of columns) {
    if (typeof column === 'string') hash.update(column, 'utf8');
    else if (column instanceof Uint8Array) hash.update(column as Buffer);
  }
  return hash.digest('base64url').slice(0, LENGTH);
}
