// Owns the URL of the http check: validation, and its host and port. Pure. WHATWG URL; schemes: RFC 9110, section 4.2.
import { z } from 'zod';
import { asciiHost } from '../shared/international-name.ts';
import { hostError } from '../shared/target.ts';

/** Why a URL is not valid, and the fix; null if it is valid. The URL parser turns international names into punycode. */
export function urlError(text: string): string | null {
  if (/[\s\p{Cc}]/u.test(text))
    return 'A URL has no spaces or line breaks. Remove them, or encode a space as %20.';
  if (/\{\{/.test(text))
    return 'A URL is visible to people and cannot contain secrets. Move the secret to a header or the body.';
  if (!/^https?:\/\//i.test(text)) return 'A URL must begin with https:// or http://.';
  if (text.includes('#')) return 'The fragment of a URL is never sent. Remove "#" and the text after it.';
  const written = writtenHost(text);
  const problem = /[^\p{ASCII}]/u.test(written) && !written.includes('%') ? hostError(written) : null;
  if (problem !== null) return problem;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'Invalid URL. Enter one such as https://shop.example.com/health.';
  }
  if (url.username !== '' || url.password !== '')
    return 'A URL cannot contain a user or password. Use an `authorization` header with a value from `secrets`.';
  if (url.port === '0') return 'The port of a URL must be between 1 and 65535.';
  return hostError(hostOf(url));
}

export const urlSchema = z
  .string({ error: '`url` must be a URL such as https://shop.example.com/health.' })
  .min(1, { error: '`url` must be a URL such as https://shop.example.com/health.' })
  .max(2_048, { error: '`url` must have at most 2048 characters.' })
  .superRefine((text, context) => {
    const message = urlError(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .meta({
    description: 'URL to request: http or https, with path and query, without user, password or fragment.',
    example: 'https://shop.example.com/health',
  });

/** The host in the form that sockets use, without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

/** The host as the URL has it: a name in Unicode stays so. */
const writtenHost = (text: string): string => /^https?:\/\/(?:[^/?#]*@)?([^/?#:]*)/i.exec(text)?.[1] ?? '';

/** The host for people: as they wrote it in `text`, if it is the same host. */
export function shownHost(url: URL, text: string): string {
  const written = writtenHost(text);
  return asciiHost(written) === url.hostname ? written : hostOf(url);
}

export const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
