// Owns the origin under which people reach this Worker: for redirects, WebAuthn and the check of where a request comes from.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { pageHostOf } from '../pages/page-host.ts';

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * The origin of PUBLIC_URL, or of the status page that has this host. A local mesh has one for each name of the loopback interface: then it is the one of the request.
 * Hosts of other requests are not trusted.
 */
export function ownOrigin(c: Context<HttpEnv>): string {
  const { publicUrl, allowLoopback } = c.var.config;
  const url = new URL(c.req.url);
  if (pageHostOf(c) !== null) return url.origin;
  return allowLoopback && LOOPBACK_HOST.test(url.hostname) ? url.origin : new URL(publicUrl).origin;
}
