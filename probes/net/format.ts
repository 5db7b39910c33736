// Owns how endpoints and bytes are written for people. Does not cut.
import type { Buffer } from 'node:buffer';
import net from 'node:net';

/** `192.0.2.1:443` or `[2001:db8::1]:443`. */
export const formatEndpoint = (address: string, port: number): string =>
  net.isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

/** UTF-8 text in quotes with control characters escaped; other bytes in hexadecimal. Redacts before it escapes. */
export function formatBytes(bytes: Buffer, redact: (text: string) => string): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? `0x${redact(bytes.toString('hex'))}` : JSON.stringify(redact(text));
}
