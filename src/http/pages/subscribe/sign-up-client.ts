// Owns the network that a sign-up comes from, and the limit of one client a minute, before an address is read.
import type { Context } from 'hono';
import ipaddr from 'ipaddr.js';
import { log } from '../../../log.ts';
import { clientNetwork } from '../../access/failed-tokens.ts';
import type { HttpEnv } from '../../context.ts';

export async function isSignUpLimited(c: Context<HttpEnv>): Promise<boolean> {
  try {
    const { success } = await c.var.config.authLimit.limit({ key: `subscribe ${clientNetwork(c)}` });
    return !success;
  } catch (error) {
    // The limits of network, receiver and mesh count in D1.
    log.warn('auth.limit_failed', { error });
    return false;
  }
}

/** What one customer gets from a provider at most, as a rule: a /24 of IPv4, a /48 of IPv6 (RFC 6177, section 2). */
export function signUpNetwork(c: Context<HttpEnv>): string {
  const text = c.req.header('cf-connecting-ip') ?? '';
  if (!ipaddr.isValid(text)) return 'unknown';
  // An IPv4 address in IPv6 is that address.
  const address = ipaddr.process(text).toString();
  return ipaddr.IPv6.isValid(address)
    ? `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/48`)}/48`
    : `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/24`)}/24`;
}
