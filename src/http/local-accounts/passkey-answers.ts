// Owns how the routes of passkeys answer the passkey script: a message for the person, or where the browser goes next.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';

export const NO_HOST_NAME =
  'Passkeys need a host name, and this address has none. Open the same page under http://localhost with the same port.';

export const refusal = (c: Context<HttpEnv>, message: string, status: 409 | 422 | 429 = 422) =>
  c.json({ message }, status);
