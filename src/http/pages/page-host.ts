// Owns which requests are for the host of a status page. Does not find the page.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';

/**
 * The host of the request if it is one of PAGE_HOSTS, else null. A browser sends it with any port, in any case, and with a dot
 * at the end (RFC 3986, section 3.2.2): all of them are the same host, and none of them leads to the dashboard.
 */
export function pageHostOf(c: Context<HttpEnv>): string | null {
  const { pageHosts } = c.var.config;
  if (pageHosts.length === 0) return null;
  const host = new URL(c.req.url).hostname.toLowerCase().replace(/\.+$/, '');
  return pageHosts.includes(host) ? host : null;
}
