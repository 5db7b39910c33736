// The options that every check of a target has: host, port, timeout. Errors are sentences for people.
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** What is wrong with a host, and what to write; null when nothing is. RFC 1123 section 2.1, with underscores. */
export function hostError(host: string): string | null {
  if (host === '') return 'Write a host name or an IP address.';
  if (host.includes('://')) return 'Write the host alone, without "http://" and without a path.';
  if (/[/?#@]/.test(host)) return 'Write the host alone: no path, user or query.';
  if (/\s/.test(host)) return 'Remove the spaces.';
  if (host.startsWith('[')) return 'Write the IPv6 address without brackets.';
  if (host.includes(':')) {
    if (ipaddr.IPv6.isValid(host) && !host.includes('%')) return null;
    return /^[^:]+:\d+$/.test(host)
      ? 'Write the port in "port", not behind the host.'
      : 'This is no IPv6 address.';
  }
  // Forms such as 127.1, 0x7f.1 and 2130706433 mean an address to some resolvers and a name to others.
  if (/^(0x[0-9a-f]*|\d+)$/i.test(host.replace(/\.$/, '').split('.').at(-1) ?? '')) {
    return ipaddr.IPv4.isValidFourPartDecimal(host)
      ? null
      : 'Write an IPv4 address as four decimal numbers, such as 192.0.2.1.';
  }
  if (host.length > 253) return 'A host name has at most 253 characters.';
  const labels = host.replace(/\.$/, '').split('.');
  if (!labels.every((label) => LABEL.test(label))) {
    return 'Write a host name of letters, digits and hyphens, such as shop.example.com (international names in their xn-- form).';
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
    description: 'Host name or IP address; an IPv6 address without brackets.',
    example: 'shop.example.com',
  });

export const portSchema = z
  .int({ error: 'Write a whole number from 1 to 65535.' })
  .min(1, { error: 'Write a port from 1 to 65535.' })
  .max(65_535, { error: 'Write a port from 1 to 65535.' })
  .meta({ example: 443 });

export const timeoutSchema = z
  .int({ error: 'Write whole milliseconds.' })
  .min(100, { error: 'Write at least 100 ms.' })
  .max(15_000, { error: 'Write at most 15000 ms.' })
  .default(5_000)
  .meta({ description: 'For name resolution and conversation together, in ms.' });
