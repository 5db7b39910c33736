// Owns how endpoints and bytes are written for people. Does not redact or cut.
import { Buffer } from 'node:buffer';
import net from 'node:net';

/** `192.0.2.1:443` or `[2001:db8::1]:443`. */
export const formatEndpoint = (address: string, port: number): string =>
  net.isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

/** UTF-8 text in quotes with control characters escaped; other bytes in hexadecimal. */
export function formatBytes(data: string | Uint8Array): string {
  const bytes = Buffer.from(data as Uint8Array);
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? `0x${bytes.toString('hex')}` : JSON.stringify(text);
}
