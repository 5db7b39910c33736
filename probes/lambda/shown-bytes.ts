// Bytes as one readable line of a trace.
import { Buffer } from 'node:buffer';

const LONGEST = 400;

/** Text in quotes, control characters escaped; bytes that are no UTF-8 as hexadecimal. Cut, with the length then. */
export function shownBytes(data: string | Uint8Array): string {
  const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data);
  const cut = bytes.subarray(0, LONGEST);
  const text = cut.toString('utf8');
  const isText = !text.slice(0, -1).includes('\ufffd');
  const shown = isText ? JSON.stringify(text) : `0x${cut.subarray(0, LONGEST / 4).toString('hex')}`;
  return bytes.length > LONGEST ? `${shown}… (${bytes.length} bytes)` : shown;
}
