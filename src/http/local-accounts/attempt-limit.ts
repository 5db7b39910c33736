// Owns the limit of sign-ins with a password or a code from one network, before anything is verified: a hash costs CPU time.
// A browser in which the account has signed in before does not share the limit with its network.
import type { Context } from 'hono';
import { log } from '../../log.ts';
import { clientNetwork } from '../access/failed-tokens.ts';
import type { HttpEnv } from '../context.ts';

export async function isNetworkLimited(c: Context<HttpEnv>): Promise<boolean> {
  try {
    const { success } = await c.var.config.authLimit.limit({ key: `sign-in ${clientNetwork(c)}` });
    return !success;
  } catch (error) {
    // The limit of the account counts in D1, so guessing stays slow.
    log.warn('auth.limit_failed', { error });
    return false;
  }
}
