// Owns the schema of a field that holds the address of a receiver. Does not decide which hosts are allowed:
// receiver-url.ts does.
import { z } from 'zod';

/** `advice` is the fix for a URL with a user name or a password. */
export const receiverUrl = (advice: string) =>
  z
    .url({ protocol: /^https?$/, error: 'Invalid URL. Use https://host/path.' })
    .max(2_000)
    .refine((text) => !hasCredentials(text), `The URL must not contain a user name or password. ${advice}`);

function hasCredentials(text: string): boolean {
  const parsed = URL.parse(text);
  return parsed !== null && (parsed.username !== '' || parsed.password !== '');
}
