// The URL of the http check: what a person may write, and whom it means. Pure. WHATWG URL; schemes: RFC 9110, section 4.2.
import { z } from 'zod';
import { hostError } from '../shared/target.ts';

/** What is wrong with a URL, and what to write; null when nothing is. International names become punycode by themselves. */
export function urlProblem(text: string): string | null {
  if (/[\s\p{Cc}]/u.test(text)) return 'Remove the spaces and line breaks, or write them as %20.';
  if (/\{\{/.test(text))
    return 'A URL is shown to people, so it takes no secrets: write them into a header or the body.';
  if (!/^https?:\/\//i.test(text)) return 'Write a whole URL that begins with https:// or http://.';
  if (text.includes('#')) return 'Leave the fragment ("#" and what follows) out: it is never sent.';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'This is no URL. Write one such as https://shop.example.com/health.';
  }
  if (url.username !== '' || url.password !== '')
    return 'Leave user and password out of the URL: write an "authorization" header whose value comes from "secrets".';
  if (url.port === '0') return 'Write a port from 1 to 65535.';
  return hostError(hostOf(url));
}

export const urlSchema = z
  .string({ error: 'Write a URL such as https://shop.example.com/health.' })
  .min(1, { error: 'Write a URL such as https://shop.example.com/health.' })
  .max(2_048, { error: 'Write at most 2048 characters.' })
  .superRefine((text, context) => {
    const message = urlProblem(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .meta({
    description: 'What to ask for: http or https, with path and query, without user, password or fragment.',
    example: 'https://shop.example.com/health',
  });

/** A host as sockets know it: no brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

export const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
