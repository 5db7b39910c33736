// Owns the options that every check of a target has: host, port and timeout. Error messages are sentences for people.
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { toAscii } from './international-name.ts';

const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/**
 * Why a host is not valid, and the fix; null if it is valid. RFC 1123 section 2.1, with underscores. An international name
 * may be in Unicode.
 */
export function hostError(host: string): string | null {
  if (host === '') return 'The host is empty. Enter a host name or an IP address.';
  if (host.includes('://'))
    return 'This is a URL. Enter the host alone, without "http://" and without a path.';
  if (/[/?#@]/.test(host)) return 'Only a host is allowed here. Remove the path, user or query.';
  if (/\s/.test(host)) return 'A host has no spaces. Remove the spaces.';
  if (host.startsWith('[')) return 'An IPv6 address is written without brackets here. Remove the brackets.';
  if (host.includes(':')) {
    if (ipaddr.IPv6.isValid(host) && !host.includes('%')) return null;
    return /^[^:]+:\d+$/.test(host)
      ? 'The host includes a port. Move the port to `port`.'
      : 'Invalid IPv6 address. Enter one such as 2001:db8::1.';
  }
  const ascii = toAscii(host);
  if (ascii === null)
    return 'Invalid international name: DNS does not allow one of its characters, or this mixture of them. Correct the name.';
  if (ascii === host) return asciiHostError(host);
  if (ipaddr.IPv4.isValid(ascii)) return 'Write an IP address with the digits 0 to 9, such as 192.0.2.1.';
  return asciiHostError(ascii) === null ? null : internationalError(ascii);
}

/** The message shows no form that the user did not write. */
function internationalError(ascii: string): string {
  if (ascii.length > 253)
    return 'A host name must have at most 253 characters in its ASCII form. Shorten it.';
  return ascii.split('.').some((label) => label.length > 63)
    ? 'A part of the name between two dots is too long: its ASCII form must have at most 63 characters. Shorten it.'
    : 'A part of the name between two dots is empty, or begins or ends with a hyphen. Correct the name.';
}

function asciiHostError(host: string): string | null {
  // To some resolvers, forms such as 127.1, 0x7f.1 and 2130706433 are addresses, and to others names.
  if (/^(0x[0-9a-f]*|\d+)$/i.test(host.replace(/\.$/, '').split('.').at(-1) ?? '')) {
    return ipaddr.IPv4.isValidFourPartDecimal(host)
      ? null
      : 'An IPv4 address must have four decimal numbers, such as 192.0.2.1.';
  }
  if (host.length > 253) return 'A host name must have at most 253 characters.';
  const labels = host.replace(/\.$/, '').split('.');
  if (!labels.every((label) => LABEL.test(label))) {
    return 'A host name must consist of letters, digits and hyphens, such as shop.example.com.';
  }
  return null;
}

export const hostSchema = z
  .string()
  .superRefine((host, context) => {
    const message = hostError(host);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .meta({
    description:
      'Host name or IP address. International names may be in Unicode. An IPv6 address has no brackets.',
    example: 'shop.example.com',
  });

const PORT_ERROR = '`port` must be a whole number between 1 and 65535.';

export const portSchema = z
  .int({ error: PORT_ERROR })
  .min(1, { error: PORT_ERROR })
  .max(65_535, { error: PORT_ERROR })
  .meta({ description: 'Port to connect to.', example: 443 });

const TIMEOUT_ERROR = '`timeoutMs` must be a whole number between 100 and 15000.';

export const timeoutSchema = z
  .int({ error: TIMEOUT_ERROR })
  .min(100, { error: TIMEOUT_ERROR })
  .max(15_000, { error: TIMEOUT_ERROR })
  .default(5_000)
  .meta({ description: 'Time limit for name resolution and conversation together, in ms.' });
