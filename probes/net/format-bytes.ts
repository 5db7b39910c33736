// Bytes as one readable line of a trace.
import { Buffer } from 'node:buffer';

const LONGEST = 400;

/**
 * Text in quotes, control characters escaped; bytes that are no UTF-8 as hexadecimal. Secrets are blotted out before it is
 * cut, or half of one would stay; the length stands behind what is cut.
 */
export function shownBytes(data: string | Uint8Array, redact: (text: string) => string): string {
  const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data);
  const text = bytes.toString('utf8');
  const shown = redact(text.includes('\ufffd') ? `0x${bytes.toString('hex')}` : JSON.stringify(text));
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}… (${bytes.length} bytes)` : shown;
}
