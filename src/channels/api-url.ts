// Owns the schema of a field that holds the address of a vendor's API: the vendor's own, unless a person sets another one.
// Does not decide which hosts are allowed: receiver-url.ts does.
import { z } from 'zod';

/** Without a slash at the end, so that a path can follow. */
export const apiUrl = (vendorUrl: string, description: string) =>
  z
    .url({ protocol: /^https?$/, error: `Invalid URL. Use an address such as ${vendorUrl}.` })
    .max(500)
    .refine((text) => {
      const parsed = URL.parse(text);
      return parsed === null || (parsed.username === '' && parsed.password === '');
    }, 'The URL must not contain a user name or password. Use the fields for credentials.')
    .refine(
      (text) => !/[?#]/.test(text),
      'The URL must not contain "?" or "#", because a path follows. Remove them.',
    )
    .transform(withoutSlash)
    .default(vendorUrl)
    .meta({ description, example: vendorUrl });

export const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
