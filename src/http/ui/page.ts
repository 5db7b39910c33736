// How a page leaves: under a policy that allows no script and nothing from elsewhere.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';

const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Long enough to take a crowd's load, short enough that an outage shows within one slot. */
export const PUBLIC_CACHE = 'public, max-age=10';

type Page = Parameters<Context['html']>[0];

export function page(c: Context<HttpEnv>, content: Page, status: 200 | 404 = 200, cache = PUBLIC_CACHE) {
  c.header('content-security-policy', CONTENT_SECURITY_POLICY);
  c.header('cache-control', cache);
  return c.html(content, status);
}
