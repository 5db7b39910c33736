// Owns the throttle of requests with a wrong API key, by client network. Does not verify keys.
// A valid key is never throttled: another client of the same network cannot lock its owner out.
import type { Context } from 'hono';
import ipaddr from 'ipaddr.js';
import { log } from '../../log.ts';
import type { HttpEnv } from '../context.ts';

/** `simple.period` of AUTH_LIMIT in wrangler.toml. */
export const AUTH_PERIOD_SECONDS = 60;

/** Counts a request with a wrong key. True if its client has sent too many. */
export async function isThrottled(c: Context<HttpEnv>): Promise<boolean> {
  try {
    const { success } = await c.var.config.authLimit.limit({ key: clientNetwork(c) });
    return !success;
  } catch (error) {
    // The request is rejected in any case: the key is wrong.
    log.warn('auth.limit_failed', { error });
    return false;
  }
}

/**
 * Cloudflare sets the header and clients cannot (developers.cloudflare.com/fundamentals/reference/http-headers).
 * A client owns a whole /64 of IPv6 addresses.
 */
export function clientNetwork(c: Context<HttpEnv>): string {
  const address = c.req.header('cf-connecting-ip') ?? '';
  if (!ipaddr.IPv6.isValid(address)) return address || 'unknown';
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`)}/64`;
}
